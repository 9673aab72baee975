//! `semlock unlock`: gives back a count that was left in the block.

use std::io::{self, Write};

use anyhow::Result;

use super::{Name, Named};
use crate::cli::UnlockArgs;
use crate::diagnose::Failure;
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
            .unwrap_or_else(|failure| crate::diagnose::report(&failure.into()));
        worst = worst.worst(exit);
    }
    Ok(worst)
}

fn unlock(block: Block, named: &Named, force: bool) -> Result<Exit, Failure> {
    let what = format!("unlock {}", named.name);
    let failed = |error: Error| Failure::sysv(&what, error);
    let last_used = block.set().header().map_err(failed)?.otime;
    let gone = |pid| process::life(pid, last_used) == Life::Gone;
    match block.lower_abandoned_writer(named.slot, gone).map_err(failed)? {
        WriterLeft::Lowered => Ok(Exit::Done),
        WriterLeft::NotRaised => Ok(not_locked(named)),
        WriterLeft::HeldBy(_) if force => taken(named, block.force_down(block.writer(named.slot)).map_err(failed)?),
        WriterLeft::Readers if force => taken(named, block.force_down(block.reader(named.slot)).map_err(failed)?),
        WriterLeft::HeldBy(pid) => Err(Failure::new(Exit::Busy, format!("{what}: {} has it", who(pid)))),
        WriterLeft::Readers => Err(Failure::new(Exit::Busy, format!("{what}: readers have it"))
            .cause("the kernel keeps no list of readers, so nobody can tell whether one of them has ended without giving back")
            .fix("if you are certain that a reader is gone, --force takes one reader's count away")),
    }
}

fn who(pid: i32) -> String {
    match process::command(pid) {
        _ if pid == 0 => "a process of another pid namespace".into(),
        Some(command) => format!("process {pid} ({command})"),
        None => format!("process {pid}"),
    }
}

fn taken(named: &Named, left: Left) -> Result<Exit, Failure> {
    Ok(match left {
        Left::Taken => Exit::Done,
        Left::None => not_locked(named),
    })
}

fn not_locked(named: &Named) -> Exit {
    let _ = writeln!(io::stderr(), "semlock: {} is not locked", named.name);
    Exit::No
}
