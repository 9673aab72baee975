//! What tests need that use real sets.

use std::thread;

use nix::sched::{CloneFlags, unshare};

use super::Set;

/// Moves this thread to an IPC namespace of its own, which ends with it.
pub(crate) fn enter() {
    unshare(CloneFlags::CLONE_NEWIPC)
        .expect("these tests need IPC namespaces: run them by `make test`, or as root");
}

/// Does what the kernel does when a process ends: it undoes what this thread has done with
/// `SEM_UNDO`.
pub(crate) fn undo() {
    unshare(CloneFlags::CLONE_SYSVSEM).unwrap();
}

/// Removes its set when a test fails, so that no thread of the test still waits on it.
pub(crate) struct RemovedOnFailure(pub Set);

impl Drop for RemovedOnFailure {
    fn drop(&mut self) {
        if thread::panicking() {
            let _ = self.0.remove();
        }
    }
}
