//! Ends a run that does not end by itself, and says what its processes were doing.

use std::collections::BTreeSet;
use std::fs;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How long a run may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Default)]
struct Watched {
    since: Option<Instant>,
    pids: BTreeSet<i32>,
    found: Vec<String>,
}

#[derive(Clone, Default)]
pub struct Watchdog(Arc<Mutex<Watched>>);

impl Watchdog {
    pub fn start() -> Self {
        let watchdog = Self::default();
        let this = watchdog.clone();
        thread::spawn(move || {
            loop {
                thread::sleep(Duration::from_millis(200));
                this.look();
            }
        });
        watchdog
    }

    fn look(&self) {
        let mut watched = self.0.lock().unwrap();
        if watched.since.is_some_and(|since| since.elapsed() > PATIENCE) {
            let running: Vec<_> = watched.pids.iter().map(|&pid| describe(pid)).collect();
            watched.found.extend(running);
            for &pid in &watched.pids {
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
        }
    }

    pub fn begin(&self) {
        *self.0.lock().unwrap() = Watched { since: Some(Instant::now()), ..Watched::default() };
    }

    /// What was still running when the time was over.
    pub fn end(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap()).found
    }

    pub fn watch(&self, pid: Pid) {
        self.0.lock().unwrap().pids.insert(pid.as_raw());
    }

    pub fn forget(&self, pid: Pid) {
        self.0.lock().unwrap().pids.remove(&pid.as_raw());
    }
}

/// A process in a few words.
pub fn describe(pid: i32) -> String {
    let read = |name| {
        let bytes = fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).replace('\0', " ").trim().to_owned()
    };
    format!("{pid} ({}) {} in {}", read("comm"), read("cmdline"), read("syscall"))
}
