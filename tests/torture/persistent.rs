//! Locks that no process holds: taken, seen by the witness, and released by three processes.

use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use fastrand::Rng;

use crate::arena::Arena;
use crate::client;
use crate::phase::{Goal, Kind, Phase};
use crate::seat::Process;

/// The last entry of the page.
const ENTRY: usize = 31;
/// Nobody else takes it, so nobody else's unlock releases it.
const SESSION: &str = "persistent";
const SLOT: &str = "5";

pub struct Persistent<'a> {
    pub arena: &'a Arena,
    pub phase: &'a Phase<'a>,
    pub random: Rng,
}

impl Persistent<'_> {
    pub fn run(&mut self) {
        while !self.phase.is_over() {
            if !self.phase.lull.load(Ordering::Relaxed) {
                self.one();
            }
            thread::sleep(Duration::from_millis(self.random.u64(..40)));
        }
        self.phase.leave();
    }

    /// Which lock is on a slot is known only as long as the block keeps its size.
    fn one(&mut self) {
        if self.phase.kind == Kind::Application && self.random.bool() {
            let word = 1 << SLOT.parse::<u64>().unwrap() << 32;
            return self.hold(&["-s", "--slot", SLOT], word, "acquisitions of --persist -s");
        }
        let word = client::word(&[SESSION], self.phase.kind, false);
        let (mode, form) = if self.random.bool() {
            ("-x", "acquisitions of --persist -x")
        } else {
            ("--drain", "acquisitions of --persist --drain")
        };
        self.hold(&[mode, "--session", SESSION], word, form);
    }

    fn hold(&mut self, which: &[&str], word: u64, form: &'static str) {
        let lock = [&["lock", "--persist", "--quiet"], which].concat();
        let (status, messages) = self.run_semlock(&lock);
        let code = status.map(|status| status.code().unwrap_or(-1));
        let is_locked = code == Some(0);
        if code.is_some_and(|code| !self.phase.may_end(code, false)) {
            self.phase.tally.fail(format!("lock --persist: {status:?}: {messages}"));
        }
        if is_locked {
            let (entry, word) = (ENTRY.to_string(), word.to_string());
            self.witness(&["visit", &entry, &word, "0", "300"]);
            self.phase.tally.persistent.fetch_add(1, Ordering::Relaxed);
            self.phase.tally.count(form, 1);
        }
        if status.is_none() || is_locked {
            self.unlock(&which[1..], is_locked);
        }
    }

    /// Releases it. A lock or an unlock that was killed may have done its work.
    fn unlock(&mut self, which: &[&str], mut must_be_locked: bool) {
        loop {
            let (status, messages) = self.run_semlock(&[&["unlock"], which].concat());
            match status.and_then(|status| status.code()) {
                Some(0) => return,
                Some(1 | 66 | 69 | 75) if !must_be_locked => return,
                None => must_be_locked = false,
                _ => return self.phase.tally.fail(format!("unlock: {status:?}: {messages}")),
            }
        }
    }

    fn witness(&self, arguments: &[&str]) {
        let mut witness: Command = self.arena.witness(arguments);
        assert!(witness.stdin(Stdio::null()).status().unwrap().success());
    }

    /// None if it was killed.
    fn run_semlock(&mut self, arguments: &[&str]) -> (Option<ExitStatus>, String) {
        let semlock = self.arena.semlock(arguments.iter().copied());
        let mut process = Process::start(semlock, self.arena, ENTRY);
        self.phase.tally.started(process.pid().as_raw());
        let moment = Duration::from_micros(self.random.u64(..4_000));
        let killed = self.random.u8(..20) == 0 && !process.ends_within(moment);
        if killed {
            process.kill();
            self.phase.done(Goal::Kills, 1);
        }
        let status = process.end(self.arena, self.phase).filter(|_| !killed);
        let messages = std::fs::read_to_string(self.arena.messages(ENTRY));
        (status, messages.unwrap_or_default())
    }
}
