//! Which processes the kernel would let use a set.

use std::collections::BTreeSet;

use super::ancestors::with_ancestors;
use crate::system::{Pid, Process, Processes};
use crate::sysv::{Access, Credentials, Permissions, Uid};

/// Whether a process may use a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SetAccess {
    No,
    /// Only if it is seen to have semaphore calls.
    WithCalls,
    Yes,
}

/// The processes that may use sets with these permissions, ascending by pid. `here`
/// is the IPC namespace of the sets.
pub(super) fn with_access(
    permissions: &Permissions,
    processes: &Processes,
    here: Option<u64>,
) -> Vec<(Pid, SetAccess)> {
    let owners = Owners::of(permissions, processes, here);
    let all = processes.all().filter(|process| !process.ended && process.may_be_in(here));
    let access = all.map(|process| (process.pid, owners.access(process)));
    access.filter(|&(_, access)| access != SetAccess::No).collect()
}

struct Owners<'a> {
    permissions: &'a Permissions,
    /// The processes of the set's owner, and their ancestors.
    above_owner: BTreeSet<Pid>,
}

impl<'a> Owners<'a> {
    fn of(permissions: &'a Permissions, processes: &Processes, here: Option<u64>) -> Self {
        let is_owners = |process: &&Process| {
            !process.ended
                && process.may_be_in(here)
                && process.credentials.uids.contains(&permissions.uid)
        };
        let owners = processes.all().filter(is_owners);
        let above = owners.flat_map(|owner| with_ancestors(processes, owner));
        let above_owner = above.map(|process| process.pid).collect();
        Self { permissions, above_owner }
    }

    /// Root may do everything, and would keep every set. So a process with root's
    /// rights counts only for sets that its user owns or created, or for those of
    /// the users that it has started processes of.
    fn access(&self, process: &Process) -> SetAccess {
        let Permissions { uid, cuid, .. } = *self.permissions;
        let who = &process.credentials;
        let is_root = who.uids.contains(&Uid::ROOT);
        let above = (is_root || who.ipc_owner) && self.above_owner.contains(&process.pid);
        // An owner whose mode forbids it can give itself another mode.
        if who.uids.contains(&uid) || above {
            return SetAccess::Yes;
        }
        let ordinary = Credentials { ipc_owner: false, ..who.clone() };
        let may = |access| self.permissions.allow(&ordinary, access);
        match (who.uids.contains(&cuid), is_root) {
            (true, true) => SetAccess::WithCalls,
            (true, false) => SetAccess::Yes,
            (false, false) if may(Access::Read) || may(Access::Alter) => SetAccess::Yes,
            (false, _) => SetAccess::No,
        }
    }
}
