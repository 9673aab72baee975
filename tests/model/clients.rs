//! Those who use a block. Whatever semlock does is done by its own code, src/session.

use crate::kernel::Reply;

use crate::replay::{Belief, Call, Lock, call};
use crate::session::{
    Block, BlockSpec, Claim, DEFAULT_KEY, Mode, NotVacant, PersistentUnlock, ReaderUnlock, Slot,
    Tag, WriterUnlock,
};
use crate::sysv::{Error, Gid, Op, Outcome, Pid, Uid, Wait};

/// A program that uses a block.
#[derive(Clone, Debug)]
pub enum Client {
    /// A process that locks a session through Perl's module.
    Perl { mode: Mode, slot: u16 },
    /// `semlock lock`, or a program that uses the library and `releases` the lock itself.
    Lock { mode: Mode, slots: &'static [u16], wait: Wait, drain: bool, releases: bool },
    /// `semlock lock --persist`, which may `drain`.
    Persist { mode: Mode, slots: &'static [u16], session: &'static str, drain: bool },
    /// `semlock unlock`.
    Unlock { slot: u16, session: &'static str },
    /// `semlock unlock --slot`, of a persistent read lock.
    UnlockReader { slot: u16, session: &'static str },
    /// `semlock unlock --abandoned`.
    UnlockAbandoned { slot: u16 },
    /// `semlock remove`.
    Remove,
    /// `semlock create --replace`, by a block with this many slots.
    Replace { slots: u16 },
    /// A program that takes a write lock without undo, and leaves it behind.
    Abandon { slot: u16 },
    /// `ipcrm`, or `semlock remove --force`.
    RemoveByForce,
    /// Sets the writer flag to 0, as `semlock unlock --force` does.
    Reset { slot: u16 },
    /// Lowers the writer flag by 1, without asking whose it is.
    Lower { slot: u16 },
}

impl Client {
    /// `semlock lock`, which waits as long as it takes.
    pub fn lock(mode: Mode, slots: &'static [u16]) -> Self {
        Self::Lock { mode, slots, wait: Wait::Forever, drain: false, releases: false }
    }

    /// `semlock lock --wait`, which gives up at some time.
    pub fn lock_for_a_time(mode: Mode, slots: &'static [u16]) -> Self {
        Self::Lock { mode, slots, wait: Wait::Limited, drain: false, releases: true }
    }

    /// `semlock lock --drain`.
    pub fn drain(slots: &'static [u16], wait: Wait) -> Self {
        Self::Lock { mode: Mode::Write, slots, wait, drain: true, releases: true }
    }

    /// `semlock lock --persist`.
    pub fn persist(mode: Mode, slots: &'static [u16], session: &'static str) -> Self {
        Self::Persist { mode, slots, session, drain: false }
    }

    /// `semlock lock --persist --drain`.
    pub fn drain_and_persist(slots: &'static [u16], session: &'static str) -> Self {
        Self::Persist { mode: Mode::Write, slots, session, drain: true }
    }

    /// Whether it makes an interrupted call again.
    pub fn knows_signals(&self) -> bool {
        !matches!(self, Self::Perl { .. })
    }

    pub fn asks_who_has_ended(&self) -> bool {
        matches!(self, Self::Unlock { .. } | Self::UnlockAbandoned { .. })
    }

    /// What it does from its start to its end, in a block of this size.
    pub fn run(&self, nsems: u16) {
        // A client that fails ends.
        let _: Option<()> = match *self {
            Self::Perl { mode, slot } => perl(mode, slot, nsems),
            Self::Lock { mode, slots, wait, drain, releases } => {
                lock(mode, slots, wait, drain, releases)
            }
            Self::Persist { mode, slots, session, drain } => persist(mode, slots, session, drain),
            Self::Unlock { slot, session } => unlock(slot, session),
            Self::UnlockReader { slot, session } => unlock_reader(slot, session),
            Self::UnlockAbandoned { slot } => open().and_then(|block| {
                block.unlock_abandoned_writer(Slot::new(slot), has_ended).ok().map(drop)
            }),
            Self::Remove => open().map(|block| or_rest(&block.remove_if_vacant())),
            Self::Replace { slots } => open().map(|block| replace(block, 2 * slots)),
            Self::Abandon { slot } => open().and_then(|block| {
                let (reader, writer) =
                    (block.reader(Slot::new(slot)), block.writer(Slot::new(slot)));
                let ops = [Op::zero(reader), Op::zero(writer), Op::without_undo(writer, 1)];
                block.set().operate(&ops, Wait::Forever).ok().map(drop)
            }),
            Self::RemoveByForce => open().and_then(|block| block.set().remove().ok()),
            Self::Reset { slot } => open().and_then(|block| {
                block.force_unlock_writer(Slot::new(slot)).ok()?;
                believe(Belief::TakenBack(slot, None));
                Some(())
            }),
            Self::Lower { slot } => open().and_then(|block| {
                let lower = [Op::without_undo(block.writer(Slot::new(slot)), -1)];
                block.set().operate(&lower, Wait::Not).ok().map(drop)
            }),
        };
    }
}

fn open() -> Option<Block> {
    Block::open(DEFAULT_KEY).ok()
}

/// In a block with fewer slots, the sessions fall on others.
fn claim(mode: Mode, slots: &[u16]) -> Option<Claim> {
    let block = open()?;
    let slots = slots.iter().map(|slot| Slot::new(slot % block.slots())).collect();
    Some(Claim::new(block, slots, mode))
}

fn believe(belief: Belief) {
    call(Call::Believe(belief));
}

fn lock_of(claim: &Claim) -> Lock {
    let slots = claim.slots().iter().map(|slot| slot.index()).collect();
    Lock { slots, writes: claim.mode() == Mode::Write }
}

/// The module looks at no result: what it believes is the same after a failure.
fn perl(mode: Mode, slot: u16, nsems: u16) -> Option<()> {
    let set = open_as_perl(nsems)?;
    let (reader, writer) = (slot, slot + nsems / 2);
    let (ops, raised) = match mode {
        Mode::Read => (vec![Op::zero(writer), Op::with_undo(reader, 1)], reader),
        Mode::Write => (vec![Op::zero(reader), Op::zero(writer), Op::with_undo(writer, 1)], writer),
    };
    call(Call::Operate(set, ops, Wait::Forever));
    believe(Belief::Has(Lock { slots: vec![slot], writes: mode == Mode::Write }));
    call(Call::Work);
    believe(Belief::HasNothing);
    call(Call::Operate(set, vec![Op::with_undo(raised, -1)], Wait::Forever));
    Some(())
}

fn open_as_perl(nsems: u16) -> Option<usize> {
    match call(Call::Open { or_create: Some(nsems) }) {
        Reply::Number(semid) => usize::try_from(semid).ok(),
        _ => None,
    }
}

/// cmd/lock/acquire.rs: tries, and then waits.
fn acquire(claim: &Claim, wait: Wait, drain: bool) -> Result<Outcome, Error> {
    match claim.acquire(Wait::Not)? {
        Outcome::Busy if drain => claim.drain(wait),
        Outcome::Busy if wait != Wait::Not => claim.acquire(wait),
        outcome => Ok(outcome),
    }
}

fn lock(mode: Mode, slots: &[u16], wait: Wait, drain: bool, releases: bool) -> Option<()> {
    let claim = claim(mode, slots)?;
    let taken = acquire(&claim, wait, drain);
    if taken == Ok(Outcome::Done) {
        believe(Belief::Has(lock_of(&claim)));
        call(Call::Work);
    }
    if releases {
        believe(Belief::HasNothing);
        if taken.ok()? == Outcome::Done {
            claim.release().ok()?;
        }
        call(Call::Rest);
    }
    Some(())
}

fn persist(mode: Mode, slots: &[u16], session: &'static str, drain: bool) -> Option<()> {
    let claim = claim(mode, slots)?;
    if acquire(&claim, Wait::Forever, drain).ok()? == Outcome::Busy {
        return None;
    }
    believe(Belief::Has(lock_of(&claim)));
    let tag = Tag::of_sessions([session.as_bytes()]);
    if claim.persist(|_| tag).ok()? == Outcome::Done {
        believe(Belief::Left(lock_of(&claim), session));
    }
    Some(())
}

/// cmd/unlock/without_holder.rs: the persistent lock of the session, else an abandoned one.
fn unlock(slot: u16, session: &'static str) -> Option<()> {
    let (block, is_meant) = (open()?, |tag: Tag| tag.may_be_of(&[session.as_bytes()]));
    loop {
        match block.unlock_persistent_writer(Slot::new(slot), is_meant).ok()? {
            PersistentUnlock::Removed => {
                believe(Belief::TakenBack(slot, Some(session)));
                return Some(());
            }
            PersistentUnlock::OtherTag(_) => return Some(()),
            PersistentUnlock::NotThere => {}
        }
        let abandoned = block.unlock_abandoned_writer(Slot::new(slot), has_ended).ok()?;
        if abandoned != WriterUnlock::Persistent {
            return Some(());
        }
    }
}

fn unlock_reader(slot: u16, session: &'static str) -> Option<()> {
    if open()?.unlock_persistent_reader(Slot::new(slot)).ok()? == ReaderUnlock::Removed {
        believe(Belief::TakenBack(slot, Some(session)));
    }
    Some(())
}

/// judge::is_gone.
fn has_ended(pid: Option<Pid>) -> bool {
    let reply = pid.map(|pid| call(Call::HasEnded(pid.raw())));
    reply == Some(Reply::Number(1))
}

fn replace(block: Block, nsems: u16) {
    let spec = |nsems| BlockSpec { nsems, uid: Uid::new(0), gid: Gid::new(0), mode: 0o700 };
    or_rest(&block.replace(DEFAULT_KEY, spec(block.nsems()), spec(nsems)));
}

/// After a refusal, `semlock remove` goes on with other sets.
fn or_rest<T>(done: &Result<T, NotVacant>) {
    if done.is_err() {
        call(Call::Rest);
    }
}
