//! The scripts of tests/ported, each in both of its languages, and how one is run.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::common::both::{Both, Tool};
use crate::common::{Running, until, until_waiting};

/// What is done alone: mkdir(2) tells whether it is. It goes on when its standard
/// input says something, or ends.
const WORK: &str = "#!/bin/sh
mkdir inside || echo overlap >>overlaps
echo \"$1\" >>log
read -r line
rmdir inside
";

/// What may be done by several at once, but not while that is.
const LOOK: &str = "#!/bin/sh
[ ! -d inside ] || echo overlap >>overlaps
echo \"look $1\" >>log
read -r line
[ ! -d inside ] || echo overlap >>overlaps
";

/// What a script does while another has the lock.
pub enum Busy {
    /// It ends: so with flock, and so with semlock.
    Ends(i32, i32),
    Waits,
}

pub struct Port {
    pub name: &'static str,
    /// flock's file.
    file: &'static str,
    /// The rows of the table by which it was ported.
    pub rows: &'static [&'static str],
    argument: &'static str,
    /// What it logs when it is alone.
    pub logs: &'static [&'static str],
    pub busy: Busy,
    pub texts: [&'static str; 2],
}

macro_rules! texts {
    ($name:literal) => {
        [include_str!(concat!("", $name, "/flock")), include_str!(concat!("", $name, "/semlock"))]
    };
}

const COMMAND: &str = "flock FILE COMMAND ARG...";
pub const DESCRIPTOR: &str = "exec 9>FILE; flock 9";
const UNLOCK: &str = "flock -u 9";
const MODES: &str = "-s, -x, -e, -n, -E N";
const WAIT: &str = "-w SECS";

pub const PORTS: [Port; 7] = [
    Port {
        name: "cron-job",
        file: "purge.lock",
        rows: &[COMMAND, MODES, "Exit status 1: busy"],
        argument: "",
        logs: &["purge"],
        busy: Busy::Ends(1, 75),
        texts: texts!("cron-job"),
    },
    Port {
        name: "deploy-hook",
        file: "deploy.lock",
        rows: &[DESCRIPTOR, UNLOCK, MODES],
        argument: "",
        logs: &["fetch", "restart", "announced"],
        busy: Busy::Ends(3, 3),
        texts: texts!("deploy-hook"),
    },
    Port {
        name: "template",
        file: "job.lock",
        rows: &[DESCRIPTOR, UNLOCK, MODES],
        argument: "",
        logs: &["job"],
        busy: Busy::Ends(4, 4),
        texts: texts!("template"),
    },
    Port {
        name: "queue-worker",
        file: "queue.lock",
        rows: &[DESCRIPTOR, UNLOCK, WAIT],
        argument: "",
        logs: &["take", "take", "take"],
        busy: Busy::Ends(5, 5),
        texts: texts!("queue-worker"),
    },
    Port {
        name: "readers-and-writer",
        file: "page.lock",
        rows: &[COMMAND, MODES, WAIT, "Exit status 1: busy"],
        argument: "edit",
        logs: &["page"],
        busy: Busy::Ends(1, 75),
        texts: texts!("readers-and-writer"),
    },
    Port {
        name: "shell-command",
        file: "build.lock",
        rows: &["flock FILE -c 'COMMAND'"],
        argument: "",
        logs: &["compile", "link"],
        busy: Busy::Waits,
        texts: texts!("shell-command"),
    },
    Port {
        name: "makefile",
        file: "index.lock",
        rows: &[COMMAND],
        argument: "all",
        logs: &["first", "second"],
        busy: Busy::Waits,
        texts: texts!("makefile"),
    },
];

/// A script as it is in one of its two languages, with what it works on.
pub struct Script<'a> {
    pub port: &'a Port,
    pub tool: Tool,
    pub both: Both,
}

impl<'a> Script<'a> {
    pub fn new(port: &'a Port, tool: Tool) -> Self {
        Self::of(port, tool, port.texts[tool as usize])
    }

    pub fn of(port: &'a Port, tool: Tool, text: &str) -> Self {
        let both = Both::new();
        for (name, text) in [("work", WORK), ("look", LOOK), ("script", text)] {
            both.install(name, text);
        }
        fs::write(both.path("log"), "").unwrap();
        fs::write(both.path("queue"), "one\ntwo\n").unwrap();
        Self { port, tool, both }
    }

    /// One run of it, in a process group of its own.
    pub fn command(&self) -> Command {
        self.asked(self.port.argument)
    }

    pub fn asked(&self, argument: &str) -> Command {
        let mut command = if self.port.name == "makefile" {
            let mut make = self.both.sandbox.program("make");
            make.args(["--silent", "-f", "script"]);
            make
        } else {
            self.both.sandbox.program("./script")
        };
        command.args([argument].iter().filter(|argument| !argument.is_empty()));
        command.process_group(0);
        command
    }

    /// A run that has got the lock and goes on when it is told to.
    #[track_caller]
    pub fn inside(&self) -> Running {
        let before = self.log().len();
        let run = Running::start(self.command());
        until("it has got in", || self.log().len() > before);
        run
    }

    pub fn log(&self) -> Vec<String> {
        let log = fs::read_to_string(self.both.path("log")).unwrap();
        log.lines().map(str::to_owned).collect()
    }

    /// Waits until as many runs as said wait for the lock.
    #[track_caller]
    pub fn until_waiting(&self, number: usize) {
        if self.tool == Tool::Semlock {
            return until_waiting(self.both.block, number.try_into().unwrap());
        }
        let inode = fs::metadata(self.both.path(self.port.file)).unwrap().ino();
        let place = format!(":{inode} ");
        until("processes wait for flock's lock", || {
            let locks = fs::read_to_string("/proc/locks").unwrap();
            locks.lines().filter(|line| line.contains("->") && line.contains(&place)).count()
                == number
        });
    }

    #[track_caller]
    pub fn assert_no_overlap(&self) {
        assert!(!self.both.has("overlaps"), "{} {:?}", self.port.name, self.tool);
        assert!(!self.both.has("inside"));
    }
}
