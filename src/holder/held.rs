//! The locks that a process and its ancestors have, so that a nested lock does
//! not wait for itself.

use std::env;
use std::str::FromStr;

use nix::unistd::getpid;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use super::{Holder, Holders};
use crate::session::{Block, Claim, Counts, Mode, Slot};
use crate::system::{self, Pid};
use crate::sysv::Error;

/// The environment variable in which a command finds its locks: words separated
/// by spaces, each `NAMESPACE:SEMID:SLOT:MODE:PID:SESSION` with the inode number
/// of the IPC namespace, a slot or `*` for every slot, `r` or `w`, the process
/// that has the lock, and the session id percent-encoded, empty where the lock
/// was not taken by one.
pub const HELD: &str = "SEMLOCK_HELD";

/// A word of [`HELD`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub(super) namespace: String,
    pub(super) semid: i32,
    // None is every slot.
    pub(super) slot: Option<u16>,
    pub(super) mode: Mode,
    pub(super) pid: i32,
    session: Vec<u8>,
}

impl Held {
    /// How many bytes of words are safe to add to an environment: execve(2)
    /// takes no string above 128 KiB.
    pub const MOST: usize = 64 * 1024;

    /// A lock that this process has, in the IPC namespace with this inode number.
    pub fn here(claim: &Claim, namespace: &str, slot: Option<Slot>, session: &[u8]) -> Self {
        Self {
            namespace: namespace.into(),
            semid: claim.block().set().semid(),
            slot: slot.map(Slot::index),
            mode: claim.mode(),
            pid: getpid().as_raw(),
            session: session.into(),
        }
    }

    /// What this process was given, then its own.
    pub fn variable(own: &[Self]) -> String {
        let inherited = env::var(HELD).unwrap_or_default();
        let words = inherited.split_whitespace().map(str::to_owned);
        words.chain(own.iter().map(Self::word)).collect::<Vec<_>>().join(" ")
    }

    fn word(&self) -> String {
        let Self { namespace, semid, slot, pid, .. } = self;
        let slot = slot.map_or_else(|| "*".into(), |slot| slot.to_string());
        let mode = if self.mode == Mode::Read { 'r' } else { 'w' };
        let session = percent_encode(&self.session, NON_ALPHANUMERIC);
        format!("{namespace}:{semid}:{slot}:{mode}:{pid}:{session}")
    }
}

impl FromStr for Held {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        let fields: [&str; 6] = word.split(':').collect::<Vec<_>>().try_into().map_err(drop)?;
        let [namespace, semid, slot, mode, pid, session] = fields;
        Ok(Self {
            namespace: namespace.into(),
            semid: semid.parse().map_err(drop)?,
            slot: if slot == "*" { None } else { Some(slot.parse().map_err(drop)?) },
            mode: if mode == "r" { Mode::Read } else { Mode::Write },
            pid: pid.parse().map_err(drop)?,
            session: percent_decode_str(session).collect(),
        })
    }
}

/// A lock in the way that only this process, an ancestor of it or a holder kept
/// for one of these can give back.
#[derive(Debug)]
pub struct OwnLock {
    /// The slot.
    pub slot: Slot,
    /// Who has it: this process or an ancestor.
    pub pid: Pid,
    /// How it has it.
    pub mode: Mode,
    /// What it was taken for, where that is known.
    pub sessions: Vec<Vec<u8>>,
}

/// Finds a lock in the way of `claim` that it would wait for without end, because
/// its holder waits for this process.
pub fn own_lock(claim: &Claim) -> Result<Option<OwnLock>, Error> {
    let chain = chain();
    let info = claim.block().set().info()?;
    let holders = Holders::find().unwrap_or_default();
    for &slot in claim.slots() {
        let counts = claim.block().counts(slot)?;
        // A reader's lock is in the way of a writer; and of another reader where
        // a writer has raised its flag, and waits for the first to leave.
        if claim.mode() == Mode::Read && !counts.writer {
            continue;
        }
        let kept = || kept(&holders.of_slot(claim.block(), &info, &counts), slot, &chain);
        let found = writing(claim.block(), &counts, &chain)
            .or_else(|| inherited(claim, slot, &chain))
            .or_else(kept);
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// This process and those that wait for it, if anybody does: its ancestors. One
/// that adopts orphans is that only of what is in its own session.
fn chain() -> Vec<Pid> {
    let mut chain = vec![Pid::own()];
    let mut session = Pid::new(nix::unistd::getsid(None).map_or(0, nix::unistd::Pid::as_raw));
    for ancestor in system::ancestors() {
        if ancestor.is_reaper() && ancestor.session != session {
            break;
        }
        session = ancestor.session;
        chain.push(ancestor.pid);
    }
    chain
}

/// The kernel names the holder of a writer flag itself.
fn writing(block: Block, counts: &Counts, chain: &[Pid]) -> Option<OwnLock> {
    let pid = Pid::new(counts.pid).filter(|pid| counts.writer && chain.contains(pid))?;
    let sessions = sessions_of(held_by(block, counts.slot, pid));
    Some(OwnLock { slot: counts.slot, pid, mode: Mode::Write, sessions })
}

/// A reader's lock in the way: only the environment knows of it.
fn inherited(claim: &Claim, slot: Slot, chain: &[Pid]) -> Option<OwnLock> {
    let reads =
        |&&pid: &&Pid| held_by(claim.block(), slot, pid).any(|held| held.mode == Mode::Read);
    let pid = *chain.iter().find(reads)?;
    let sessions = sessions_of(held_by(claim.block(), slot, pid));
    Some(OwnLock { slot, pid, mode: Mode::Read, sessions })
}

fn sessions_of(held: impl Iterator<Item = Held>) -> Vec<Vec<u8>> {
    held.map(|held| held.session).filter(|session| !session.is_empty()).collect()
}

fn held_by(block: Block, slot: Slot, pid: Pid) -> impl Iterator<Item = Held> {
    let (here, semid) = (super::namespace(), block.set().semid());
    let words: Vec<Held> =
        env::var(HELD).unwrap_or_default().split_whitespace().flat_map(str::parse).collect();
    words.into_iter().filter(move |held| {
        let covers = held.slot.is_none_or(|held| held == slot.index());
        (held.pid, held.semid) == (pid.raw(), semid) && covers && held.namespace == here
    })
}

/// A holder process that is kept for one of the chain. Anybody can have one kept for
/// the first process, which waits for nobody.
fn kept(holders: &[&Holder], slot: Slot, chain: &[Pid]) -> Option<OwnLock> {
    let is_ours = |holder: &&&Holder| {
        holder.owner.is_some_and(|owner| owner.raw() != 1 && chain.contains(&owner))
    };
    let holder = holders.iter().find(is_ours)?;
    let order = &holder.order;
    let sessions = order.which.sessions.iter();
    let sessions = sessions.map(|session| session.as_encoded_bytes().to_vec()).collect();
    Some(OwnLock { slot, pid: holder.owner?, mode: order.mode, sessions })
}
