//! flock(1) and semlock side by side: one directory with a lock file and a block,
//! and shells that find both programs.

use std::fs;
use std::path::Path;
use std::process::Command;

use semlock::session::Block;

use crate::common::{Finished, Running, Sandbox, holders, until};

/// The names that stand for FILE and SESSION.
const FILE: &str = "file";
const SESSION: &str = "session";

/// What goes on in the background, with none of the script's descriptors but those
/// of locks, and says its pid. It ends by itself if a test fails.
pub const BACKGROUND: &str = "sleep 60 >/dev/null 2>&1 & echo $!";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    Flock,
    Semlock,
}

impl Tool {
    pub const BOTH: [Self; 2] = [Self::Flock, Self::Semlock];

    /// How it ends where a lock is busy.
    pub fn busy(self) -> i32 {
        match self {
            Self::Flock => 1,
            Self::Semlock => 75,
        }
    }
}

pub struct Both {
    pub sandbox: Sandbox,
    pub block: Block,
}

impl Both {
    pub fn new() -> Self {
        let (sandbox, block) = Sandbox::with_block(32);
        Self { sandbox, block }
    }

    /// A shell that runs `text`. Its last command is a process of its own, too.
    pub fn shell(&self, text: &str) -> Command {
        self.sandbox.shell(text)
    }

    pub fn run(&self, text: &str) -> Finished {
        Finished::of(self.shell(text))
    }

    /// Starts a shell that says "in" when it has got its lock.
    #[track_caller]
    pub fn start(&self, text: &str) -> Running {
        let mut shell = Running::start(self.shell(text));
        assert_eq!(shell.line(), "in", "{text}");
        shell
    }

    pub fn is_locked(&self, tool: Tool) -> bool {
        let name = if tool == Tool::Flock { FILE } else { SESSION };
        self.is_busy(tool, name, &[])
    }

    /// Whether a lock with these options would have to wait.
    pub fn is_busy(&self, tool: Tool, name: &str, options: &[&str]) -> bool {
        let mut lock = self.sandbox.program(if tool == Tool::Flock { "flock" } else { "semlock" });
        if tool == Tool::Semlock {
            lock.arg("lock");
        }
        lock.args(options).args(["-n", name]);
        if tool == Tool::Semlock {
            lock.arg("--");
        }
        let status = lock.arg("true").status().unwrap().code().unwrap();
        assert!([0, tool.busy()].contains(&status), "{tool:?}: {status}");
        status != 0
    }

    /// Waits until nobody has the lock, nor keeps it: a holder ends a moment after
    /// the process that it follows.
    #[track_caller]
    pub fn until_free(&self, tool: Tool) {
        until(&format!("{tool:?}'s lock is free"), || !self.is_locked(tool));
        until("no holder left", || holders().is_empty());
    }

    /// An executable script of this name in the directory.
    pub fn install(&self, name: &str, text: &str) {
        let source = format!("{name}.source");
        fs::write(self.path(&source), text).unwrap();
        // Not written in place: a child of another test's may have a file open that
        // is written, which could then not be run.
        let mut install = self.sandbox.program("install");
        install.args(["-m755", &source, name]);
        Finished::of(install).exits(0);
    }

    pub fn path(&self, name: &str) -> std::path::PathBuf {
        self.sandbox.directory.join(name)
    }

    pub fn has(&self, name: &str) -> bool {
        Path::exists(&self.path(name))
    }
}

/// A line of the table for the shell: with the names that stand for what it
/// leaves open, the first first.
pub fn filled(line: &str, values: &[(&str, &str)]) -> String {
    let fill = |line: String, (name, value): &(&str, &str)| line.replace(name, value);
    let line = values.iter().fold(line.to_owned(), fill);
    line.replace("FILE", FILE).replace("SESSION", SESSION)
}
