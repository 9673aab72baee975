//! Looks at a block for `semlock status`, and puts what it sees into a report.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use super::findings;
use super::unseen::Unseen;
use crate::cli::{Slots, StatusArgs};
use crate::cmd::inspect::{Look, Survey, inspect};
use crate::cmd::{self, Name, Named};
use crate::failure::Failure;
use crate::judge::{Cycle, Holding, Inspection, Life, Seen, Tie, Waiting};
use crate::session::{Block, BlockError, Counts, Flag, Listed, Mode, Slot, Tag, effective_slots};
use crate::system::accounts::Names;
use crate::system::{self, Pid, Process, Text};
use crate::sysv::{self, Error, Permissions, SetInfo};
use crate::view::{
    BlockHeader, Deadlock, Holder, Link, Reason, SessionReport, SetHeader, SlotReport, State,
    StatusReport, TakenFor, Waiter,
};
use crate::words::readable;
use nix::errno::Errno;

/// How far apart the start of a writer and the last use of the block may be for
/// that to be when it got its lock.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(2);

/// What can be seen of the block and of the sessions asked for, and what could not
/// be looked at.
pub(super) fn look(args: &StatusArgs, name: Name) -> Result<(StatusReport, Unseen)> {
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

/// The header of a block is there for everybody: says why the rest is not.
fn refused(args: &StatusArgs, name: Name, error: Error) -> Result<(StatusReport, Unseen)> {
    let failure = name.failure("show the slots of", &error.into());
    match header_of_refused(args, name)? {
        Some(report) => Ok((report, Unseen::refused(failure))),
        None => Err(failure.into()),
    }
}

fn inside(block: Block, args: &StatusArgs, name: Name) -> Result<(StatusReport, Unseen)> {
    let failed = |error: Error| Failure::sysv(&format!("show {name}"), error);
    let asked = asked(args, block)?;
    let listed = if args.slots == Slots::All { Listed::All } else { Listed::Used };
    let look = inspect(block, listed).map_err(failed)?;
    let unknown = look.unknown();
    let sessions =
        asked.iter().map(|one| session_report(one, &asked, &look.inspection.slots)).collect();
    let names = names(&look.inspection.info);
    let mut report = report(block, look, &names);
    let is_asked = |slot: &SlotReport| {
        asked.is_empty() || asked.iter().any(|asked| asked.slot.index() == slot.slot)
    };
    if let Some(slots) = &mut report.slots {
        slots.retain(|slot| is_asked(slot) && (args.slots == Slots::All || slot.is_used()));
    }
    if !asked.is_empty() {
        report.findings = findings::of_block(&report);
        report.sessions = Some(sessions);
    }
    Ok((report, Unseen::from(unknown)))
}

/// What was seen of a block, and what is wrong in it.
pub(super) fn report(block: Block, look: Look<'_>, names: &Names) -> StatusReport {
    let Look { inspection, processes, .. } = look;
    let Inspection { info, slots, deadlocks } = inspection;
    let reporter = Reporter { otime: info.otime, processes };
    let deadlocks =
        deadlocks.map(|cycles| cycles.into_iter().map(|cycle| reporter.deadlock(cycle)).collect());
    let mut report = StatusReport {
        schema: 1,
        time: Timestamp::now(),
        block: block_header(block, &info, names),
        slots: Some(slots.iter().map(|seen| reporter.slot(seen)).collect()),
        deadlocks,
        sessions: None,
        session_names: None,
        findings: Vec::new(),
    };
    report.findings = findings::of_block(&report);
    report
}

/// What everybody can see of a block that this user may not read; None if there
/// is no such block.
fn header_of_refused(args: &StatusArgs, name: Name) -> Result<Option<StatusReport>> {
    let Ok(set) = name.set() else { return Ok(None) };
    let rows = sysv::all_sets().unwrap_or_default();
    let Some(row) = rows.iter().find(|row| row.semid == set.semid()) else { return Ok(None) };
    let Ok(block) = Block::with_info(set, row) else { return Ok(None) };
    let asked = asked(args, block)?;
    let unknown = |one| SessionReport { state: State::Unknown, ..session_report(one, &asked, &[]) };
    Ok(Some(StatusReport {
        schema: 1,
        time: Timestamp::now(),
        block: block_header(block, row, &names(row)),
        slots: None,
        deadlocks: None,
        sessions: (!asked.is_empty()).then(|| asked.iter().map(unknown).collect()),
        session_names: None,
        findings: Vec::new(),
    }))
}

/// A session that the user asked for, and its slot.
struct Asked<'a> {
    session: &'a OsStr,
    slot: Slot,
}

impl Asked<'_> {
    fn text(&self) -> String {
        readable(self.session.as_bytes())
    }
}

fn asked(args: &StatusArgs, block: Block) -> Result<Vec<Asked<'_>>> {
    let sessions = args.sessions.iter().chain(&args.dashed);
    let asked = |session| {
        cmd::session_slot(session, block).map(|Named { slot, .. }| Asked { session, slot })
    };
    sessions.map(|session| asked(session)).collect()
}

fn session_report(one: &Asked, all: &[Asked], seen: &[Seen]) -> SessionReport {
    let found = seen.iter().find(|seen| seen.counts.slot == one.slot);
    let shares = |other: &&Asked| other.slot == one.slot && other.session != one.session;
    SessionReport {
        session: one.text(),
        slot: one.slot.index(),
        state: found.map_or(State::Free, |seen| state(&seen.counts, seen.last)),
        persistent_for: found.and_then(|seen| persistent_for(seen.counts.flag, one, all)),
        shares_with: all.iter().filter(shares).map(Asked::text).collect(),
    }
}

fn persistent_for(flag: Flag, one: &Asked, all: &[Asked]) -> Option<TakenFor> {
    let Flag::Persistent(tag) = flag else { return None };
    let here = all.iter().filter(|other| other.slot == one.slot);
    let together: Vec<_> = here.map(|other| other.session.as_bytes()).collect();
    let own = [one.session.as_bytes()];
    let is_own = tag.may_be_of(&own) || tag == Tag::of_sessions(together);
    Some(match is_own {
        true => TakenFor::Session,
        false if tag.is_of_sessions() => TakenFor::Other,
        false => TakenFor::Slot,
    })
}

/// What a slot's semaphores and the process that they name add up to.
pub(super) fn state(counts: &Counts, last_pid: Life) -> State {
    let is_read = counts.readers.all() > 0;
    match (counts.flag, last_pid) {
        (Flag::Persistent(_), _) => State::Persistent,
        (Flag::Free, _) if counts.readers.persistent > 0 => State::Persistent,
        (Flag::Free, _) if is_read => State::Read,
        (Flag::Free, _) => State::Free,
        (Flag::Live, Life::Gone) => State::Abandoned,
        (Flag::Live, _) if is_read => State::Draining,
        (Flag::Live, Life::Alive) => State::Write,
        (Flag::Live, Life::Unknown) | (Flag::Foreign(_), _) => State::Unknown,
    }
}

/// Turns what is seen into what is shown.
struct Reporter<'a> {
    otime: Option<Timestamp>,
    processes: Option<Survey<'a>>,
}

impl Reporter<'_> {
    fn slot(&self, seen: &Seen) -> SlotReport {
        let (counts, last) = (&seen.counts, seen.last);
        let named = Pid::new(counts.pid).filter(|_| last == Life::Alive);
        let started = named.and_then(|pid| self.process(pid)).map(|process| process.started);
        SlotReport {
            slot: counts.slot.index(),
            state: state(counts, last),
            readers: counts.readers.all(),
            writer: counts.flag.is_raised(),
            persistent: counts.persistent(),
            waiting: counts.waiting,
            sempid: counts.used().then_some(counts.pid),
            command: named.and_then(|pid| self.command(pid)),
            started: started.and_then(|started| Timestamp::from_second(started.as_second()).ok()),
            since: if counts.flag == Flag::Live { self.since(started) } else { None },
            holders: self.holders(seen),
            waiters: self.waiters(seen),
            sessions: None,
        }
    }

    /// A writer got its lock after it started, and before the block was last used.
    fn since(&self, started: Option<Timestamp>) -> Option<Timestamp> {
        let last_used = self.otime?;
        let apart = last_used.duration_since(started?);
        (apart.abs() <= AT_ONCE).then_some(last_used)
    }

    /// None where somebody has it, and nobody can be proven to.
    fn holders(&self, seen: &Seen) -> Option<Vec<Holder>> {
        let known = seen.all_holders || !seen.holders.is_empty();
        let holder = |&Holding { pid, owner, mode }: &Holding| Holder {
            pid,
            owner,
            mode: mode.name(),
            command: self.command(pid),
        };
        known.then(|| seen.holders.iter().map(holder).collect())
    }

    /// None where somebody waits, and nobody can be seen to.
    fn waiters(&self, seen: &Seen) -> Option<Vec<Waiter>> {
        let known = seen.all_waiters() || !seen.waiters.is_empty();
        let waiter = |&Waiting { pid, wants, .. }: &Waiting| Waiter {
            pid,
            wants: wants.map(Mode::name),
            command: self.command(pid),
        };
        known.then(|| seen.waiters.iter().map(waiter).collect())
    }

    fn deadlock(&self, cycle: Cycle) -> Deadlock {
        let link = |(pid, tie)| Link {
            pid,
            command: self.command(pid),
            reason: match tie {
                Tie::Slot(slot) => Reason::Slot(slot),
                Tie::Elsewhere { semid, slot } => Reason::Elsewhere { semid, slot },
                Tie::Keeps => Reason::Keeps,
                Tie::Child => Reason::Child,
            },
        };
        Deadlock(cycle.into_iter().map(link).collect())
    }

    fn command(&self, pid: Pid) -> Option<Text> {
        match self.process(pid) {
            Some(process) => process.command().clone().shown(),
            // It has come since the others were looked at.
            None => system::process(pid).and_then(|process| process.command().clone()).shown(),
        }
    }

    fn process(&self, pid: Pid) -> Option<&Process> {
        self.processes.as_ref()?.get(pid)
    }
}

fn names(info: &SetInfo) -> Names {
    let Permissions { uid, gid, cuid, cgid, .. } = info.permissions;
    Names::of(&[uid, cuid], &[gid, cgid])
}

fn block_header(block: Block, info: &SetInfo, names: &Names) -> BlockHeader {
    BlockHeader {
        set: SetHeader::of(info, names),
        slots: block.slots(),
        effective_slots: effective_slots(block.nsems()),
        ipc_namespace: sysv::ipc_namespace(),
    }
}
