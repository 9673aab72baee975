//! What all the threads of the torture share: the directory, the page, the programs, and who
//! sits where.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicI32, Ordering};

use crate::page::{ENTRIES, Page};

pub struct Arena {
    pub page: Page,
    directory: PathBuf,
    sources: PathBuf,
    /// The process that was started last for each entry.
    clients: [AtomicI32; ENTRIES],
}

impl Arena {
    pub fn new(directory: PathBuf, sources: PathBuf) -> Self {
        let page = Page::open(&directory.join("page"));
        Self { page, directory, sources, clients: Default::default() }
    }

    /// A program that finds semlock and the witness in its PATH.
    pub fn program(&self, name: &str) -> Command {
        let path = std::env::var("PATH").unwrap();
        let mut program = Command::new(name);
        program.env("PATH", format!("{}:{path}", self.directory.display()));
        program.env("TORTURE", &self.directory).current_dir(&self.directory);
        for name in ["SEMLOCK_KEY", "SEMLOCK_HELD", "RUST_BACKTRACE"] {
            program.env_remove(name);
        }
        program
    }

    /// The binary, by the name that the holders and their arguments show.
    pub fn semlock<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut semlock = self.program(self.directory.join("semlock").to_str().unwrap());
        semlock.args(arguments);
        semlock
    }

    /// A program of the witness's.
    pub fn witness(&self, arguments: &[&str]) -> Command {
        let mut witness = self.program(self.directory.join("witness").to_str().unwrap());
        witness.args(arguments);
        witness
    }

    /// A script of this folder, and what runs it.
    pub fn script(&self, interpreter: &str, name: &str) -> Command {
        let mut program = self.program(interpreter);
        program.arg(self.sources.join(name));
        program
    }

    /// Where a client's messages go.
    pub fn messages(&self, entry: usize) -> PathBuf {
        self.directory.join(format!("messages-{entry}"))
    }

    /// The overlaps that were seen, a line for each.
    pub fn overlaps(&self) -> String {
        fs::read_to_string(self.directory.join("overlaps")).unwrap_or_default()
    }

    pub fn sit_down(&self, entry: usize, pid: i32) {
        self.clients[entry].store(pid, Ordering::SeqCst);
    }

    /// The entry of a process that a lock is kept for.
    pub fn entry_of(&self, pid: i32) -> Option<usize> {
        let sits = |&entry: &usize| self.clients[entry].load(Ordering::SeqCst) == pid;
        (0..ENTRIES).find(|entry| sits(entry) || self.page.owner(*entry) == Some(pid))
    }
}
