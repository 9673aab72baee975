//! One fault: which call of which process, and what happens to it.

use std::fmt;

use nix::errno::Errno;
use serde::{Deserialize, Serialize};

use super::calls;

/// What happens at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum What {
    /// It is not made, and returns this error.
    Error(i32),
    /// SIGKILL ends the process before the call is made.
    KillBefore,
    /// SIGKILL ends the process when the call has been made.
    KillAfter,
}

/// The nth call with this number of one process or thread of semlock. These are counted
/// from 0 in the order in which they begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fault {
    pub task: usize,
    pub call: i64,
    pub occurrence: usize,
    pub what: What,
}

impl Fault {
    pub fn error(self) -> Option<Errno> {
        match self.what {
            What::Error(errno) => Some(Errno::from_raw(errno)),
            What::KillBefore | What::KillAfter => None,
        }
    }

    /// Every fault of one call.
    pub fn all_of(task: usize, call: i64, occurrence: usize) -> impl Iterator<Item = Self> {
        let errors = calls::errors(call).iter().map(|&errno| What::Error(errno as i32));
        let kills = [What::KillBefore, What::KillAfter];
        errors.chain(kills).map(move |what| Self { task, call, occurrence, what })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { task, call, occurrence, .. } = self;
        write!(f, "{}", calls::name(*call))?;
        write!(f, " {occurrence} of process {task}: ")?;
        match self.what {
            What::Error(errno) => write!(f, "{:?}", Errno::from_raw(errno)),
            What::KillBefore => f.write_str("killed before it"),
            What::KillAfter => f.write_str("killed after it"),
        }
    }
}
