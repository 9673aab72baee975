//! `semlock unlock`: releases what semlock keeps, or what was left in the block.

mod counts;

use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::io;
use std::os::unix::ffi::OsStrExt;

use anyhow::Result;
use nix::errno::Errno;

use self::counts::{RaisedCounts, Unlocked, forcing};
use super::shared::{Name, Named, called, slots};
use crate::cli::UnlockArgs;
use crate::exit::Exit;
use crate::failure::{self, Failure, tell};
use crate::holder::{Holder, Holders, NamedSlots};
use crate::session::{Block, Counts, Flag, Mode, Slot, may_be_block};
use crate::system::{self, Caller, Entry, Handle, Incomplete, Pid};

/// Unlocks each of the slots, goes on after a refusal, ends with the worst.
pub(super) fn run(args: &UnlockArgs) -> Result<Exit> {
    if args.abandoned {
        system::require_stdout()?;
    }
    let name = Name::of(&args.target)?;
    let block = name.open_to("unlock in")?;
    let block = block.require(args.nsems).map_err(|error| name.failure("unlock in", &error))?;
    let which = NamedSlots::from(&args.which);
    let taken = if which.all && !args.abandoned { every_persistent(block, args.force)? } else { 0 };
    let wanted = wanted(block, &which)?;
    if wanted.is_empty() && taken == 0 && !args.abandoned {
        failure::tell_no("unlock", "no slot", "is locked");
        return Ok(Exit::No);
    }
    let raised = RaisedCounts { block, wanted: &wanted, force: args.force };
    if args.abandoned {
        return Ok(each(&wanted, |named| raised.clear_abandoned(named)));
    }
    let mut unlock = Unlock::new(raised)?;
    Ok(each(&wanted, |named| unlock.one(named)))
}

/// Goes on after a failure, ends with the worst.
fn each(wanted: &[Named], mut unlock: impl FnMut(&Named) -> Result<Exit, Failure>) -> Exit {
    let done = wanted
        .iter()
        .map(|named| unlock(named).unwrap_or_else(|failure| failure::report(&failure.into())));
    done.fold(Exit::Done, Exit::worst)
}

/// How many semaphores had a persistent lock; in a set that may be another program's,
/// only force finds one.
fn every_persistent(block: Block, force: bool) -> Result<usize, Failure> {
    let taken = || match block.set().info()? {
        info if force || may_be_block(&info) => block.unlock_all_persistent(),
        _ => Ok(0),
    };
    taken().map_err(|error| Failure::sysv("release every persistent lock", error))
}

/// What the user named; of every slot, those that somebody has.
fn wanted(block: Block, which: &NamedSlots) -> Result<Vec<Named>> {
    let named = slots(which, block)?;
    if !which.all {
        return Ok(named);
    }
    let raised =
        block.raised_slots().map_err(|error| Failure::sysv("look at every slot", error))?;
    let raised: BTreeSet<_> = raised.into_iter().collect();
    Ok(named.into_iter().filter(|named| raised.contains(&named.slot)).collect())
}

struct Unlock<'a> {
    raised: RaisedCounts<'a>,
    /// Those that there were at the beginning.
    holders: Holders,
    caller: LazyCell<Option<Caller>>,
    /// Slots of which a count without a holder is released: one for each, as
    /// `lock` counts sessions that share a slot once.
    done: BTreeSet<Slot>,
    /// Holders that have been ended.
    ended: BTreeSet<Pid>,
}

impl<'w> Unlock<'w> {
    /// Processes are looked at once, and only where one may have a lock that is wanted:
    /// the one that the kernel names, or all where it names none.
    fn new(raised: RaisedCounts<'w>) -> Result<Self, Failure> {
        let slots = raised.wanted.iter().map(|named| named.slot);
        let holders = Holders::of_slots(raised.block, slots);
        let holders = holders.map_err(|error| Failure::sysv("look at the slots", error))?;
        Ok(Self {
            raised,
            holders: holders.map_err(|gap| not_found(&gap))?,
            caller: LazyCell::new(system::caller),
            done: BTreeSet::new(),
            ended: BTreeSet::new(),
        })
    }

    /// Ends the holder that is meant, or releases what no holder has.
    fn one(&mut self, named: &Named) -> Result<Exit, Failure> {
        if self.done.contains(&named.slot) || self.has_ended_holder_of(named) {
            return Ok(Exit::Done);
        }
        let block = self.raised.block;
        let counts = self.raised.counts(named)?;
        let info = self.raised.info(named)?;
        let here = self.holders.of_slot(block, &info, &counts);
        let here: Vec<_> = here.into_iter().cloned().collect();
        let holders: Vec<_> = here.iter().filter(|one| self.holds(one, named)).cloned().collect();
        if let Some(own) = self.nearest(&holders) {
            return self.end(named, &own.clone());
        }
        let has_persistent = counts.persistent() > 0 && self.raised.takes_any(named);
        if holders.is_empty() || has_persistent {
            // What takes whatever the slot has would take another lock of the caller's.
            let is_certain = self.nearest(&here).is_none();
            let done = self.without_holder(named);
            return done.map_err(|one| if is_certain { one } else { one.without_fixes() });
        }
        if !self.raised.force {
            return Err(kept_for_another(named, block, &holders));
        }
        holders.into_iter().try_fold(Exit::Done, |_, holder| self.end_by_force(named, &holder))
    }

    fn without_holder(&mut self, named: &Named) -> Result<Exit, Failure> {
        let released = self.raised.release(named)?;
        if released == Unlocked::Whole {
            self.done.insert(named.slot);
        }
        Ok(released.exit())
    }

    /// What a holder holds, as the user would name it.
    fn holdings(&self, holder: &Holder) -> Vec<Named> {
        slots(&holder.args.lock.slots, self.raised.block).unwrap_or_default()
    }

    /// Whether a holder holds what is named: that session, or that slot.
    fn holds(&self, holder: &Holder, named: &Named) -> bool {
        let which = &holder.args.lock.slots;
        if named.is_by_slot() {
            return which.all || holder.args.lock.slots(self.raised.block).contains(&named.slot);
        }
        which.sessions.iter().any(|session| session.as_bytes() == named.session)
    }

    fn has_ended_holder_of(&self, named: &Named) -> bool {
        let mut ended = self.holders.on(self.raised.block.set().semid());
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
        let wanted =
            |holding: &Named| self.raised.wanted.iter().any(|wanted| wanted.means(holding));
        if let Some(other) = holdings.iter().find(|holding| !wanted(holding))
            && !self.raised.force
        {
            let (pid, other) = (holder.pid, &other.name);
            let what =
                format!("unlock {}: process {pid} holds it together with {other}", named.name);
            let failure = Failure::new(Exit::Busy, what).fix("name all that it holds");
            return Err(failure.fix(forcing(named, self.raised.block)));
        }
        let what = format!("end process {}, which holds {}", holder.pid, named.name);
        let before = self.raised.counts(named)?;
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
        let now = self.raised.counts(named)?;
        let stays = match holder.args.lock.mode {
            Mode::Write => now.flag == Flag::Live && now.pid == holder.pid.raw(),
            Mode::Read => now.readers.live >= before.readers.live && now == before,
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
}

fn not_found(gap: &Incomplete) -> Failure {
    Failure::new(Exit::System, format!("find the process that keeps the lock: {gap}"))
}

/// Ends a holder and waits until the kernel has released its locks. Does nothing
/// if the process with this pid is another one by now.
fn end(holder: &Holder) -> io::Result<()> {
    let process = match Handle::open(holder.pid) {
        Err(error) if error.raw_os_error() == Some(Errno::ESRCH as i32) => return Ok(()),
        process => process?,
    };
    match crate::holder::HolderArgs::of(holder.pid) {
        Entry::Is(Some(args)) if args == holder.args => process.kill(),
        Entry::Is(_) | Entry::Gone => Ok(()),
        Entry::Unreadable(errno) => Err(errno.into()),
    }
}

/// Whether there is such a process, as far as can be seen.
fn lives(pid: Pid) -> bool {
    match system::find(pid) {
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
