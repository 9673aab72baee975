//! The locks of a command and its ancestors, in an environment variable.

use std::env;
use std::str::FromStr;

use nix::unistd::getpid;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use crate::session::{Block, Claim, Mode, Slot};
use crate::sysv::Semid;

/// The environment variable with a command's locks: words separated by spaces, each
/// `NAMESPACE:SEMID:SLOT:MODE:PID:SESSION`. These are the inode number of the IPC
/// namespace, the semid, a slot or `*` for every slot, `r` or `w`, the process that has
/// the lock, and the session id percent-encoded, which is empty if the lock was not taken
/// for a session.
pub(crate) const HELD_LOCKS: &str = "SEMLOCK_HELD";

/// One lock: a word of [`HELD_LOCKS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeldLock {
    pub(super) namespace: String,
    pub(super) semid: Semid,
    /// None is every slot.
    pub(super) slot: Option<u16>,
    pub(super) mode: Mode,
    pub(super) pid: i32,
    pub(super) session: Vec<u8>,
}

impl HeldLock {
    /// How many bytes may be added to the variable: execve(2) refuses strings above 128 KiB.
    pub(crate) const MAX_BYTES: usize = 64 * 1024;

    /// A lock of this process, in the IPC namespace with this inode number.
    pub(crate) fn here(claim: &Claim, namespace: &str, slot: Option<Slot>, session: &[u8]) -> Self {
        Self {
            namespace: namespace.into(),
            semid: claim.block().set().semid(),
            slot: slot.map(Slot::index),
            mode: claim.mode(),
            pid: getpid().as_raw(),
            session: session.into(),
        }
    }

    /// The inherited value of the variable with `own` added.
    pub(crate) fn variable(own: &[Self]) -> String {
        let inherited = env::var(HELD_LOCKS).unwrap_or_default();
        let words = inherited.split_whitespace().map(str::to_owned);
        words.chain(own.iter().map(Self::word)).collect::<Vec<_>>().join(" ")
    }

    /// The locks in the value of the variable. Malformed words are left out.
    pub(super) fn all(variable: &str) -> impl Iterator<Item = Self> {
        variable.split_whitespace().flat_map(str::parse)
    }

    /// Whether it is on this slot of a block, in this IPC namespace.
    pub(super) fn is_on(&self, block: Block, slot: Slot) -> bool {
        self.semid == block.set().semid()
            && self.slot.is_none_or(|held| held == slot.index())
            && self.namespace == super::namespace()
    }

    fn word(&self) -> String {
        let Self { namespace, semid, slot, pid, .. } = self;
        let slot = slot.map_or_else(|| "*".into(), |slot| slot.to_string());
        let mode = if self.mode == Mode::Read { 'r' } else { 'w' };
        let session = percent_encode(&self.session, NON_ALPHANUMERIC);
        format!("{namespace}:{semid}:{slot}:{mode}:{pid}:{session}")
    }
}

impl FromStr for HeldLock {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        let fields: [&str; 6] = word.split(':').collect::<Vec<_>>().try_into().map_err(drop)?;
        let [namespace, semid, slot, mode, pid, session] = fields;
        let lock = Self {
            namespace: namespace.into(),
            semid: semid.parse().map_err(drop)?,
            slot: if slot == "*" { None } else { Some(slot.parse().map_err(drop)?) },
            mode: if mode == "r" { Mode::Read } else { Mode::Write },
            pid: pid.parse().map_err(drop)?,
            session: percent_decode_str(session).collect(),
        };
        // Any other word was not written by semlock.
        if lock.word() == word { Ok(lock) } else { Err(()) }
    }
}

#[cfg(all(any(test, fuzzing), family = "linux"))]
#[path = "../fuzz/held_locks.rs"]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::DEFAULT_KEY;
    use crate::sysv::own_table;

    fn held(semid: Semid, namespace: &str, slot: Option<u16>) -> HeldLock {
        let (namespace, session) = (namespace.into(), b"a b".to_vec());
        HeldLock { namespace, semid, slot, mode: Mode::Read, pid: 7, session }
    }

    #[test]
    fn own_locks_stand_behind_those_that_are_inherited() {
        let locks = [held(Semid::new(5), "1", Some(3)), held(Semid::new(5), "1", None)];
        let variable = HeldLock::variable(&locks);
        assert!(variable.ends_with("1:5:3:r:7:a%20b 1:5:*:r:7:a%20b"), "{variable}");
    }

    #[test]
    fn a_lock_is_on_a_slot_of_a_block_in_a_namespace() {
        own_table::enter();
        let block = Block::create(DEFAULT_KEY, 8, 0o700).unwrap();
        let (semid, here) = (block.set().semid(), crate::holder::namespace());
        let other = Semid::new(semid.raw() + 1);
        let is_on = |lock: HeldLock| lock.is_on(block, Slot::new(3));
        assert!(is_on(held(semid, &here, Some(3))));
        assert!(is_on(held(semid, &here, None)));
        assert!(!is_on(held(semid, &here, Some(2))));
        assert!(!is_on(held(other, &here, Some(3))));
        assert!(!is_on(held(other, &here, None)));
        assert!(!is_on(held(semid, "1", Some(3))));
    }

    #[test]
    fn what_is_added_to_the_variable_leaves_room_for_what_is_inherited() {
        let execve = 128 * 1024;
        assert!((execve / 4..=execve / 2).contains(&HeldLock::MAX_BYTES));
    }
}
