//! Apache httpd as it is configured where its mutexes are semaphore sets.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::{Program, User, World, semids};
use crate::common::until;

/// How it runs its children.
#[derive(Clone, Copy, Debug)]
pub enum Model {
    Prefork,
    Event,
}

pub struct Server {
    pub port: u16,
    /// Whose processes it starts as.
    user: User,
    /// Its application is answered for by mod_fcgid, which has mutexes of its own.
    fcgid: bool,
    address: String,
}

impl Server {
    /// Writes the configuration of one that listens at `port` and the next one:
    /// with two, children take turns by a mutex.
    pub fn configured(world: &World, user: User, model: Model, fcgid: bool, port: u16) -> Self {
        let server = Self { port, user, fcgid, address: world.sandbox.address() };
        fs::write(world.path(&server.file("conf")), server.configuration(world, model)).unwrap();
        if fcgid {
            let application =
                concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/common/world/application.py");
            let copy = world.path("application.fcgi");
            let install = ["install", "-m", "755", application, &copy];
            world.run(User::Tester, &install).exits(0);
        }
        server
    }

    fn file(&self, kind: &str) -> String {
        format!("{kind}-{}", self.port)
    }

    fn configuration(&self, world: &World, model: Model) -> String {
        let directory = world.directory().display();
        let Self { port, address, .. } = self;
        let (next, pid, log) = (port + 1, self.file("pid"), self.file("log"));
        let model = match model {
            Model::Prefork => PREFORK,
            Model::Event => EVENT,
        };
        let fcgid = if self.fcgid { fcgid(&directory.to_string(), *port) } else { String::new() };
        format!(
            "ServerRoot /usr/lib/apache2
{model}
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule authn_core_module modules/mod_authn_core.so
LoadModule auth_digest_module modules/mod_auth_digest.so
ServerName localhost
DocumentRoot {directory}
Listen {address}:{port}
Listen {address}:{next}
PidFile {directory}/{pid}
ErrorLog {directory}/{log}
Mutex sysvsem default
User www-data
Group www-data
MaxConnectionsPerChild 5
{fcgid}"
        )
    }

    /// The command that starts it, as whoever it is started as.
    fn words(&self, world: &World, options: &str) -> Vec<String> {
        // One that was killed leaves it, and its pid may be in use again.
        let _ = fs::remove_file(world.path(&self.file("pid")));
        // httpd becomes another user if it is root, or believes so.
        let other = if self.user == User::Tester && !super::has_every_uid() {
            "unshare --user --map-user=33 --map-group=33 "
        } else {
            ""
        };
        let configuration = world.path(&self.file("conf"));
        let script = format!("{other}apache2 {options} -f {configuration}; exit $?");
        ["sh", "-c", &script].map(Into::into).into()
    }

    /// Starts it as a daemon, and waits until it answers.
    pub fn start(&self, world: &World) {
        let words = self.words(world, "");
        world.run(self.user, &words.iter().map(String::as_str).collect::<Vec<_>>()).exits(0);
        self.until_it_answers();
    }

    /// Starts it as the child of a shell that lives as long as it does.
    pub fn start_in_the_foreground(&self, world: &World) -> Program {
        let words = self.words(world, "-DFOREGROUND");
        let shell = world.start(self.user, &words.iter().map(String::as_str).collect::<Vec<_>>());
        self.until_it_answers();
        shell
    }

    #[track_caller]
    pub fn until_it_answers(&self) {
        until("the server answers", || self.answers());
    }

    /// Whether requests at both of its ports are answered.
    pub fn answers(&self) -> bool {
        [self.port, self.port + 1].iter().all(|&port| self.answers_at(port))
    }

    fn answers_at(&self, port: u16) -> bool {
        let path = if self.fcgid { "application.fcgi" } else { "" };
        let Ok(mut stream) = TcpStream::connect((self.address.as_str(), port)) else {
            return false;
        };
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut answer = String::new();
        let asked = write!(stream, "GET /{path} HTTP/1.0\r\n\r\n");
        let answered = asked.is_ok() && stream.read_to_string(&mut answer).is_ok();
        let expected = if self.fcgid { "\r\n\r\nit works" } else { "HTTP/1.1" };
        answered && answer.contains(expected)
    }

    pub fn parent(&self, world: &World) -> i32 {
        world.read(&self.file("pid")).trim().parse().unwrap()
    }

    pub fn log(&self, world: &World) -> String {
        world.read(&self.file("log"))
    }

    /// The parent's living children.
    pub fn children(&self, world: &World) -> Vec<i32> {
        let parent = self.parent(world).to_string();
        world.pids(&["--parent", &parent])
    }

    /// Has it restart, which gives it new sets; returns those.
    pub fn restart_gracefully(&self, world: &World) -> Vec<i32> {
        let before = semids();
        let resumed = |log: &str| log.matches("resuming normal operations").count();
        let times = resumed(&self.log(world));
        world.signal("USR1", &[self.parent(world)]);
        until("the server has restarted", || resumed(&self.log(world)) > times);
        let after = semids();
        assert!(!after.is_empty() && after.iter().all(|id| !before.contains(id)), "{after:?}");
        after
    }
}

const PREFORK: &str = "LoadModule mpm_prefork_module modules/mod_mpm_prefork.so
StartServers 2
MinSpareServers 1
MaxSpareServers 3
MaxRequestWorkers 4";

const EVENT: &str = "LoadModule mpm_event_module modules/mod_mpm_event.so
StartServers 2
ServerLimit 4
ThreadsPerChild 4
MinSpareThreads 4
MaxSpareThreads 16
MaxRequestWorkers 16";

fn fcgid(directory: &str, port: u16) -> String {
    format!(
        "LoadModule fcgid_module modules/mod_fcgid.so
FcgidIPCDir {directory}/fcgid-{port}
FcgidProcessTableFile {directory}/fcgid-{port}-table
<Directory {directory}>
Options +ExecCGI
<Files application.fcgi>
SetHandler fcgid-script
</Files>
</Directory>
"
    )
}
