//! Which process cannot go on before which other one.

use super::deadlock::{Circle, Graph, Needs, Stuck, Tie, circles};
use super::{Seen, Waiting};
use crate::holder::Proven;
use crate::process::{self, Doing};

/// The deadlocks among those who are seen in the slots; None if none is seen
/// and there may be some.
pub(super) fn deadlocks(slots: &[Seen], proven: &Proven) -> Option<Vec<Circle>> {
    if slots.iter().all(|seen| seen.counts.waiting == 0) {
        return Some(Vec::new());
    }
    let mut builder =
        Builder { proven, graph: Graph::new(), complete: slots.iter().all(Seen::all_waiters) };
    for seen in slots {
        builder.add_waiters(seen);
    }
    builder.follow();
    let found = circles(&builder.graph);
    (builder.complete || !found.is_empty()).then_some(found)
}

struct Builder<'a> {
    proven: &'a Proven,
    graph: Graph,
    /// Whether everything could be looked at so far.
    complete: bool,
}

impl Builder<'_> {
    fn add_waiters(&mut self, seen: &Seen) {
        for &waiting in &seen.waiters {
            self.complete &= seen.all_holders || waiting.held.is_none();
            if waits_as_a_whole(waiting.pid) {
                self.graph.insert(waiting.pid, stuck(waiting, seen));
            }
        }
    }

    /// Adds those whom the others wait for, and whom these wait for, and so on.
    fn follow(&mut self) {
        let mut next: Vec<i32> = self.others().collect();
        while let Some(pid) = next.pop() {
            if self.graph.contains_key(&pid) {
                continue;
            }
            if let Some(stuck) = self.stuck(pid) {
                next.extend(stuck.ties.iter().map(|(other, _)| *other));
                self.graph.insert(pid, stuck);
            }
        }
    }

    fn others(&self) -> impl Iterator<Item = i32> {
        self.graph.values().flat_map(|stuck| &stuck.ties).map(|(pid, _)| *pid)
    }

    /// What a process waits for that does not wait for a slot of this block.
    fn stuck(&mut self, pid: i32) -> Option<Stuck> {
        if let Some(owner) = self.proven.owner_of(pid) {
            return Some(Stuck { ties: vec![(owner, Tie::Keeps)], needs: Needs::All });
        }
        match process::doing(pid) {
            Doing::AwaitsOneOf(children) => {
                let ties = children.into_iter().map(|child| (child, Tie::Child)).collect();
                Some(Stuck { ties, needs: Needs::One })
            }
            Doing::Other => None,
            // Another block's, or got since it was looked for.
            Doing::Semop | Doing::Hidden => {
                self.complete = false;
                None
            }
        }
    }
}

/// Another thread could give back what one waits for; semlock's only tells what that is.
fn waits_as_a_whole(pid: i32) -> bool {
    process::is_single(pid) || process::name(pid).is_some_and(|name| name == "semlock")
}

/// A waiter, tied to those whom it waits for.
fn stuck(waiting: Waiting, seen: &Seen) -> Stuck {
    let slot = Tie::Slot(waiting.slot.index());
    let awaited = seen.holders.iter().filter(|holder| Some(holder.mode) == waiting.held);
    Stuck { ties: awaited.map(|holder| (holder.pid, slot)).collect(), needs: Needs::All }
}
