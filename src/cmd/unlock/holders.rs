//! Releases locks that holders of semlock's keep, by ending the holders.

use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use nix::errno::Errno;

use super::without_holder::{Released, UnlockRequest, forcing};
use crate::cmd::lock::sem_undo;
use crate::cmd::shared::{Named, called, slots};
use crate::exit::Exit;
use crate::failure::{Failure, tell};
use crate::holder::{Holder, Holders};
use crate::session::{Counts, Flag, Mode, Slot};
use crate::system::poll::poll;
use crate::system::{self, Caller, Entry, Handle, Incomplete, Pid};

/// What to do about a lock of a holder that cannot be seen.
const END_HOLDER: &str =
    "if it was taken without COMMAND, end the process whose arguments ps shows as hold --for=PID";

/// The locks that are to be released, and the holders that may keep them.
pub(super) struct Unlocking<'a> {
    request: UnlockRequest<'a>,
    /// The holders at the beginning.
    holders: Holders,
    /// Why there may be others.
    gap: Option<Incomplete>,
    caller: LazyCell<Result<Option<Caller>, Incomplete>>,
    /// Slots where a count without a holder is released: one each, as `lock` counts
    /// sessions that share a slot once.
    done: BTreeSet<Slot>,
    /// Holders that have been ended.
    ended: BTreeSet<Pid>,
}

impl<'a> Unlocking<'a> {
    /// Looks at processes once, and only if one may have a lock that is wanted: at the one
    /// that the kernel names, or at all if it names none.
    pub(super) fn new(request: UnlockRequest<'a>) -> Result<Self, Failure> {
        let slots = request.wanted.iter().map(|named| named.slot);
        let holders = Holders::of_slots(request.block, slots);
        let holders = holders.map_err(|error| Failure::sysv("look at the slots", error))?;
        let (holders, gap) = match holders {
            Ok(holders) => (holders, None),
            Err(gap) => (Holders::default(), Some(gap)),
        };
        Ok(Self {
            request,
            holders,
            gap,
            caller: LazyCell::new(system::caller),
            done: BTreeSet::new(),
            ended: BTreeSet::new(),
        })
    }

    /// Ends the holder that is meant, or releases a lock without a holder.
    pub(super) fn one(&mut self, named: &Named) -> Result<Exit, Failure> {
        if self.done.contains(&named.slot) || self.has_ended_holder_of(named) {
            return Ok(Exit::Done);
        }
        let block = self.request.block;
        let counts = self.request.counts(named)?;
        let info = self.request.info(named)?;
        let here = self.holders.of_slot(block, &info, &counts);
        let here: Vec<_> = here.into_iter().cloned().collect();
        let holders: Vec<_> = here.iter().filter(|one| self.holds(one, named)).cloned().collect();
        let has_persistent = counts.persistent() > 0 && self.request.takes_any(named);
        // One that ends anyway is not what is meant where there is a persistent lock.
        let own = if has_persistent { self.own(&holders) } else { self.nearest(&holders) };
        if let Some(own) = own {
            return self.end(named, &own.clone());
        }
        if holders.is_empty() || has_persistent {
            // A fix for any lock of the slot could release another lock of the caller's.
            let is_certain = self.nearest(&here).is_none();
            let done = self.without_holder(named).map_err(|failure| self.unseen(failure));
            return done.map_err(|one| if is_certain { one } else { one.without_fixes() });
        }
        if !self.request.force {
            return Err(self.kept_for_another(named, &holders));
        }
        holders.into_iter().try_fold(Exit::Done, |_, holder| self.end_by_force(named, &holder))
    }

    fn without_holder(&mut self, named: &Named) -> Result<Exit, Failure> {
        let released = self.request.release(named)?;
        if released == Released::Whole {
            self.done.insert(named.slot);
        }
        Ok(released.exit())
    }

    /// It may be kept for the caller, if that cannot be inspected.
    fn kept_for_another(&self, named: &Named, holders: &[Holder]) -> Failure {
        let kept = holders
            .iter()
            .map(|holder| format!("process {} keeps it for {}", holder.pid, owner(holder)));
        let kept = kept.collect::<Vec<_>>().join("; ");
        let failure = match &*self.caller {
            Ok(_) => Failure::new(
                Exit::Busy,
                format!("unlock {}: it is kept for another process", named.name),
            ),
            Err(gap) => Failure::new(
                Exit::Busy,
                format!("unlock {}: it may be kept for another process", named.name),
            )
            .evidence(gap.to_string()),
        };
        failure.cause(kept).fix(forcing(named, self.request.block))
    }

    /// Adds to a refusal that the lock may be one that semlock keeps.
    fn unseen(&self, failure: Failure) -> Failure {
        match &self.gap {
            Some(gap) if failure.exit == Exit::Busy => {
                failure.evidence(gap.to_string()).fix(END_HOLDER)
            }
            _ => failure,
        }
    }

    /// The sessions and slots of a holder, as the user would name them.
    fn holdings(&self, holder: &Holder) -> Vec<Named> {
        slots(&holder.args.lock.slots, self.request.block).unwrap_or_default()
    }

    /// Whether a holder holds what is named: that session, or that slot.
    fn holds(&self, holder: &Holder, named: &Named) -> bool {
        let which = &holder.args.lock.slots;
        if named.is_by_slot() {
            return which.all || holder.args.lock.slots(self.request.block).contains(&named.slot);
        }
        which.sessions.iter().any(|session| session.as_bytes() == named.session)
    }

    fn has_ended_holder_of(&self, named: &Named) -> bool {
        let mut ended = self.holders.on(self.request.block.set().semid());
        ended.any(|holder| self.ended.contains(&holder.pid) && self.holds(holder, named))
    }

    /// The holder for the calling process, or for the nearest process that it stands for;
    /// else one whose owner has ended, which is about to end itself.
    fn nearest<'h>(&self, holders: &'h [Holder]) -> Option<&'h Holder> {
        let ended = |holder: &&Holder| holder.owner.is_some_and(|owner| !lives(owner));
        self.own(holders).or_else(|| holders.iter().find(ended))
    }

    fn own<'h>(&self, holders: &'h [Holder]) -> Option<&'h Holder> {
        let mut owners = self.caller.iter().flatten().flat_map(Caller::stands_for);
        let of = |owner| holders.iter().find(|holder| holder.owner == Some(owner));
        owners.find_map(of)
    }

    fn end(&mut self, named: &Named, holder: &Holder) -> Result<Exit, Failure> {
        let holdings = self.holdings(holder);
        let wanted =
            |holding: &Named| self.request.wanted.iter().any(|wanted| wanted.means(holding));
        if let Some(other) = holdings.iter().find(|holding| !wanted(holding))
            && !self.request.force
        {
            let (pid, other) = (holder.pid, &other.name);
            let what =
                format!("unlock {}: process {pid} holds it together with {other}", named.name);
            let failure = Failure::new(Exit::Busy, what).fix("name every session that it holds");
            return Err(failure.fix(forcing(named, self.request.block)));
        }
        let what = format!("end process {}, which holds {}", holder.pid, named.name);
        let before = self.request.counts(named)?;
        let had = end(holder).map_err(|error| Failure::io(&what, &error))?.then_some(before);
        self.ended.insert(holder.pid);
        self.has_gone_down(named, holder, had)
    }

    /// A process that has ended has released its locks, where SEM_UNDO works. A read count that is
    /// as it was while the process lived may be another reader's by now, and a write lock that
    /// names the process a later one's with its pid. The block may be removed as soon as it is free.
    fn has_gone_down(
        &self,
        named: &Named,
        holder: &Holder,
        had: Option<Counts>,
    ) -> Result<Exit, Failure> {
        let is_left = || {
            let now = match self.request.block.counts(named.slot) {
                Err(error) if error.is_gone() => return Ok(false),
                _ => self.request.counts(named)?,
            };
            Ok(match holder.args.lock.mode {
                Mode::Read => had == Some(now) && sem_undo::is_in_doubt(self.request.block),
                Mode::Write => {
                    now.flag == Flag::Live && now.pid == Some(holder.pid) && !lives(holder.pid)
                }
            })
        };
        // A later process may have ended while this one looked.
        if !is_left()? || !is_left()? {
            return Ok(Exit::Done);
        }
        let what = format!("unlock {}: it is still locked", named.name);
        Err(Failure::new(Exit::System, what).cause(format!(
            "process {}, which claimed to hold the lock, has ended and did not release it",
            holder.pid
        )))
    }

    fn end_by_force(&mut self, named: &Named, holder: &Holder) -> Result<Exit, Failure> {
        let owner = owner(holder);
        let exit = self.end(named, holder)?;
        tell(&format!("{owner} continues without its lock on {}", named.name));
        Ok(exit)
    }
}

/// How long a holder may take to end when it is asked to. One that was stopped cannot.
const PATIENCE: Duration = Duration::from_secs(1);

/// Ends a holder and waits until its locks are released: by the kernel or, where that ignores
/// SEM_UNDO, by the holder itself. False if it had ended already; another process may have its
/// pid by now.
fn end(holder: &Holder) -> io::Result<bool> {
    let process = match Handle::open(holder.pid) {
        Err(error) if error.raw_os_error() == Some(Errno::ESRCH as i32) => return Ok(false),
        process => process?,
    };
    match crate::holder::HolderArgs::of(holder.pid) {
        Entry::Is(Some(args)) if args == holder.args => {
            process.terminate()?;
            let ended = poll(&mut [process.readable()], Some(PATIENCE))? > 0;
            if !ended {
                process.kill()?;
            }
            Ok(true)
        }
        Entry::Is(_) | Entry::Gone => Ok(false),
        Entry::Unreadable(errno) => Err(errno.into()),
    }
}

/// Whether the process lives, as far as can be seen.
fn lives(pid: Pid) -> bool {
    match system::find(pid) {
        Entry::Is(_) | Entry::Unreadable(_) => true,
        Entry::Gone => !system::has_ended(pid),
    }
}

fn owner(holder: &Holder) -> String {
    called(holder.owner)
}
