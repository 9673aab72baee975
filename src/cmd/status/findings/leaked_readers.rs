//! Readers that nobody can name, which writers wait for.

use std::collections::BTreeSet;

use super::evidence::{Evidence, ending};
use super::long_waits::{
    MAX_NAMED, longest, slots_with_long_waits, unknown_readers, waited, waiters,
};
use crate::failure::{Action, Fix, ShellCommand, as_root, by_permitted};
use crate::judge::{callers, likely_first};
use crate::system::{self, Pid, Processes, Text};
use crate::sysv::SetState;
use crate::view::{Finding, FindingKind, SlotReport, State, StatusReport, called};

/// Readers that nobody can name, and that a writer has waited for too long.
pub(super) fn leaked(report: &StatusReport, evidence: &Evidence) -> Vec<Finding> {
    let slots = slots_with_long_waits(report, evidence);
    let slots = slots.into_iter().filter(|slot| unknown_readers(slot) > 0);
    slots.take(MAX_NAMED).map(|slot| of_reader(slot, report, evidence)).collect()
}

/// Clears a reader's count, where that is all that this command finds: it would lower
/// another's flag, release a persistent lock, or end what keeps one.
fn clear_a_count(slot: &SlotReport, report: &StatusReport, evidence: &Evidence) -> Option<Fix> {
    let is_unknown = slot.holders.as_ref().is_none_or(Vec::is_empty);
    if slot.state != State::Read || slot.persistent > 0 || !is_unknown {
        return None;
    }
    let unlock = ShellCommand::semlock("unlock").arg("--force");
    let unlock = unlock.option("--id", report.block.set.semid).option("--slot", slot.slot);
    let unlock = Fix::from(unlock).note(match slot.readers {
        1 => "if no client has the slot: one that still has it loses its lock",
        _ => "if no client has the slot: takes one reader's count; one that still has it loses its lock",
    });
    Some(by_permitted(Action::Lock, &evidence.info, unlock))
}

/// A process that may be the reader.
struct Candidate {
    pid: Pid,
    command: Option<Text>,
}

fn of_reader(slot: &SlotReport, report: &StatusReport, evidence: &Evidence) -> Finding {
    let readers = u32::try_from(unknown_readers(slot)).unwrap_or(0);
    let subject = match readers {
        1 => format!(
            "a reader that nobody can name keeps slot {}; {}",
            slot.slot,
            waited(slot, "it", report)
        ),
        many => format!(
            "{many} readers that nobody can name keep slot {}; {}",
            slot.slot,
            waited(slot, "it", report)
        ),
    };
    let finding = Finding::new(FindingKind::LeakedReader, subject).details(waiters(slot, report));
    let processes = evidence.processes.as_ref();
    let Some(candidates) = processes.and_then(|all| candidates(slot, all, evidence)) else {
        return finding;
    };
    let finding = finding.details(lines(&candidates, evidence.hides_waiters));
    finding.fixes(end_reader(slot, &candidates, report, evidence))
}

/// Those that may use the block, have semaphore calls, were there before the longest wait
/// began and when the block was last used, and are not seen to wait. Nothing has locked or
/// unlocked anything in it since then. None where the set cannot be read.
fn candidates(
    slot: &SlotReport,
    processes: &Processes,
    evidence: &Evidence,
) -> Option<Vec<Candidate>> {
    let state = SetState::read(evidence.info.semid).ok()?;
    let known: BTreeSet<Pid> = slot.holders.iter().flatten().map(|holder| holder.pid).collect();
    let users = callers(&state, processes, system::ipc_namespace().ok()).into_iter();
    let users = users.filter(|pid| !evidence.waiting.contains(pid) && !known.contains(pid));
    let began = longest(slot);
    let was_there = |pid: &Pid| {
        processes.get(*pid).is_some_and(|process| {
            processes.was_there(process, began) && processes.was_there(process, state.info.otime)
        })
    };
    let users = users.filter(was_there);
    let named = slot.sempid.filter(|_| !slot.writer).unwrap_or(0);
    let command = |pid| processes.get(pid).and_then(|process| process.command().clone().shown());
    let likely = likely_first(users.collect(), named, processes).into_iter();
    Some(likely.map(|pid| Candidate { pid, command: command(pid) }).collect())
}

fn lines(candidates: &[Candidate], hidden: bool) -> Vec<String> {
    const WHY: &str = "has semaphore calls and does not wait";
    const NOBODY: &str = "no process is seen that may be it: one that has ended without SEM_UNDO left its lock, or \
         one has it that cannot be seen from here";
    let line = |one: &Candidate| called(one.pid, one.command.as_ref());
    let named = candidates.iter().take(MAX_NAMED).map(line);
    let others = candidates.len().saturating_sub(MAX_NAMED);
    let others = (others > 0).then(|| format!("and {others} more"));
    match candidates {
        [] if hidden => vec!["no process is seen that may be it".into()],
        [] => vec![NOBODY.into()],
        [one] => vec![format!("{} may be it: it {WHY}", line(one))],
        _ => {
            let first = "one of these may be it, the likeliest first: each";
            [format!("{first} {WHY}")].into_iter().chain(named).chain(others).collect()
        }
    }
}

/// To end the first that may be. Where some may not be looked at, root sees more; where
/// all are seen and none may be it, its count is cleared.
fn end_reader(
    slot: &SlotReport,
    candidates: &[Candidate],
    report: &StatusReport,
    evidence: &Evidence,
) -> Option<Fix> {
    if evidence.hides_waiters {
        let status = ShellCommand::semlock("status").option("--id", report.block.set.semid);
        return Some(as_root(Fix::from(status).note("shows which of them wait")));
    }
    if candidates.is_empty() {
        return clear_a_count(slot, report, evidence);
    }
    let first = candidates.iter().find(|one| evidence.may_end(one.pid))?;
    let meaning =
        format!("if it is the reader, it gives slot {} back; its work is lost", slot.slot);
    let fix = ending(first.pid, &meaning);
    Some(match candidates.len() {
        1 => fix,
        _ => fix.note("if the slot stays locked, the next status names the others"),
    })
}
