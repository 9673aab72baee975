//! Locks that this process must not wait for, because their holders wait for this process.

use std::env;

use nix::unistd::getsid;

use super::{HELD_LOCKS, HeldLock, Holder, Holders};
use crate::session::{Claim, Counts, Flag, Mode, Slot};
use crate::system::{self, Pid};
use crate::sysv::Error;
use crate::words::each_once;

/// A lock in the way that belongs to this process or one of its ancestors.
#[derive(Debug)]
pub(crate) struct OwnLock {
    /// The slot.
    pub slot: Slot,
    /// Its owner: this process or an ancestor.
    pub pid: Pid,
    pub mode: Mode,
    /// The sessions that it was taken for, if they are known.
    pub sessions: Vec<Vec<u8>>,
    /// Whether a holder keeps it. `unlock` ends a holder.
    pub kept: bool,
}

/// Finds a lock in the way of `claim` for which a wait would never end, because its holder
/// waits for this process.
pub(crate) fn own_lock(claim: &Claim) -> Result<Option<OwnLock>, Error> {
    // A read lock is in the way of a writer. It is also in the way of another reader if a
    // writer has raised its flag and waits for the first one to leave.
    let in_the_way = |counts: &Counts| claim.mode() == Mode::Write || counts.flag.is_raised();
    let slots: Vec<_> = claim.in_use()?.into_iter().filter(in_the_way).collect();
    if slots.is_empty() {
        return Ok(None);
    }
    let info = claim.block().set().info()?;
    let chain = chain();
    let holders = Holders::of_slots(claim.block(), slots.iter().map(|counts| counts.slot));
    let holders = holders?.unwrap_or_default();
    Ok(slots.iter().find_map(|counts| {
        own_write_lock(claim, counts, &chain)
            .or_else(|| own_read_lock(claim, counts, &chain))
            .or_else(|| {
                kept_lock(&holders.of_slot(claim.block(), &info, counts), counts.slot, &chain)
            })
    }))
}

/// This process or an ancestor, with the locks that it claims in the environment that it
/// was started with, or in this process's environment.
struct Ancestor {
    pid: Pid,
    session: Option<Pid>,
    held: Vec<HeldLock>,
}

impl Ancestor {
    fn new(pid: Pid, session: Option<Pid>, environment: &str) -> Self {
        let own = env::var(HELD_LOCKS).unwrap_or_default();
        let held = HeldLock::all(environment).chain(HeldLock::all(&own));
        Self { pid, session, held: held.filter(|held| held.pid == pid.raw()).collect() }
    }

    fn held<'a>(&'a self, claim: &'a Claim, slot: Slot) -> impl Iterator<Item = &'a HeldLock> {
        self.held.iter().filter(move |held| held.is_on(claim.block(), slot))
    }

    fn sessions(&self, claim: &Claim, slot: Slot) -> Vec<Vec<u8>> {
        let sessions = self.held(claim, slot).map(|held| held.session.clone());
        let mut sessions: Vec<_> = sessions.filter(|session| !session.is_empty()).collect();
        each_once(&mut sessions);
        sessions
    }
}

/// This process and its ancestors, which may wait for it. A process that adopts orphans
/// counts only if it is in the same session as the child.
fn chain() -> Vec<Ancestor> {
    let mut session = Pid::new(getsid(None).map_or(0, nix::unistd::Pid::as_raw));
    let mut chain = vec![Ancestor::new(Pid::own(), session, "")];
    for ancestor in system::ancestors() {
        if ancestor.is_reaper() && ancestor.session != session {
            break;
        }
        session = ancestor.session;
        let environment = system::environment_variable(ancestor.pid, HELD_LOCKS).ok().flatten();
        let environment = environment.and_then(|bytes| String::from_utf8(bytes).ok());
        chain.push(Ancestor::new(ancestor.pid, session, &environment.unwrap_or_default()));
    }
    chain
}

/// A write lock in the way, whose holder the kernel names. A flag that this process has
/// raised may belong to this claim, unless its environment has the lock.
fn own_write_lock(claim: &Claim, counts: &Counts, chain: &[Ancestor]) -> Option<OwnLock> {
    let named = |link: &&Ancestor| counts.flag == Flag::Live && counts.pid == Some(link.pid);
    let is_alone = claim.slots().len() == 1 && counts.readers.all() == 0;
    let link = chain.iter().find(named)?;
    let is_older = link.held(claim, counts.slot).next().is_some() || is_alone;
    (link.pid != Pid::own() || is_older).then(|| lock_of(claim, counts.slot, link, Mode::Write))
}

/// A read lock in the way. Only the environment tells its holder.
fn own_read_lock(claim: &Claim, counts: &Counts, chain: &[Ancestor]) -> Option<OwnLock> {
    let reads =
        |link: &&Ancestor| link.held(claim, counts.slot).any(|held| held.mode == Mode::Read);
    let link = chain.iter().filter(|_| counts.readers.live > 0).find(reads)?;
    Some(lock_of(claim, counts.slot, link, Mode::Read))
}

fn lock_of(claim: &Claim, slot: Slot, link: &Ancestor, mode: Mode) -> OwnLock {
    OwnLock { slot, pid: link.pid, mode, sessions: link.sessions(claim, slot), kept: false }
}

/// A lock that a holder keeps for this process or an ancestor. init does not count, as it does
/// not wait, and any user can have a lock kept for it; the first process of a container does
/// if this process is in its session. Nor does a holder count that this process has started:
/// that one has got the lock in the meantime.
fn kept_lock(holders: &[&Holder], slot: Slot, chain: &[Ancestor]) -> Option<OwnLock> {
    let is_in_session = |link: &Ancestor| link.session == chain[0].session;
    let is_ours = |owner: &Pid| {
        let mut links = chain.iter().filter(|link| link.pid == *owner);
        links.any(|link| link.pid.raw() != 1 || is_in_session(link))
    };
    let mut older = holders.iter().filter(|holder| !holder.is_own_child);
    older.find_map(|holder| {
        let pid = holder.owner.filter(is_ours)?;
        let sessions = holder.args.lock.slots.sessions.iter();
        let sessions = sessions.map(|session| session.as_encoded_bytes().to_vec()).collect();
        Some(OwnLock { slot, pid, mode: holder.args.lock.mode, sessions, kept: true })
    })
}
