//! Which process cannot go on before which other one.

use super::deadlock::{Circle, Graph, Needs, Stuck, Tie, circles};
use super::{Seen, Waiting};
use crate::holder::Proven;
use crate::process::{self, Blocked, Doing};
use crate::session::{Block, Mode};
use crate::sysv::Set;

/// The deadlocks among those who are seen in the slots; None if none is seen
/// and there may be some.
pub(super) fn deadlocks(slots: &[Seen], proven: &Proven) -> Option<Vec<Circle>> {
    if slots.iter().all(|seen| seen.counts.waiting == 0) {
        return Some(Vec::new());
    }
    let waiters = slots.iter().flat_map(|seen| &seen.waiters).map(|waiting| waiting.pid);
    let waiters: Vec<_> = waiters.map(|pid| (pid, process::ancestors_of(pid))).collect();
    let complete = slots.iter().all(Seen::all_waiters);
    let mut builder = Builder { slots, proven, waiters, graph: Graph::new(), complete };
    for seen in slots {
        builder.add_waiters(seen);
    }
    builder.follow();
    let found = circles(&builder.graph);
    (builder.complete || !found.is_empty()).then_some(found)
}

struct Builder<'a> {
    slots: &'a [Seen],
    proven: &'a Proven,
    /// Those who wait, each with its ancestors, nearest first.
    waiters: Vec<(i32, Vec<i32>)>,
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
            } else {
                self.complete &= !self.has_a_slot(waiting.pid);
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
        if let Some(holder) = self.holder_to_be(pid) {
            return Some(Stuck { ties: vec![(holder, Tie::Child)], needs: Needs::All });
        }
        match process::doing(pid) {
            Doing::AwaitsOneOf(children) => {
                self.complete &= children.len() < 2 || !self.is_above_a_waiter(pid);
                let ties = children.into_iter().map(|child| (child, Tie::Child)).collect();
                Some(Stuck { ties, needs: Needs::One })
            }
            // It may wait, in some other way, for what waits below it.
            Doing::Other => {
                self.complete &= !self.is_above_a_waiter(pid);
                None
            }
            Doing::Semop => {
                let stuck = stuck_elsewhere(pid);
                self.complete &= stuck.is_some();
                stuck
            }
            Doing::Hidden => {
                self.complete = false;
                None
            }
        }
    }

    /// The holder that a `semlock lock` without COMMAND has started, and waits for.
    fn holder_to_be(&self, pid: i32) -> Option<i32> {
        let mut waiters = self.waiters.iter().filter(|(_, above)| above.first() == Some(&pid));
        waiters.next().filter(|_| is_semlock(pid)).map(|(holder, _)| *holder)
    }

    fn is_above_a_waiter(&self, pid: i32) -> bool {
        self.waiters.iter().any(|(_, above)| above.contains(&pid))
    }

    fn has_a_slot(&self, pid: i32) -> bool {
        self.slots.iter().flat_map(|seen| &seen.holders).any(|holder| holder.pid == pid)
    }
}

/// Another thread could give back what one waits for; semlock's only tells what that is.
fn waits_as_a_whole(pid: i32) -> bool {
    process::is_single(pid) || is_semlock(pid)
}

fn is_semlock(pid: i32) -> bool {
    process::name(pid).is_some_and(|name| name == "semlock")
}

/// A waiter, tied to those whom it waits for.
fn stuck(waiting: Waiting, seen: &Seen) -> Stuck {
    tied(seen, waiting.held, Tie::Slot(waiting.slot.index()))
}

fn tied(seen: &Seen, held: Option<Mode>, tie: Tie) -> Stuck {
    let awaited = seen.holders.iter().filter(|holder| Some(holder.mode) == held);
    Stuck { ties: awaited.map(|holder| (holder.pid, tie)).collect(), needs: Needs::All }
}

/// One that waits for a slot of another block; None if that cannot be told, or not
/// everybody is known who has it.
fn stuck_elsewhere(pid: i32) -> Option<Stuck> {
    let Blocked { semid, ops, .. } =
        process::blocked().blocked.into_iter().find(|blocked| blocked.pid == pid)?;
    let block = Block::of(Set::from_id(semid)).ok()?;
    let awaited = block.awaited(&ops?, &block.set().values().ok()?)?;
    let seen = super::look_at(block, awaited.slot).ok().filter(|seen| seen.all_holders)?;
    Some(tied(&seen, awaited.held, Tie::Elsewhere { semid, slot: awaited.slot.index() }))
}
