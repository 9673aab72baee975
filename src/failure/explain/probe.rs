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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sysv::{Call, Error, Subject};

    #[test]
    fn what_a_lost_worker_left_is_told() {
        let told = |error, cleaned_up| {
            Failure::probe(ProbeError::WorkerLost { error, cleaned_up }).to_string()
        };
        let killed = "cannot probe: the process that creates sets was killed\n  cause: ";
        let removed = format!("{killed}the sets that it had created are removed");
        assert_eq!(told(io::Error::from_raw_os_error(Errno::EPIPE as i32), true), removed);
        assert_eq!(told(io::Error::other("x"), true), removed);
        let left = told(io::Error::from_raw_os_error(Errno::ECONNRESET as i32), false);
        assert!(left.starts_with(&format!("{killed}a set that it had created may be left, ")));
        let other = told(io::Error::from_raw_os_error(Errno::EIO as i32), true);
        assert!(other.starts_with("cannot talk to the process that creates sets: "), "{other}");
    }

    #[test]
    fn sets_that_are_left_are_removed_by_their_ids() {
        let told = |errno| {
            let call = Call::Semctl("IPC_RMID");
            let error = Error { call, errno, subject: Subject::default() };
            let semids = [5, 6].map(Semid::new).into();
            Failure::probe(ProbeError::SetsLeft { error, semids }).to_string()
        };
        let (denied, absent) = (told(Errno::EACCES), told(Errno::ENOSYS));
        let remove = "\n  fix: semlock remove --id 5 --id 6 --force --yes";
        for text in [&denied, &absent] {
            assert!(text.starts_with("cannot remove 2 sets that it created to measure"), "{text}");
            assert!(text.ends_with(remove), "{text}");
        }
        assert_eq!(denied.matches("fix: ").count(), 1, "{denied}");
        assert!(absent.matches("fix: ").count() > 1, "{absent}");
    }
}
