//! Which processes and namespaces this process sees.

use std::io;

use nix::errno::Errno;

use super::proc;
use super::tid::own as own_thread;
use crate::system::entry::errno;
use crate::system::{Entry, Incomplete, Pid};

/// What hides other users' processes: proc(5).
pub(crate) const HIDDEN: &str = "/proc hides other users' processes (hidepid)";

/// Why /proc does not show every process.
pub(crate) fn obstacle() -> Option<Incomplete> {
    match proc::shows_our_pids() {
        Err(error) => return Some(Incomplete::NotListed(errno(&error))),
        Ok(false) => return Some(Incomplete::OtherPids),
        Ok(true) => {}
    }
    match proc::hides_processes() {
        Err(error) => Some(Incomplete::NotListed(errno(&error))),
        Ok(hides) => (hides && !sees_hidden_processes()).then_some(Incomplete::Hidden),
    }
}

/// Whether this process may trace every other one, and so sees hidden ones. It needs
/// `CAP_SYS_PTRACE` in the first user namespace, whose inode number is fixed:
/// include/linux/proc_ns.h.
fn sees_hidden_processes() -> bool {
    const CAP_SYS_PTRACE: u64 = 1 << 19;
    let own = Pid::own();
    let first = proc::namespace(own, "ns/user") == Entry::Is(4_026_531_837);
    let may = proc::status(own, "status").map(|status| status.capabilities);
    first && matches!(may, Entry::Is(Some(set)) if set & CAP_SYS_PTRACE != 0)
}

/// Whether a process outside of a container has a pid inside, too.
pub(crate) const OUTSIDE_HAS_PIDS: bool = false;

/// Whether this process is in the kernel's first pid namespace, which has all processes.
/// Its inode number is fixed: include/linux/proc_ns.h.
pub(crate) fn sees_every_process() -> bool {
    proc::namespace(Pid::own(), "ns/pid") == Entry::Is(4_026_531_836)
}

/// The pid namespace of a process, by inode number.
pub(crate) fn pid_namespace(pid: Pid) -> Entry<u64> {
    proc::namespace(pid, "ns/pid")
}

/// The inode number of this thread's IPC namespace.
pub(crate) fn ipc_namespace() -> io::Result<u64> {
    match proc::namespace(Pid::own(), &format!("task/{}/ns/ipc", own_thread())) {
        Entry::Is(namespace) => Ok(namespace),
        Entry::Gone => Err(Errno::ENOENT.into()),
        Entry::Unreadable(errno) => Err(errno.into()),
    }
}

#[cfg(test)]
mod tests {
    use rustix::thread::{CapabilitySet, capabilities, set_capabilities};

    use super::*;
    use crate::sysv;

    /// In a child: the capabilities of a thread are not those of its process.
    #[test]
    #[ignore = "needs root"]
    fn hidden_processes_are_seen_with_the_capability_to_trace_all_of_them() {
        let sees = |without| {
            sysv::uninterrupted(|| {
                let mut own = capabilities(None).unwrap();
                own.effective -= without;
                own.permitted -= without;
                set_capabilities(None, own).unwrap();
                sees_hidden_processes()
            })
        };
        let is_first = proc::namespace(Pid::own(), "ns/user") == Entry::Is(4_026_531_837);
        assert_eq!(sees(CapabilitySet::empty()), is_first);
        assert!(!sees(CapabilitySet::SYS_PTRACE));
    }
}
