//! Work that no signal may leave half done.

use super::{ffi, filter};

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
