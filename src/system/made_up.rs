//! Made-up processes for tests.

use std::cell::OnceCell;

use jiff::Timestamp;

use super::code::Code;
use super::{Entry, Executable, Pid, Process, Shell, Text, Tid};
use crate::sysv::Credentials;

impl Process {
    /// One that leads its own session, is a child of the first process, and is in
    /// the IPC namespace 1.
    pub fn made_up(pid: Pid, started: Timestamp, credentials: Credentials, code: Code) -> Self {
        let executable = Executable { file: Entry::Is(b"server".to_vec()), shell: Shell::No };
        Self {
            pid,
            parent: Pid::new(1),
            group: Some(pid),
            session: Some(pid),
            started,
            name: Text::new("server"),
            ended: false,
            credentials,
            first: false,
            own_pid: pid.raw(),
            shares_pids: true,
            namespaces: Entry::Is(vec![1]),
            thread: Tid::first_of(pid),
            code: OnceCell::from(Entry::Is(code)),
            executable: OnceCell::from(executable),
            own: OnceCell::from(false),
            command: OnceCell::from(Entry::Is(Text::new("server"))),
        }
    }

    /// The same process with other code.
    #[must_use]
    pub fn with_code(self, code: Entry<Code>) -> Self {
        Self { code: OnceCell::from(code), ..self }
    }

    /// The same process, running another program.
    #[must_use]
    pub fn with_executable(self, executable: Executable) -> Self {
        Self { executable: OnceCell::from(executable), ..self }
    }

    /// The same process, running the file that this process runs.
    #[must_use]
    pub fn like_this_one(self) -> Self {
        Self { own: OnceCell::from(true), ..self }
    }

    /// The same process with another name.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self { name: Text::new(name), ..self }
    }
}
