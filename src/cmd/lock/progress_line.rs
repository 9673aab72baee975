//! The line that is shown while `lock` waits.

use std::time::Duration;

use super::obstacle::{Obstacle, is_own_flag};
use super::request::LockRequest;
use crate::session::Counts;
use crate::words::counted;

/// How long it has waited, what it waits for, and last the names: a terminal may cut them.
pub(super) fn line(request: &LockRequest, time: Duration) -> String {
    let (time, names) = (time.as_secs(), request.names());
    let mut slots = request.claim.in_use().unwrap_or_default();
    // A flag that this wait has raised itself is no obstacle.
    slots.retain(|counts| counts.readers.all() > 0 || !is_own_flag(counts));
    let obstacle = |counts| Obstacle::of_counts(counts, request.claim.block().set());
    match &slots[..] {
        [] => format!("waiting {time} s: {names}"),
        [only] if request.claim.slots().len() == 1 => {
            format!("waiting {time} s: {} ({names})", obstacle(only))
        }
        [first @ Counts { slot, .. }, others @ ..] => {
            let others = match u32::try_from(others.len()).unwrap_or(u32::MAX) {
                0 => String::new(),
                number => format!(", and {}", counted(number, "other slot")),
            };
            format!("waiting {time} s: slot {slot} is {}{others} ({names})", obstacle(first))
        }
    }
}
