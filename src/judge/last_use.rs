//! What a set itself says about the processes that used it last.

use crate::system::Pid;
use crate::sysv::SetState;

/// Every process that a semaphore names, each once, ascending.
pub(super) fn pids(state: &SetState) -> Vec<Pid> {
    let pids = state.semaphores.iter().filter_map(|semaphore| semaphore.sempid);
    let mut pids: Vec<_> = pids.collect();
    pids.sort_unstable();
    pids.dedup();
    pids
}

/// The process that the semaphores name, if they all name the same one. A set that was
/// used and names none was used by a process of another pid namespace: 0.
pub(super) fn sempid(state: &SetState) -> Option<i32> {
    match pids(state)[..] {
        [] => state.info.otime.map(|_| 0),
        [pid] => Some(pid.raw()),
        _ => None,
    }
}

/// The sentence about a set that no process waits on, and whose last users have ended.
pub(super) fn sentence(state: &SetState) -> String {
    let pids: Vec<_> = pids(state).iter().map(ToString::to_string).collect();
    let last = match (&pids[..], state.info.otime) {
        ([], None) => "none has used it".into(),
        ([], Some(_)) => "it is unknown which used it last".into(),
        ([pid], Some(_)) => format!("process {pid}, which used it last, has ended"),
        ([pid], None) => format!("process {pid}, which set its value, has ended"),
        (_, Some(_)) => format!("those that used it last have ended: {}", pids.join(", ")),
        (_, None) => format!("those that set its values have ended: {}", pids.join(", ")),
    };
    format!("no process waits on it, and {last}")
}
