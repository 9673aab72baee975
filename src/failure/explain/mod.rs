//! What an errno means here: the cause, the evidence and the fixes for each call.

mod denied;
mod existing;
mod missing;
mod probe;
mod removed;
mod room;
mod semget;
mod semop;
mod unavailable;

use nix::errno::Errno;

use self::existing::ExistingSet;
use super::creation::RequestedPermissions;
use super::error::Failure;
use super::{evidence, reasons};
use crate::exit::Exit;
use crate::session::BlockError;
use crate::sysv::{self, Call};

pub(crate) use self::denied::{not_removable, unread};
pub(crate) use self::existing::{module_cannot_open, other_owner_or_mode};
pub(crate) use self::missing::show_all_sets;
pub(crate) use self::room::{no_room_for, no_room_to_replace};

impl Failure {
    /// A system call failed while doing `what` ("lock session ...").
    pub(crate) fn sysv(what: &str, error: sysv::Error) -> Self {
        Self::creating(what, error, &RequestedPermissions::default())
    }

    /// The same while creating a set with the `requested` permissions.
    pub(crate) fn creating(
        what: &str,
        error: sysv::Error,
        requested: &RequestedPermissions,
    ) -> Self {
        let failure = Self::from_errno(format!("{what}: {error}"), error.errno);
        match (error.call, error.errno) {
            (Call::PthreadCreate, _) => unavailable::explain_timed_wait(failure),
            (_, Errno::ENOSYS) => unavailable::explain(failure, error.errno),
            (call, Errno::EPERM) if sysv::filter_refuses(call) => {
                unavailable::explain(failure, error.errno)
            }
            (_, Errno::EACCES) => denied::denied(failure, error),
            (_, Errno::EPERM) => denied::not_owner(failure, error),
            (_, Errno::ENOMEM) => failure.reason(&reasons::NO_MEMORY),
            _ if error.is_gone() => removed::explain(failure, error),
            (Call::Semget, _) => semget::explain(failure, error, requested),
            (Call::Semop | Call::Semtimedop | Call::Semctl(_), _) => semop::explain(failure, error),
        }
    }

    /// The block could not be opened for `what`.
    pub(crate) fn block(what: &str, error: &BlockError) -> Self {
        let failure = || Self::new(Exit::CannotCreate, format!("{what}: {error}"));
        match *error {
            BlockError::Sysv(error) => Self::sysv(what, error),
            BlockError::NotABlock { set, .. } => failure()
                .reason(&reasons::NOT_A_BLOCK)
                .all_evidence(set.into_iter().flat_map(evidence::of_set)),
            BlockError::Foreign { set, .. } => {
                failure().reason(&reasons::FOREIGN).all_evidence(evidence::of_set(set))
            }
            BlockError::OtherSize { set, stated, .. } => match ExistingSet::of(set) {
                Some(existing) => existing.explain(failure(), stated.into(), None),
                None => failure().reason(&reasons::OTHER_SIZE),
            },
        }
    }
}
