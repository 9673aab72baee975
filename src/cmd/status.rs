//! `semlock status`: shows a block, its slots in use and who has them.

use std::ffi::OsStr;
use std::io;

use anyhow::Result;
use jiff::Timestamp;

use super::{Name, Named};
use crate::cli::{Format, Slots, StatusArgs};
use crate::diagnose::Failure;
use crate::exit::Exit;
use crate::process::accounts::Names;
use crate::process::{self, Life};
use crate::report::{self, BlockHeader, Holder, SessionReport, SlotReport, State, StatusReport};
use crate::session::{Block, Counts, Mode, Slot, effective_slots};
use crate::sysv::{self, Error, Header};

/// Reads the block, then shows it in the form asked for.
pub fn run(args: &StatusArgs) -> Result<Exit> {
    let name = Name::of(&args.target)?;
    let block = name.open_to("show")?;
    let report = look(block, args, name)?;
    let mut out = io::stdout().lock();
    match args.format {
        Format::Table => report.write_table(&mut out)?,
        Format::Json => report::write_json(&mut out, &report)?,
    }
    Ok(Exit::Done)
}

fn look(block: Block, args: &StatusArgs, name: Name) -> Result<StatusReport> {
    let failed = |error: Error| Failure::sysv(&format!("show {name}"), error);
    let header = block.set().header().map_err(failed)?;
    let asked = asked(args, block)?;
    let listed = listed(block, args.slots, &asked).map_err(failed)?;
    let look = |slot| slot_report(block, slot, header.otime);
    let mut slots = listed.into_iter().map(look).collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let sessions = asked.iter().map(|asked| session_report(asked, &slots)).collect();
    slots.retain(|slot| args.slots == Slots::All || slot.state != State::Free || slot.waiting > 0);
    Ok(StatusReport {
        schema: 1,
        block: block_header(block, &header),
        slots,
        deadlocks: None,
        sessions: (!asked.is_empty()).then_some(sessions),
    })
}

/// A session that the user asked for, and its slot.
struct Asked<'a> {
    session: &'a OsStr,
    slot: Slot,
}

fn asked(args: &StatusArgs, block: Block) -> Result<Vec<Asked<'_>>> {
    let sessions = args.sessions.iter().chain(&args.dashed);
    let asked = |session| {
        super::session_slot(session, block).map(|Named { slot, .. }| Asked { session, slot })
    };
    sessions.map(|session| asked(session)).collect()
}

fn listed(block: Block, which: Slots, asked: &[Asked]) -> Result<Vec<Slot>, Error> {
    if !asked.is_empty() {
        let mut slots: Vec<_> = asked.iter().map(|asked| asked.slot).collect();
        slots.sort_unstable();
        slots.dedup();
        return Ok(slots);
    }
    match which {
        Slots::All => Ok(block.all_slots().collect()),
        Slots::Used => block.raised_slots(),
    }
}

/// A writer that is gone is called so only if the slot still looks the same
/// after that was found out: it may have given back in between.
fn slot_report(
    block: Block,
    slot: Slot,
    last_used: Option<Timestamp>,
) -> Result<SlotReport, Error> {
    loop {
        let counts = block.counts(slot)?;
        let life = process::life(counts.pid, last_used);
        let state = state(&counts, life);
        if state != State::Abandoned || block.counts(slot)? == counts {
            return Ok(report_of(&counts, state, life));
        }
    }
}

fn state(counts: &Counts, last_pid: Life) -> State {
    match (counts.writer, counts.readers > 0, last_pid) {
        (false, false, _) => State::Free,
        (false, true, _) => State::Read,
        (true, true, _) => State::Draining,
        (true, false, _) if counts.persistent > 0 => State::Write,
        (true, false, Life::Alive) => State::Write,
        (true, false, Life::Gone) => State::Abandoned,
        (true, false, Life::Unknown) => State::Unknown,
    }
}

fn report_of(counts: &Counts, state: State, last_pid: Life) -> SlotReport {
    let alive = last_pid == Life::Alive;
    let command = if alive { process::command(counts.pid) } else { None };
    let writer = || Holder {
        pid: counts.pid,
        owner: None,
        mode: Mode::Write.name(),
        command: command.clone(),
    };
    let holders = match state {
        State::Free | State::Abandoned => Some(Vec::new()),
        State::Write if counts.persistent > 0 => Some(Vec::new()),
        // The kernel's word is proof for a writer only.
        State::Write => Some(vec![writer()]),
        State::Read | State::Draining | State::Unknown => None,
    };
    SlotReport {
        slot: counts.slot.index(),
        state,
        readers: counts.readers,
        writer: counts.writer,
        persistent: counts.persistent,
        waiting: counts.waiting,
        sempid: (counts.used() || counts.pid != 0).then_some(counts.pid),
        command,
        since: None,
        holders,
        waiters: (counts.waiting == 0).then(Vec::new),
    }
}

fn session_report(asked: &Asked, slots: &[SlotReport]) -> SessionReport {
    let slot = asked.slot.index();
    let found = slots.iter().find(|report| report.slot == slot);
    SessionReport {
        session: asked.session.to_string_lossy().into_owned(),
        slot,
        state: found.map_or(State::Unknown, |report| report.state),
    }
}

fn block_header(block: Block, header: &Header) -> BlockHeader {
    let names = Names::of(&[header.uid], &[header.gid]);
    BlockHeader {
        key: header.key.raw(),
        key_hex: format!("{:x}", header.key),
        semid: block.set().semid(),
        nsems: block.nsems(),
        slots: block.slots(),
        effective_slots: effective_slots(block.nsems()),
        mode: format!("{:04o}", header.mode),
        uid: header.uid,
        user: names.user(header.uid),
        gid: header.gid,
        group: names.group(header.gid),
        cuid: header.cuid,
        cgid: header.cgid,
        otime: header.otime,
        ctime: header.ctime,
        ipc_namespace: sysv::ipc_namespace(),
    }
}
