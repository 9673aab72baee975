//! The ancestors of a process that may have passed something on to it.

use crate::system::{Entry, Process, Processes};

/// The ancestors of a process, nearest first.
///
/// A reaper adopts the children of others. So one that may not be looked into counts as
/// an ancestor only within its own session: it may be a server, the first process of its
/// container.
pub(super) fn ancestors<'a>(
    processes: &'a Processes,
    process: &'a Process,
) -> impl Iterator<Item = &'a Process> {
    let mut child = process;
    processes.ancestors(process).take_while(move |ancestor| {
        let is_in_session = ancestor.session == child.session;
        child = ancestor;
        !ancestor.is_reaper() || is_in_session || matches!(processes.code(ancestor), Entry::Is(_))
    })
}

/// The process itself, and then its ancestors.
pub(super) fn with_ancestors<'a>(
    processes: &'a Processes,
    process: &'a Process,
) -> impl Iterator<Item = &'a Process> {
    [process].into_iter().chain(ancestors(processes, process))
}
