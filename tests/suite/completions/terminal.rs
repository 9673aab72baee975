//! A program on a terminal: that of a private tmux server.

use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;

use crate::common::{Finished, PATIENCE, Sandbox, until};

/// Each look at the screen starts a process.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

pub struct Terminal<'a> {
    sandbox: &'a Sandbox,
    environment: Vec<(&'static str, String)>,
    server: Child,
}

impl<'a> Terminal<'a> {
    /// A terminal on which the program runs that `line` starts.
    pub fn open(
        sandbox: &'a Sandbox,
        environment: Vec<(&'static str, String)>,
        line: &str,
    ) -> Self {
        let mut server = tmux(sandbox, &environment);
        let server = server.args(["-f", "/dev/null", "-D"]).spawn().unwrap();
        let terminal = Self { sandbox, environment, server };
        until("tmux listens", || socket(sandbox).exists());
        terminal.tmux(&["new-session", "-d", "-x", "160", "-y", "50", line]);
        terminal
    }

    /// Types text, and then the keys with these names.
    pub fn types(&self, text: &str, keys: &[&str]) {
        self.tmux(&[&["send-keys", "-l", "--", text, ";", "send-keys"], keys].concat());
    }

    /// Waits until the screen is as wanted, without the lines that are empty.
    #[track_caller]
    pub fn shows(&self, is_wanted: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let screen = self.tmux(&["capture-pane", "-p"]).trim_end().to_owned();
            if is_wanted(&screen) {
                return screen;
            }
            assert!(Instant::now() < end, "not shown within a minute; on the screen:\n{screen}");
            thread::sleep(BETWEEN_LOOKS);
        }
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let mut tmux = tmux(self.sandbox, &self.environment);
        tmux.args(arguments);
        Finished::of(tmux).exits(0).stdout()
    }
}

/// The server takes the environment of a terminal from the client that opens it.
fn tmux(sandbox: &Sandbox, environment: &[(&str, String)]) -> Command {
    let mut tmux = sandbox.program("tmux");
    tmux.arg("-S").arg(socket(sandbox)).env_remove("TMUX");
    tmux.envs(environment.iter().map(|(name, value)| (name, value)));
    tmux
}

fn socket(sandbox: &Sandbox) -> PathBuf {
    sandbox.directory.join("tmux")
}

impl Drop for Terminal<'_> {
    fn drop(&mut self) {
        // The program is adopted by the test when the server has ended.
        let mut ask = tmux(self.sandbox, &self.environment);
        let pid = ask.args(["display-message", "-p", "#{pane_pid}"]).output();
        let _ = self.server.kill();
        let _ = self.server.wait();
        let pid = pid.ok().and_then(|pid| String::from_utf8(pid.stdout).ok()?.trim().parse().ok());
        if let Some(pid) = pid.map(Pid::from_raw) {
            let _ = kill(pid, Signal::SIGKILL);
            let _ = waitpid(pid, None);
        }
    }
}
