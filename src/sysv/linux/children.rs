//! Work in children that share the memory of this process.

use nix::errno::Errno;

use super::{ffi, filter};
use crate::sysv::Semid;

/// Does `work` in a child that leads its own session and shares this process's memory. So
/// no signal to this process, its process group or its session interrupts it, not even
/// SIGKILL. If this process is killed, its locks stay until the child has ended.
///
/// If no child can be started, or the child is killed, does `work` in this process.
pub(crate) fn uninterrupted<T>(work: impl Fn() -> T) -> T {
    let mut done = None;
    if let Ok(child) = ffi::run_in_new_session(&mut || done = Some(work())) {
        // It has ended already: this removes the zombie.
        let _ = filter::wait(child);
    }
    done.unwrap_or_else(work)
}

/// Starts a child that raises the first semaphore of a set with `SEM_UNDO`, or does nothing
/// without a set, and waits until it has ended.
pub(crate) fn raise_in_child(semid: Option<Semid>) -> Result<(), Errno> {
    let semid = semid.and_then(|semid| usize::try_from(semid.raw()).ok()).unwrap_or(usize::MAX);
    filter::wait(ffi::run_in_child(ffi::raise, semid)?).map(drop)
}
