//! Work that no signal may leave half done.

use super::{ffi, filter};

/// Does `work` where no signal to this process, its process group or its session can
/// end it, not even SIGKILL: in a child that leads a session of its own and shares this
/// process's memory. Even if this process is killed, its locks stay until the child has
/// ended.
///
/// If no child can be started, or it was killed itself, does `work` here.
pub(crate) fn uninterrupted<T>(work: impl Fn() -> T) -> T {
    let mut done = None;
    if let Ok(child) = ffi::run_in_new_session(&mut || done = Some(work())) {
        // It has ended already: this removes the zombie.
        let _ = filter::wait(child);
    }
    done.unwrap_or_else(work)
}
