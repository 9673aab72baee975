//! Looks at a block for `semlock status`, and puts what it sees into a report.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use anyhow::Result;
use jiff::Timestamp;

use super::findings::{self, BlockContext, Finding, Scope};
use super::gaps::Gaps;
use super::slot_reporter::SlotReporter;
use crate::cli::{Slots, StatusArgs};
use crate::cmd::shared::selection::account_names;
use crate::cmd::shared::{Name, Named, session_slot};
use crate::failure::Failure;
use crate::judge::{BlockUse, Look, SlotUse, inspect};
use crate::session::{Block, BlockError, Flag, Slot, SlotFilter, Tag, effective_slots};
use crate::system::accounts::AccountNames;
use crate::sysv::{self, Error, SetInfo};
use crate::view::{BlockHeader, PersistentFor, SessionReport, SetHeader, SlotState, StatusReport};
use crate::words::readable;
use nix::errno::Errno;

/// What can be seen of the block and of the sessions asked for, and what cannot.
pub(super) fn look(args: &StatusArgs, name: Name) -> Result<(StatusReport, Gaps)> {
    match name.open() {
        Err(BlockError::Sysv(error)) if error.errno == Errno::EACCES && args.shows_header() => {
            refused(args, name, error)
        }
        block => {
            let block = block.map_err(|error| name.failure("show", &error))?;
            inside(block, args, name)
        }
    }
}

/// Everybody may see the header of a block: says why the rest is missing.
fn refused(args: &StatusArgs, name: Name, error: Error) -> Result<(StatusReport, Gaps)> {
    let failure = name.failure("show the slots of", &error.into());
    match header_of_refused(args, name)? {
        Some(report) => Ok((report, Gaps::refused(failure))),
        None => Err(failure.into()),
    }
}

fn inside(block: Block, args: &StatusArgs, name: Name) -> Result<(StatusReport, Gaps)> {
    let failed = |error: Error| Failure::sysv(&format!("show {name}"), error);
    let asked = asked(args, block)?;
    let listed = if args.slots == Slots::All { SlotFilter::All } else { SlotFilter::InUse };
    let mut look = inspect(block, listed).map_err(failed)?;
    let sessions =
        asked.iter().map(|one| session_report(one, &asked, &look.inspection.slots)).collect();
    let is_asked = |slot: Slot| asked.is_empty() || asked.iter().any(|asked| asked.slot == slot);
    let is_listed = |seen: &SlotUse| listed == SlotFilter::All || seen.counts.is_in_use();
    look.inspection.slots.retain(|seen| is_asked(seen.counts.slot) && is_listed(seen));
    let names = account_names(&[look.inspection.info]);
    let scope = Scope { long_wait: args.waiting, inside: None };
    let BlockLook { mut report, findings, gaps } = report(block, look, &names, scope);
    report.sessions = (!asked.is_empty()).then_some(sessions);
    report.findings = findings::shown(findings);
    Ok((report, gaps))
}

/// What was seen of a block.
pub(super) struct BlockLook {
    /// Still without findings.
    pub report: StatusReport,
    pub findings: Vec<Finding>,
    pub gaps: Gaps,
}

/// Turns a look at a block into what is shown of it and what is wrong in it.
pub(super) fn report(
    block: Block,
    look: Look<'_>,
    names: &AccountNames,
    scope: Scope,
) -> BlockLook {
    let mut gaps = Gaps::from(look.unknown());
    let Look { inspection, processes, waiting, hides_waiters } = look;
    let BlockUse { info, slots, deadlocks } = inspection;
    let mut reporter = SlotReporter::new(info.otime, processes);
    let deadlocks =
        deadlocks.map(|cycles| cycles.iter().map(|cycle| reporter.deadlock(cycle)).collect());
    let slots = slots.iter().map(|seen| reporter.slot(seen)).collect();
    let mut report = StatusReport {
        schema: 1,
        time: Timestamp::now(),
        block: block_header(block, &info, names),
        slots: Some(slots),
        deadlocks,
        sessions: None,
        session_names: None,
        unseen: Vec::new(),
        findings: Vec::new(),
    };
    let processes = reporter.into_processes();
    let context = BlockContext::new(info, processes, waiting, hides_waiters, scope);
    gaps.unknown.extend(findings::unknown_waits(&report, &context));
    report.unseen = findings::unseen(&gaps.unknown, &context);
    let findings = findings::of_block(&report, &context);
    BlockLook { report, findings, gaps }
}

/// What everybody can see of a block that this user may not read, if there is one.
fn header_of_refused(args: &StatusArgs, name: Name) -> Result<Option<StatusReport>> {
    let Ok(set) = name.set() else { return Ok(None) };
    let Some(info) = SetInfo::listed(set.semid()) else { return Ok(None) };
    let Ok(block) = Block::with_info(set, &info) else { return Ok(None) };
    let asked = asked(args, block)?;
    let unknown =
        |one| SessionReport { state: SlotState::Unknown, ..session_report(one, &asked, &[]) };
    Ok(Some(StatusReport {
        schema: 1,
        time: Timestamp::now(),
        block: block_header(block, &info, &account_names(&[info])),
        slots: None,
        deadlocks: None,
        sessions: (!asked.is_empty()).then(|| asked.iter().map(unknown).collect()),
        session_names: None,
        unseen: Vec::new(),
        findings: Vec::new(),
    }))
}

/// A session that the user asked for, and its slot.
struct RequestedSession<'a> {
    session: &'a OsStr,
    slot: Slot,
}

impl RequestedSession<'_> {
    fn text(&self) -> String {
        readable(self.session.as_bytes())
    }
}

fn asked(args: &StatusArgs, block: Block) -> Result<Vec<RequestedSession<'_>>> {
    let sessions = args.sessions.iter().chain(&args.dashed);
    let asked = |session| {
        session_slot(session, block).map(|Named { slot, .. }| RequestedSession { session, slot })
    };
    sessions.map(|session| asked(session)).collect()
}

fn session_report(
    one: &RequestedSession,
    all: &[RequestedSession],
    seen: &[SlotUse],
) -> SessionReport {
    let found = seen.iter().find(|seen| seen.counts.slot == one.slot);
    let shares = |other: &&RequestedSession| other.slot == one.slot && other.session != one.session;
    SessionReport {
        session: one.text(),
        slot: one.slot.index(),
        state: found.map_or(SlotState::Free, |seen| SlotState::of(&seen.counts, seen.last)),
        persistent_for: found.and_then(|seen| persistent_for(seen.counts.flag, one, all)),
        shares_with: all.iter().filter(shares).map(RequestedSession::text).collect(),
    }
}

fn persistent_for(
    flag: Flag,
    one: &RequestedSession,
    all: &[RequestedSession],
) -> Option<PersistentFor> {
    let Flag::Persistent(tag) = flag else { return None };
    let here = all.iter().filter(|other| other.slot == one.slot);
    let together: Vec<_> = here.map(|other| other.session.as_bytes()).collect();
    let own = [one.session.as_bytes()];
    let is_own = tag.may_be_of(&own) || tag == Tag::of_sessions(together);
    Some(match is_own {
        true => PersistentFor::Session,
        false if tag.is_of_sessions() => PersistentFor::Other,
        false => PersistentFor::Slot,
    })
}

fn block_header(block: Block, info: &SetInfo, names: &AccountNames) -> BlockHeader {
    BlockHeader {
        set: SetHeader::of(info, names),
        slots: block.slots(),
        effective_slots: effective_slots(block.nsems()),
        ipc_namespace: sysv::ipc_namespace(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(session: &str, slot: u16) -> RequestedSession<'_> {
        RequestedSession { session: OsStr::new(session), slot: Slot::new(slot) }
    }

    #[test]
    fn a_persistent_lock_is_for_the_session_for_another_or_for_the_slot() {
        let all = [asked("a", 3), asked("b", 3), asked("c", 4)];
        let kept = |tag: Tag| persistent_for(Flag::Persistent(tag), &all[0], &all);
        let of = |ids: &[&'static str]| Tag::of_sessions(ids.iter().map(|id| id.as_bytes()));
        assert_eq!(kept(of(&["a"])), Some(PersistentFor::Session));
        assert_eq!(kept(of(&["a", "b"])), Some(PersistentFor::Session));
        assert_eq!(kept(of(&["b"])), Some(PersistentFor::Other));
        assert_eq!(kept(of(&["a", "c"])), Some(PersistentFor::Other));
        assert_eq!(kept(Tag::BY_SLOT), Some(PersistentFor::Slot));
        assert_eq!(persistent_for(Flag::Live, &all[0], &all), None);
    }

    #[test]
    fn a_session_is_shown_with_its_slot_and_those_that_share_it() {
        let all = [asked("a", 3), asked("b", 3), asked("c", 4)];
        let readers = crate::session::Readers { live: 1, persistent: 0 };
        let (flag, slot) = (Flag::Free, Slot::new(3));
        let counts = crate::session::Counts { slot, readers, flag, waiting: 0, pid: None };
        let seen = [SlotUse::free(counts)];
        let shown = |at: usize| session_report(&all[at], &all, &seen);
        let (first, last) = (shown(0), shown(2));
        assert_eq!((&*first.session, first.slot, first.state), ("a", 3, SlotState::Read));
        assert_eq!(first.shares_with, ["b"]);
        assert_eq!((last.state, last.shares_with), (SlotState::Free, vec![]));
    }
}
