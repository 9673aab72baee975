//! Work that must not be left half done.

use super::{ffi, filter};

/// Does `work` where no signal to this process, its process group or its session
/// ends it, not even SIGKILL: in a child that leads a session of its own and shares
/// this process's memory. Whoever is killed, the locks of this process stay until
/// the child has ended.
///
/// Where there can be no child, or it was killed itself, does `work` here.
pub fn uninterrupted<T>(work: impl Fn() -> T) -> T {
    let mut done = None;
    if let Ok(child) = ffi::in_a_session_apart(&mut || done = Some(work())) {
        // It has ended already: this takes its remains away.
        let _ = filter::wait(child);
    }
    done.unwrap_or_else(work)
}
