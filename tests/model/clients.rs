//! Those who use a block. Whatever semlock does is done by its own code, src/session.

use crate::kernel::Reply;

use crate::replay::{Belief, Call, Lock, call};
use crate::session::{
    Block, BlockSpec, Claim, DEFAULT_KEY, Mode, PersistentUnlock, ReaderUnlock, Slot, Tag,
    WriterUnlock,
};
use crate::sysv::{Error, Gid, Op, Outcome, Pid, Uid, Wait};

/// A program that uses a block.
#[derive(Clone, Debug)]
pub enum Client {
    /// A process that locks a session through Perl's module.
    Perl { mode: Mode, slot: u16 },
    /// `semlock lock`, or a program that uses the library and `releases` the lock itself.
    Lock { mode: Mode, slots: &'static [u16], wait: Wait, drain: bool, releases: bool },
    /// `semlock lock --persist`.
    Persist { mode: Mode, slots: &'static [u16], session: &'static str },
    /// `semlock unlock`.
    Unlock { slot: u16, session: &'static str },
    /// `semlock unlock --slot`, of a persistent read lock.
    UnlockReader { slot: u16, session: &'static str },
    /// `semlock unlock --abandoned`.
    UnlockAbandoned { slot: u16 },
    /// `semlock remove`.
    Remove,
    /// `semlock create --replace`.
    Replace,
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
            Self::Persist { mode, slots, session } => persist(mode, slots, session),
            Self::Unlock { slot, session } => unlock(slot, session),
            Self::UnlockReader { slot, session } => unlock_reader(slot, session),
            Self::UnlockAbandoned { slot } => open().and_then(|block| {
                block.unlock_abandoned_writer(Slot::new(slot), has_ended).ok().map(drop)
            }),
            Self::Remove => open().and_then(|block| block.remove_if_vacant().ok()),
            Self::Replace => open().and_then(replace),
            Self::Abandon { slot } => open().and_then(|block| {
                let (reader, writer) =
                    (block.reader(Slot::new(slot)), block.writer(Slot::new(slot)));
                let ops = [Op::zero(reader), Op::zero(writer), Op::without_undo(writer, 1)];
                block.set().operate(&ops, Wait::Forever).ok().map(drop)
            }),
            Self::RemoveByForce => open().and_then(|block| block.set().remove().ok()),
            Self::Reset { slot } => {
                open().and_then(|block| block.force_unlock_writer(Slot::new(slot)).ok())
            }
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

fn claim(mode: Mode, slots: &[u16]) -> Option<Claim> {
    let slots = slots.iter().copied().map(Slot::new).collect();
    open().map(|block| Claim::new(block, slots, mode))
}

fn believe(belief: Belief) {
    call(Call::Believe(belief));
}

fn locked(mode: Mode, slots: &[u16]) -> Lock {
    Lock { slots: slots.to_vec(), writes: mode == Mode::Write }
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
    believe(Belief::Has(locked(mode, &[slot])));
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
    if acquire(&claim, wait, drain).ok()? == Outcome::Busy {
        return None;
    }
    believe(Belief::Has(locked(mode, slots)));
    call(Call::Work);
    if releases {
        believe(Belief::HasNothing);
        claim.release().ok()?;
    }
    Some(())
}

fn persist(mode: Mode, slots: &[u16], session: &'static str) -> Option<()> {
    let claim = claim(mode, slots)?;
    if acquire(&claim, Wait::Forever, false).ok()? == Outcome::Busy {
        return None;
    }
    believe(Belief::Has(locked(mode, slots)));
    let tag = Tag::of_sessions([session.as_bytes()]);
    if claim.persist(|_| tag).ok()? == Outcome::Done {
        believe(Belief::Left(locked(mode, slots), session));
    }
    Some(())
}

/// cmd/unlock/without_holder.rs: the persistent lock of the session, else an abandoned one.
fn unlock(slot: u16, session: &'static str) -> Option<()> {
    let (block, is_meant) = (open()?, |tag: Tag| tag.may_be_of(&[session.as_bytes()]));
    loop {
        match block.unlock_persistent_writer(Slot::new(slot), is_meant).ok()? {
            PersistentUnlock::Removed => {
                believe(Belief::TakenBack(slot, session));
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
        believe(Belief::TakenBack(slot, session));
    }
    Some(())
}

/// judge::is_gone.
fn has_ended(pid: Option<Pid>) -> bool {
    let reply = pid.map(|pid| call(Call::HasEnded(pid.raw())));
    reply == Some(Reply::Number(1))
}

fn replace(block: Block) -> Option<()> {
    let (uid, gid) = (Uid::new(0), Gid::new(0));
    let spec = BlockSpec { nsems: block.nsems(), uid, gid, mode: 0o700 };
    block.replace(DEFAULT_KEY, spec, spec).ok().map(drop)
}
