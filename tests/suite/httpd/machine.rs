//! A machine of its own with Apache httpd on it.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use serde_json::Value;

use crate::common::{Running, Sandbox, until};

/// A pid namespace in a sandbox, with limits so small that a server that is
/// killed a few times cannot start again; and a shell in it that does as told.
pub struct Machine {
    pub shell: Running,
    pub sandbox: Sandbox,
    /// Address of its servers: every machine has its own.
    address: String,
}

/// How many sets the table has room for.
pub const ROOM: usize = 4;

impl Machine {
    pub fn new() -> Self {
        let sandbox = Sandbox::for_every_user();
        fs::write("/proc/sys/kernel/sem", format!("8 32 8 {ROOM}")).unwrap();
        let mut shell = Command::new("unshare");
        shell.args(["--pid", "--fork", "--mount-proc", "--kill-child", "sh"]);
        shell.current_dir(&sandbox.directory);
        let address = sandbox.address();
        Self { shell: Running::start(shell), sandbox, address }
    }

    /// Runs a command line in the machine, to its end.
    pub fn run(&mut self, command: &str) -> Said {
        let status = self.shell.ask(&format!("({command}) >stdout 2>stderr </dev/null; echo $?"));
        let read = |name| fs::read_to_string(self.sandbox.directory.join(name)).unwrap();
        let (stdout, stderr) = (read("stdout"), read("stderr"));
        Said { status: status.parse().unwrap(), stdout, stderr }
    }

    /// A server with one mutex that nothing uses after it was made: no trace in
    /// it leads to a living process.
    pub fn configure(&self, port: u16) {
        let directory = self.sandbox.directory.display();
        let address = &self.address;
        let configuration = format!(
            "ServerRoot /usr/lib/apache2
LoadModule mpm_prefork_module modules/mod_mpm_prefork.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule authn_core_module modules/mod_authn_core.so
LoadModule auth_digest_module modules/mod_auth_digest.so
ServerName localhost
Listen {address}:{port}
PidFile {directory}/pid-{port}
ErrorLog {directory}/log-{port}
Mutex sysvsem default
User www-data
Group www-data
StartServers 2
MinSpareServers 1
MaxSpareServers 3
MaxRequestWorkers 4
MaxConnectionsPerChild 3
"
        );
        fs::write(self.sandbox.directory.join(format!("conf-{port}")), configuration).unwrap();
    }

    /// Starts httpd, which makes itself a daemon, and waits until it answers.
    pub fn start_server(&mut self, port: u16) {
        self.configure(port);
        let started = self.run(&format!("rm -f pid-{port}; apache2 -f $PWD/conf-{port}"));
        assert_eq!(started.status, 0, "{started:?}");
        until("the server answers", || self.request(port));
    }

    /// Starts httpd as a supervisor does, which has started nothing else, and waits
    /// until it answers.
    pub fn start_supervised_server(&mut self, port: u16) {
        self.configure(port);
        let server = format!("rm -f pid-{port}; apache2 -DFOREGROUND -f $PWD/conf-{port}");
        self.run(&format!("setsid sh -c '{server}; exit' &")).exits(0);
        until("the server answers", || self.request(port));
    }

    /// Whether the server answers.
    pub fn request(&self, port: u16) -> bool {
        let Ok(mut stream) = TcpStream::connect((self.address.as_str(), port)) else {
            return false;
        };
        let mut answer = String::new();
        let asked = stream.write_all(b"GET / HTTP/1.0\r\n\r\n");
        asked.is_ok()
            && stream.read_to_string(&mut answer).is_ok()
            && answer.starts_with("HTTP/1.1")
    }

    /// The pids of the servers' processes in the machine's own numbers.
    pub fn servers(&mut self) -> Vec<i32> {
        let said = self.run("pgrep --runstates RSD apache2").stdout;
        said.lines().map(|pid| pid.parse().unwrap()).collect()
    }

    /// Kills every process but the shell, so that none can tidy up.
    pub fn kill_everything(&mut self) {
        self.run("kill -9 -1").exits(0);
        until("every server gone", || self.servers().is_empty());
    }

    pub fn semlock(&mut self, arguments: &str) -> Said {
        let binary = self.sandbox.binary().to_owned();
        self.run(&format!("{binary} {arguments}"))
    }

    /// Makes every child of the server at `port` that there is now end, by use.
    pub fn recycle_children(&mut self, port: u16) {
        let parent: i32 = self.run(&format!("cat pid-{port}")).stdout.trim().parse().unwrap();
        let before: Vec<_> = self.servers().into_iter().filter(|&pid| pid != parent).collect();
        until("all of the server's children are new", || {
            self.request(port);
            let now = self.servers();
            now.len() > 1 && !before.iter().any(|pid| now.contains(pid))
        });
    }
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Said {
    #[track_caller]
    pub fn exits(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
