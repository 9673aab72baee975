//! `semlock unlock`: releases what semlock keeps, or what was left in the block.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anyhow::Result;
use nix::errno::Errno;

use super::{Name, Named, called};
use crate::cli::UnlockArgs;
use crate::exit::Exit;
use crate::failure::{self, Failure, Fix, ShellCommand, tell};
use crate::holder::{Holder, Holders, Which};
use crate::session::{Block, Counts, Left, Mode, Slot, WriterLeft, may_be_block};
use crate::system::{self, Caller, Entry, Handle, Pid};
use crate::sysv::{Error, SetInfo};

/// Unlocks each of the slots, goes on after a refusal, ends with the worst.
pub fn run(args: &UnlockArgs) -> Result<Exit> {
    if args.abandoned {
        system::need_stdout()?;
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
    let holders = Holders::find().map_err(|gap| {
        let what = "find the process that keeps the lock";
        Failure::new(Exit::System, format!("{what}: {gap}"))
    })?;
    let mut unlock = Unlock {
        block,
        wanted: &wanted,
        force: args.force,
        holders,
        caller: system::caller(),
        done: BTreeSet::new(),
        ended: BTreeSet::new(),
    };
    let mut worst = Exit::Done;
    for named in &wanted {
        let done = if args.abandoned { unlock.clear_abandoned(named) } else { unlock.one(named) };
        worst = worst.worst(done.unwrap_or_else(|failure| failure::report(&failure.into())));
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
    holders: Holders,
    caller: Option<Caller>,
    /// Slots whose count without a process is taken back: one for each, as
    /// `lock` counts sessions that share a slot once.
    done: BTreeSet<Slot>,
    /// Holders that have been ended.
    ended: BTreeSet<Pid>,
}

impl Unlock<'_> {
    /// Ends the holder that is meant, or takes back what no process holds.
    fn one(&mut self, named: &Named) -> Result<Exit, Failure> {
        let counts = self.counts(named)?;
        let info = self.info(named)?;
        let holders = self.holders.of_slot(self.block, &info, &counts).into_iter();
        let holders: Vec<_> = holders.filter(|one| self.holds(one, named)).cloned().collect();
        if self.done.contains(&named.slot) || self.has_ended_holder_of(named) {
            return Ok(Exit::Done);
        }
        if let Some(own) = self.nearest(&holders) {
            return self.end(named, &own.clone());
        }
        if holders.is_empty() || counts.persistent > 0 {
            return self.without_holder(named);
        }
        if !self.force {
            return Err(kept_for_another(named, self.block, &holders));
        }
        holders.into_iter().try_fold(Exit::Done, |_, holder| self.end_by_force(named, &holder))
    }

    /// What a holder holds, as the user would name it.
    fn holdings(&self, holder: &Holder) -> Vec<Named> {
        super::slots(&holder.order.which, self.block).unwrap_or_default()
    }

    /// Whether a holder holds what is named: that session, or that slot.
    fn holds(&self, holder: &Holder, named: &Named) -> bool {
        self.holdings(holder).iter().any(|holding| named.means(holding))
    }

    fn has_ended_holder_of(&self, named: &Named) -> bool {
        let mut ended = self.holders.on(self.block.set().semid());
        ended.any(|holder| self.ended.contains(&holder.pid) && self.holds(holder, named))
    }

    /// The one that is kept for the process that called this one, or for the nearest
    /// of those that it stands for; else one whose owner has ended, and which is
    /// about to end itself.
    fn nearest<'a>(&self, holders: &'a [Holder]) -> Option<&'a Holder> {
        let mut owners = self.caller.iter().flat_map(Caller::stands_for);
        let of = |owner| holders.iter().find(|holder| holder.owner == Some(owner));
        let ended = |holder: &&Holder| holder.owner.is_some_and(|owner| !lives(owner));
        owners.find_map(of).or_else(|| holders.iter().find(ended))
    }

    fn end(&mut self, named: &Named, holder: &Holder) -> Result<Exit, Failure> {
        let holdings = self.holdings(holder);
        let wanted = |holding: &Named| self.wanted.iter().any(|wanted| wanted.means(holding));
        if let Some(other) = holdings.iter().find(|holding| !wanted(holding))
            && !self.force
        {
            let (pid, other) = (holder.pid, &other.name);
            let what =
                format!("unlock {}: process {pid} holds it together with {other}", named.name);
            let failure = Failure::new(Exit::Busy, what).fix("name all that it holds");
            return Err(failure.fix(forcing(named, self.block)));
        }
        let what = format!("end process {}, which holds {}", holder.pid, named.name);
        let before = self.counts(named)?;
        end(holder).map_err(|error| Failure::io(&what, &error))?;
        self.ended.insert(holder.pid);
        self.has_gone_down(named, holder, before)
    }

    /// A process that has ended gave back what it had. If the count is what it was,
    /// and names the same process, it was another's.
    fn has_gone_down(
        &self,
        named: &Named,
        holder: &Holder,
        before: Counts,
    ) -> Result<Exit, Failure> {
        let now = self.counts(named)?;
        let stays = match holder.order.mode {
            Mode::Write => now.live_writer && now.pid == holder.pid.raw(),
            Mode::Read => now.live_readers >= before.live_readers && now == before,
        };
        if !stays {
            return Ok(Exit::Done);
        }
        let what = format!("unlock {}: it is locked as before", named.name);
        Err(Failure::new(Exit::System, what).cause(format!(
            "process {}, which said that it held the lock, has ended and did not release it",
            holder.pid
        )))
    }

    fn end_by_force(&mut self, named: &Named, holder: &Holder) -> Result<Exit, Failure> {
        let owner = owner(holder);
        let exit = self.end(named, holder)?;
        tell(&format!("{owner} had a lock on {} kept for it, and goes on without", named.name));
        Ok(exit)
    }

    fn counts(&self, named: &Named) -> Result<Counts, Failure> {
        self.block.counts(named.slot).map_err(|error| failed(named, error))
    }

    fn info(&self, named: &Named) -> Result<SetInfo, Failure> {
        self.block.set().info().map_err(|error| failed(named, error))
    }

    fn without_holder(&mut self, named: &Named) -> Result<Exit, Failure> {
        if self.block.take_persistent(named.slot).map_err(|error| failed(named, error))?
            == Left::Taken
        {
            self.done.insert(named.slot);
            return Ok(Exit::Done);
        }
        self.must_be_a_block(named)?;
        match self.lower_abandoned(named)? {
            WriterLeft::Lowered => {
                self.done.insert(named.slot);
                Ok(Exit::Done)
            }
            WriterLeft::NotRaised => Ok(not_locked(named)),
            WriterLeft::HeldBy(pid) if self.force => self.force_writer_down(named, pid),
            WriterLeft::Readers if self.force => self.force_reader_down(named),
            WriterLeft::HeldBy(pid) => Err(held_by(named, self.block, pid)),
            // A persistent flag that has come up since it was looked for is somebody's.
            WriterLeft::Persistent | WriterLeft::Readers => Err(held_by_readers(named, self.block)),
        }
    }

    /// What is raised in another program's set is no lock.
    fn must_be_a_block(&self, named: &Named) -> Result<(), Failure> {
        let info = self.info(named)?;
        let counts = self.counts(named)?;
        if self.force || may_be_block(&info) || !counts.writer && counts.readers == 0 {
            return Ok(());
        }
        let what = format!("unlock {}: its set is not known to be a session block", named.name);
        Err(Failure::new(Exit::CannotCreate, what)
            .cause("a session block has a key, and a mode with which its owner may read, write and execute: its semaphores may be another program's")
            .all_fixes(Some(forcing(named, self.block))))
    }

    fn lower_abandoned(&self, named: &Named) -> Result<WriterLeft, Failure> {
        self.block
            .lower_abandoned_writer(named.slot, |pid| self.is_gone(pid))
            .map_err(|error| failed(named, error))
    }

    /// Whether the process has ended that raised a flag. What could not be read of a
    /// process is no proof of it.
    fn is_gone(&self, pid: i32) -> bool {
        // Read after the pid: who started and came in since the last change before is not gone.
        let (Some(pid), Ok(info)) = (Pid::new(pid), self.block.set().info()) else { return false };
        match (system::process(pid), info.last_change()) {
            (Entry::Is(process), Some(last)) => !process.may_precede(last),
            (Entry::Is(_), None) | (Entry::Unreadable(_), _) => false,
            (Entry::Gone, _) => system::has_ended(pid),
        }
    }

    fn clear_abandoned(&self, named: &Named) -> Result<Exit, Failure> {
        self.must_be_a_block(named)?;
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
            "{} had {} and goes on without a lock; if it releases the lock itself, it first waits for \
             another writer and then takes that one's",
            called(pid),
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

/// Ends a holder and waits until the kernel has released its locks. Does nothing
/// if the process with this pid is another one by now.
fn end(holder: &Holder) -> io::Result<()> {
    let process = match Handle::open(holder.pid) {
        Err(error) if error.raw_os_error() == Some(Errno::ESRCH as i32) => return Ok(()),
        process => process?,
    };
    match crate::holder::Order::of(holder.pid) {
        Entry::Is(Some(order)) if order == holder.order => process.kill(),
        Entry::Is(_) | Entry::Gone => Ok(()),
        Entry::Unreadable(errno) => Err(errno.into()),
    }
}

/// Whether there is such a process, as far as can be seen.
fn lives(pid: Pid) -> bool {
    match system::process(pid) {
        Entry::Is(_) | Entry::Unreadable(_) => true,
        Entry::Gone => !system::has_ended(pid),
    }
}

fn owner(holder: &Holder) -> String {
    called(holder.owner.map_or(0, Pid::raw))
}

fn kept_for_another(named: &Named, block: Block, holders: &[Holder]) -> Failure {
    let kept = holders
        .iter()
        .map(|holder| format!("process {} keeps it for {}", holder.pid, owner(holder)));
    Failure::new(Exit::Busy, format!("unlock {}: it is kept for another process", named.name))
        .cause(kept.collect::<Vec<_>>().join("; "))
        .fix(forcing(named, block))
}

/// The lock is taken from whatever has it.
fn forcing(named: &Named, block: Block) -> Fix {
    let unlock = ShellCommand::semlock("unlock").arg("--force").option("--id", block.set().semid());
    Fix::from(unlock.args(named.arguments())).note("whatever has it goes on without the lock")
}

fn failed(named: &Named, error: Error) -> Failure {
    Failure::sysv(&format!("unlock {}", named.name), error)
}

fn held_by(named: &Named, block: Block, pid: i32) -> Failure {
    Failure::new(Exit::Busy, format!("unlock {}: {} has it", named.name, called(pid)))
        .fix(forcing(named, block))
}

fn held_by_readers(named: &Named, block: Block) -> Failure {
    Failure::new(Exit::Busy, format!("unlock {}: readers have it", named.name))
        .cause("the kernel keeps no list of readers: whether one has ended without releasing its lock cannot be told")
        .fix(forcing(named, block))
}

fn readers_stay(named: &Named) -> Failure {
    Failure::new(Exit::Busy, format!("clear {}: readers are in", named.name)).cause(
        "the write lock that an ended process left there can be cleared once they have left; \
         unlock --force takes a reader's count away, one each time",
    )
}

fn not_locked(named: &Named) -> Exit {
    tell(&format!("{} is not locked", named.name));
    Exit::No
}
