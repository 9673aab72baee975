//! What tests need that use real sets.

use nix::sched::{CloneFlags, unshare};

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
