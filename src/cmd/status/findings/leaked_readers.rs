//! Readers that nobody can name, and that keep writers waiting for too long.

use std::collections::BTreeSet;

use super::Finding;
use super::block_context::{BlockContext, ending};
use super::long_waits::{
    MAX_NAMED, longest, of_first_slots, slots_with_long_waits, waited, waiters,
};
use crate::cmd::shared::first_lines;
use crate::failure::{Action, Fix, as_root, by_permitted};
use crate::judge::{callers, likely_first};
use crate::system::{self, Pid, Processes, Text};
use crate::sysv::SetState;
use crate::view::{FindingKind, SlotReport, SlotState, StatusReport, called};

pub(super) fn leaked_readers(report: &StatusReport, context: &BlockContext) -> Vec<Finding> {
    let mut slots = slots_with_long_waits(report, context);
    slots.retain(|slot| slot.unnamed_readers() > 0);
    let finding = |slot: &SlotReport| of_reader(slot, report, context);
    of_first_slots(FindingKind::LeakedReader, &slots, finding)
}

/// Clears a reader's count, if the command finds nothing else: it would also lower a
/// writer flag, release a persistent lock, or end a holder.
fn clear_a_count(slot: &SlotReport, context: &BlockContext) -> Option<Fix> {
    let is_unknown = slot.holders.as_ref().is_none_or(Vec::is_empty);
    if slot.state != SlotState::Read || slot.persistent > 0 || !is_unknown {
        return None;
    }
    let unlock = context.semlock("unlock").arg("--force");
    let unlock = unlock.option("--id", context.info.semid).option("--slot", slot.slot);
    let unlock = Fix::from(unlock).note(match slot.readers {
        1 => "only if no client has the slot: one that still has it loses its lock",
        _ => "only if no client has the slot: clears one read lock; a client that still has it loses its lock",
    });
    Some(by_permitted(Action::Lock, &context.info, unlock))
}

/// A process that may be the reader.
struct PossibleReader {
    pid: Pid,
    command: Option<Text>,
}

fn of_reader(slot: &SlotReport, report: &StatusReport, context: &BlockContext) -> Finding {
    let readers = slot.unnamed_readers().unsigned_abs();
    let waited = waited(slot, "the slot", report);
    let subject = match readers {
        1 => format!("an unknown reader has slot {}, and {waited}", slot.slot),
        many => format!("{many} unknown readers have slot {}, and {waited}", slot.slot),
    };
    let finding = Finding::new(FindingKind::LeakedReader, subject).details(waiters(slot, report));
    let processes = context.processes.as_ref();
    let Some(candidates) = processes.and_then(|all| candidates(slot, all, context)) else {
        return finding;
    };
    let finding = finding.details(lines(&candidates, context.hides_waiters.is_some()));
    finding.fixes(end_reader(slot, &candidates, context))
}

/// The processes that may use the block, have semaphore calls, are not seen to wait, and
/// were there when the longest wait began and when the block was last used: nothing has
/// been locked or unlocked in it since. None if the set cannot be read.
fn candidates(
    slot: &SlotReport,
    processes: &Processes,
    context: &BlockContext,
) -> Option<Vec<PossibleReader>> {
    let state = SetState::read(context.info.semid).ok()?;
    let known: BTreeSet<Pid> = slot.holders.iter().flatten().map(|holder| holder.pid).collect();
    let users = callers(&state, processes, system::ipc_namespace().ok()).into_iter();
    let users = users.filter(|pid| !context.waiting.contains(pid) && !known.contains(pid));
    let began = longest(slot);
    let was_there = |pid: &Pid| {
        processes.get(*pid).is_some_and(|process| {
            processes.was_there(process, began) && processes.was_there(process, state.info.otime)
        })
    };
    let users = users.filter(was_there);
    let named = slot.sempid.filter(|_| !slot.writer).and_then(Pid::new);
    let command = |pid| processes.get(pid).and_then(|process| process.command().clone().ok());
    let likely = likely_first(users.collect(), named, processes).into_iter();
    Some(likely.map(|pid| PossibleReader { pid, command: command(pid) }).collect())
}

fn lines(candidates: &[PossibleReader], hidden: bool) -> Vec<String> {
    const WHY: &str = "can call semop(2) and is not waiting";
    const NOBODY: &str = "no process that can be seen can be that reader: either a process that does not use SEM_UNDO ended and left its lock behind, or a process that cannot be seen from here has it";
    let line = |one: &PossibleReader| called(one.pid, one.command.as_ref());
    match candidates {
        [] if hidden => vec!["no process that can be seen can be that reader".into()],
        [] => vec![NOBODY.into()],
        [one] => vec![format!("{} may be it: it {WHY}", line(one))],
        _ => {
            let first = format!("it may be one of these, the likeliest first: each {WHY}");
            let named = first_lines(candidates.iter().map(line).collect(), MAX_NAMED);
            [first].into_iter().chain(named).collect()
        }
    }
}

/// Ends the reader if only one process may be it. If some are hidden, root sees more; if
/// all are seen and none may be it, its count is cleared.
fn end_reader(
    slot: &SlotReport,
    candidates: &[PossibleReader],
    context: &BlockContext,
) -> Option<Fix> {
    if context.hides_waiters.is_some() {
        let status = context.semlock_on_block("status");
        return Some(as_root(Fix::from(status).note("shows which of them are waiting")));
    }
    match candidates {
        [] => clear_a_count(slot, context),
        [one] if context.may_end(one.pid) => {
            let slot = slot.slot;
            let meaning = format!(
                "if it is the reader, it releases slot {slot}; its unfinished work is lost"
            );
            Some(ending(one.pid, &meaning))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cmd::status::findings::tests::{context, holder, pid};
    use crate::system::Incomplete;
    use crate::view::made::slot;

    fn read(readers: i32) -> SlotReport {
        SlotReport { readers, ..slot(3, SlotState::Read) }
    }

    #[test]
    fn a_count_is_cleared_only_where_nothing_else_can_be_lost() {
        let clear = |slot: SlotReport| clear_a_count(&slot, &context()).map(|fix| fix.to_string());
        let command = "semlock unlock --force --id 5 --slot 3  # only if no client has the slot: ";
        assert_eq!(clear(read(1)), Some(format!("{command}one that still has it loses its lock")));
        let many =
            format!("{command}clears one read lock; a client that still has it loses its lock");
        assert_eq!(clear(read(2)), Some(many));
        assert_eq!(clear(SlotReport { persistent: 1, ..read(2) }), None);
        assert_eq!(clear(SlotReport { state: SlotState::Draining, ..read(2) }), None);
        assert_eq!(clear(SlotReport { holders: Some(vec![holder(7, "read")]), ..read(2) }), None);
        assert!(clear(SlotReport { holders: None, ..read(2) }).is_some());
    }

    #[test]
    fn a_reader_is_one_of_the_candidates_or_cannot_be_seen() {
        let candidates = |number| {
            let one = |raw| PossibleReader { pid: pid(raw), command: None };
            (1..=number).map(one).collect::<Vec<_>>()
        };
        let said = |number, hidden| lines(&candidates(number), hidden);
        assert_eq!(said(0, true), ["no process that can be seen can be that reader"]);
        assert!(said(0, false)[0].starts_with("no process that can be seen can be that reader: "));
        assert_eq!(
            said(1, false),
            ["process 1 may be it: it can call semop(2) and is not waiting"]
        );
        let six = said(6, false);
        assert_eq!(six.len(), 7);
        assert_eq!(six[1], "process 1");
        assert_eq!(six[6], "and 1 more");
    }

    #[test]
    fn no_process_is_ended_where_some_are_hidden_or_several_may_be_the_reader() {
        let one = |raw| PossibleReader { pid: pid(raw), command: None };
        let end = |candidates: &[PossibleReader], context: &BlockContext| {
            end_reader(&read(1), candidates, context).map(|fix| fix.to_string())
        };
        let hidden = BlockContext { hides_waiters: Some(Incomplete::Hidden), ..context() };
        let shown = end(&[one(7)], &hidden).unwrap();
        assert!(shown.ends_with("semlock status --id 5  # shows which of them are waiting"));
        assert!(end(&[], &context()).unwrap().contains(" unlock --force "));
        assert_eq!(end(&[one(7), one(8)], &context()), None);
        assert_eq!(end(&[one(7)], &context()), None, "it is not known as a process");
    }
}
