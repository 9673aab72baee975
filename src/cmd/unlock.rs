//! `semlock unlock`: gives back a count that was left in the block.

use std::io::{self, Write};

use anyhow::Result;

use super::{Name, Named};
use crate::cli::UnlockArgs;
use crate::diagnose::{self, Failure};
use crate::exit::Exit;
use crate::process::{self, Life};
use crate::session::{Block, Left, WriterLeft};
use crate::sysv::Error;

/// Unlocks each of the slots, goes on after a refusal, ends with the worst.
pub fn run(args: &UnlockArgs) -> Result<Exit> {
    let name = Name::of(&args.target)?;
    let block = name.open_to("unlock in")?;
    let block = block
        .require(args.nsems)
        .map_err(|error| name.failure("unlock in", &error))?;
    let mut worst = Exit::Done;
    for named in super::slots(&args.which, block)? {
        let exit = unlock(block, &named, args.force)
            .unwrap_or_else(|failure| diagnose::report(&failure.into()));
        worst = worst.worst(exit);
    }
    Ok(worst)
}

fn unlock(block: Block, named: &Named, force: bool) -> Result<Exit, Failure> {
    let what = format!("unlock {}", named.name);
    let failed = |error: Error| Failure::sysv(&what, error);
    let take = |semnum| {
        block
            .force_down(semnum)
            .map(|left| taken(named, left))
            .map_err(failed)
    };
    let last_used = block.set().header().map_err(failed)?.otime;
    let gone = |pid| process::life(pid, last_used) == Life::Gone;
    match block
        .lower_abandoned_writer(named.slot, gone)
        .map_err(failed)?
    {
        WriterLeft::Lowered => Ok(Exit::Done),
        WriterLeft::NotRaised => Ok(not_locked(named)),
        WriterLeft::HeldBy(_) if force => take(block.writer(named.slot)),
        WriterLeft::Readers if force => take(block.reader(named.slot)),
        WriterLeft::HeldBy(pid) => Err(held_by(&what, pid)),
        WriterLeft::Readers => Err(held_by_readers(&what)),
    }
}

fn held_by(what: &str, pid: i32) -> Failure {
    Failure::new(Exit::Busy, format!("{what}: {} has it", who(pid)))
}

fn held_by_readers(what: &str) -> Failure {
    Failure::new(Exit::Busy, format!("{what}: readers have it"))
        .cause("the kernel keeps no list of readers: whether one has ended without giving back cannot be told")
}

fn who(pid: i32) -> String {
    match process::command(pid) {
        _ if pid == 0 => "a process of another pid namespace".into(),
        Some(command) => format!("process {pid} ({command})"),
        None => format!("process {pid}"),
    }
}

fn taken(named: &Named, left: Left) -> Exit {
    match left {
        Left::Taken => Exit::Done,
        Left::None => not_locked(named),
    }
}

fn not_locked(named: &Named) -> Exit {
    let _ = writeln!(io::stderr(), "semlock: {} is not locked", named.name);
    Exit::No
}
