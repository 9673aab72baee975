//! `semlock unlock`: gives back what semlock holds, or what was left in the block.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anyhow::Result;

use super::{Name, Named};
use crate::cli::UnlockArgs;
use crate::diagnose::{self, Failure, tell};
use crate::exit::Exit;
use crate::holder::{self, Holder, Which};
use crate::process::{self, Life};
use crate::session::{Block, Counts, Left, Slot, WriterLeft};
use crate::sysv::Error;

/// Unlocks each of the slots, goes on after a refusal, ends with the worst.
pub fn run(args: &UnlockArgs) -> Result<Exit> {
    if args.abandoned {
        process::need_stdout()?;
    }
    let name = Name::of(&args.target)?;
    let block = name.open_to("unlock in")?;
    let block = block.require(args.nsems).map_err(|error| name.failure("unlock in", &error))?;
    let which = Which::from(&args.which);
    let wanted = wanted(block, &which)?;
    if wanted.is_empty() && !args.abandoned {
        tell("no slot is locked");
        return Ok(Exit::No);
    }
    let mut unlock = Unlock {
        block,
        wanted: &wanted,
        force: args.force,
        holders: holder::of_set(block.set().semid()),
        ended: Vec::new(),
        given: BTreeSet::new(),
    };
    let mut worst = Exit::Done;
    for named in &wanted {
        let done = if args.abandoned { unlock.clear_abandoned(named) } else { unlock.one(named) };
        worst = worst.worst(done.unwrap_or_else(|failure| diagnose::report(&failure.into())));
    }
    Ok(worst)
}

/// What the user named; of every slot, those that somebody has.
fn wanted(block: Block, which: &Which) -> Result<Vec<Named>> {
    let named = super::slots(which, block)?;
    if !which.all {
        return Ok(named);
    }
    let raised =
        block.raised_slots().map_err(|error| Failure::sysv("look at every slot", error))?;
    let raised: BTreeSet<_> = raised.into_iter().collect();
    Ok(named.into_iter().filter(|named| raised.contains(&named.slot)).collect())
}

struct Unlock<'a> {
    block: Block,
    wanted: &'a [Named],
    force: bool,
    /// Those that there were at the beginning.
    holders: Vec<Holder>,
    ended: Vec<Holder>,
    /// Slots whose count without a process is taken back: one for each, as
    /// `lock` counts sessions that share a slot once.
    given: BTreeSet<Slot>,
}

impl Unlock<'_> {
    /// Ends the holder that is meant, or takes back what no process holds.
    fn one(&mut self, named: &Named) -> Result<Exit, Failure> {
        if self.ended.iter().any(|holder| self.holds(holder, named))
            || self.given.contains(&named.slot)
        {
            return Ok(Exit::Done);
        }
        let holds = |holder: &&Holder| self.holds(holder, named);
        let mut holders: Vec<_> = self.holders.iter().filter(holds).cloned().collect();
        let alone = self.counts(named)?.persistent == 0;
        match (nearest(&holders), holders.len()) {
            (_, 0) => self.without_holder(named),
            (Some(own), _) => self.end(named, holders.swap_remove(own)),
            (None, 1) if alone => self.end(named, holders.remove(0)),
            _ if self.force => holders
                .into_iter()
                .try_fold(Exit::Done, |_, holder| self.end_by_force(named, holder)),
            _ => Err(several(named, &holders)),
        }
    }

    /// What a holder holds, as the user would name it.
    fn holdings(&self, holder: &Holder) -> Vec<Named> {
        super::slots(&holder.order.which, self.block).unwrap_or_default()
    }

    /// Whether a holder holds what is named: that session, or that slot.
    fn holds(&self, holder: &Holder, named: &Named) -> bool {
        self.holdings(holder).iter().any(|holding| named.means(holding))
    }

    fn end(&mut self, named: &Named, holder: Holder) -> Result<Exit, Failure> {
        let holdings = self.holdings(&holder);
        let wanted = |holding: &Named| self.wanted.iter().any(|wanted| wanted.means(holding));
        if let Some(other) = holdings.iter().find(|holding| !wanted(holding))
            && !self.force
        {
            let (pid, other) = (holder.pid, &other.name);
            let what =
                format!("unlock {}: process {pid} holds it together with {other}", named.name);
            return Err(Failure::new(Exit::Busy, what).fix("name all that it holds"));
        }
        let what = format!("end process {}, which holds {}", holder.pid, named.name);
        holder.end().map_err(|error| Failure::io(&what, &error))?;
        self.ended.push(holder);
        Ok(Exit::Done)
    }

    fn end_by_force(&mut self, named: &Named, holder: Holder) -> Result<Exit, Failure> {
        let owner = process::called(holder.order.owner);
        let exit = self.end(named, holder)?;
        tell(&format!("{owner} had a lock on {} kept for it, and goes on without", named.name));
        Ok(exit)
    }

    fn counts(&self, named: &Named) -> Result<Counts, Failure> {
        self.block.counts(named.slot).map_err(|error| failed(named, error))
    }

    fn without_holder(&mut self, named: &Named) -> Result<Exit, Failure> {
        if self.block.take_persistent(named.slot).map_err(|error| failed(named, error))?
            == Left::Taken
        {
            self.given.insert(named.slot);
            return Ok(Exit::Done);
        }
        match self.lower_abandoned(named)? {
            WriterLeft::Lowered => {
                self.given.insert(named.slot);
                Ok(Exit::Done)
            }
            WriterLeft::NotRaised => Ok(not_locked(named)),
            WriterLeft::HeldBy(pid) if self.force => self.force_writer_down(named, pid),
            WriterLeft::Readers if self.force => self.force_reader_down(named),
            WriterLeft::HeldBy(pid) => Err(held_by(named, pid)),
            // A persistent flag that has come up since it was looked for is somebody's.
            WriterLeft::Persistent | WriterLeft::Readers => Err(held_by_readers(named)),
        }
    }

    fn lower_abandoned(&self, named: &Named) -> Result<WriterLeft, Failure> {
        self.block
            .lower_abandoned_writer(named.slot, |pid| self.is_gone(pid))
            .map_err(|error| failed(named, error))
    }

    fn is_gone(&self, pid: i32) -> bool {
        // Read after the pid: who started and came in since the last change before is not gone.
        let header = self.block.set().info();
        header.is_ok_and(|header| process::life(pid, header.last_change()) == Life::Gone)
    }

    fn clear_abandoned(&self, named: &Named) -> Result<Exit, Failure> {
        let left = self.lower_abandoned(named)?;
        if left == WriterLeft::Readers && self.is_abandoned(named)? {
            return Err(readers_stay(named));
        }
        if left == WriterLeft::Lowered {
            let answer =
                format!("slot {}: cleared the write lock of a process that has ended", named.slot);
            match writeln!(io::stdout(), "{answer}") {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    let failure = Failure::io("write to standard output", &error);
                    return Err(failure.evidence(answer));
                }
                _ => {}
            }
        }
        Ok(Exit::Done)
    }

    /// Whether the slot has the flag of a writer that is gone, readers or not.
    fn is_abandoned(&self, named: &Named) -> Result<bool, Failure> {
        let counts = self.counts(named)?;
        let gone = counts.live_writer && self.is_gone(counts.pid);
        Ok(gone && self.counts(named)? == counts)
    }

    fn force_writer_down(&self, named: &Named, pid: i32) -> Result<Exit, Failure> {
        self.block.force_writer_down(named.slot).map_err(|error| failed(named, error))?;
        tell(&format!(
            "{} had {} and goes on without a lock; if it gives the lock back itself, it first waits for \
             another writer and then takes that one's",
            process::called(pid),
            named.name
        ));
        Ok(Exit::Done)
    }

    fn force_reader_down(&self, named: &Named) -> Result<Exit, Failure> {
        match self.block.force_reader_down(named.slot).map_err(|error| failed(named, error))? {
            Left::None => Ok(not_locked(named)),
            Left::Taken => {
                tell(&format!(
                    "took one reader's count of {}; if that reader lives, it goes on without a lock, \
                     and its end takes the count of another",
                    named.name
                ));
                Ok(Exit::Done)
            }
        }
    }
}

/// One that is kept for this process's nearest ancestor that has any.
fn nearest(holders: &[Holder]) -> Option<usize> {
    let of = |owner: i32| holders.iter().position(|holder| holder.order.owner == owner);
    process::ancestors().into_iter().find_map(of)
}

fn several(named: &Named, holders: &[Holder]) -> Failure {
    let kept = holders.iter().map(|holder| {
        format!("process {} keeps it for {}", holder.pid, process::called(holder.order.owner))
    });
    let what = format!("unlock {}: there are several locks on it", named.name);
    Failure::new(Exit::Busy, what).cause(kept.collect::<Vec<_>>().join("; "))
}

fn failed(named: &Named, error: Error) -> Failure {
    Failure::sysv(&format!("unlock {}", named.name), error)
}

fn held_by(named: &Named, pid: i32) -> Failure {
    Failure::new(Exit::Busy, format!("unlock {}: {} has it", named.name, process::called(pid)))
}

fn held_by_readers(named: &Named) -> Failure {
    Failure::new(Exit::Busy, format!("unlock {}: readers have it", named.name))
        .cause("the kernel keeps no list of readers: whether one has ended without giving back cannot be told")
}

fn readers_stay(named: &Named) -> Failure {
    Failure::new(Exit::Busy, format!("clear {}: readers are in", named.name)).cause(
        "the write lock that an ended process left there can be cleared once they have left; \
         unlock --force takes a reader's count away, one each time",
    )
}

fn not_locked(named: &Named) -> Exit {
    tell(&format!(
        "{} is not locked: its owner has ended, or somebody has unlocked it",
        named.name
    ));
    Exit::No
}
