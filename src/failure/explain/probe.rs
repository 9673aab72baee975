//! Semaphores could not be measured: what became of the sets that were created for it.

use std::io;

use nix::errno::Errno;

use crate::exit::Exit;
use crate::failure::error::Failure;
use crate::failure::shell::ShellCommand;
use crate::probe::ProbeError;
use crate::sysv::{self, Semid};
use crate::words::counted;

impl Failure {
    /// A request of `probe-max` has no answer.
    pub(crate) fn probe(error: ProbeError) -> Self {
        match error {
            ProbeError::WorkerLost { error, cleaned_up } => worker_lost(&error, cleaned_up),
            ProbeError::SetsLeft { error, semids } => sets_left(error, &semids),
        }
    }
}

fn worker_lost(error: &io::Error, cleaned_up: bool) -> Failure {
    let failure = match error.raw_os_error().map(Errno::from_raw) {
        None | Some(Errno::EPIPE | Errno::ECONNRESET) => {
            Failure::new(Exit::System, "probe: the process that creates sets was killed")
        }
        Some(_) => Failure::io("talk to the process that creates sets", error),
    };
    failure.cause(if cleaned_up {
        "the sets that it had created are removed"
    } else {
        "a set that it had created may be left, of mode 0601 and without a key: the sets cannot be listed"
    })
}

fn sets_left(error: sysv::Error, semids: &[Semid]) -> Failure {
    let sets = counted(semids.len(), "set");
    let failure = Failure::sysv(&format!("remove {sets} that it created to measure"), error);
    let failure = if failure.exit == Exit::Unavailable { failure } else { failure.without_fixes() };
    let semids = semids.iter().flat_map(|semid| ["--id".into(), semid.to_string()]);
    failure.fix(ShellCommand::semlock("remove").args(semids).args(["--force", "--yes"]))
}
