//! What keeps a slot from being locked.

use std::fmt;

use crate::cmd::shared::called;
use crate::holder::Holders;
use crate::judge::{Liveness, SlotUse, is_gone};
use crate::session::{Counts, Flag, Mode, Readers};
use crate::system::{self, Pid};
use crate::sysv::Set;
use crate::words::counted;

/// What a slot is locked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    Readers(Readers),
    /// Readers that this process waits for: it has raised the writer flag.
    LastReaders(Readers),
    PersistentWriter,
    Writer {
        pid: Pid,
        /// The process that the lock is kept for.
        owner: Option<Pid>,
    },
    AbandonedWriter(Pid),
    /// A writer in another pid namespace.
    UnseenWriter,
}

impl Obstacle {
    /// By a survey of the processes.
    pub(super) fn of_seen(seen: &SlotUse) -> Self {
        let holder = seen.holders.iter().find(|holder| holder.mode == Mode::Write);
        Self::of(&seen.counts, |pid| match holder {
            Some(holder) => Self::Writer { pid: holder.pid, owner: holder.owner },
            None if seen.last == Liveness::Gone => Self::AbandonedWriter(pid),
            None => Self::Writer { pid, owner: None },
        })
    }

    /// By a look at the process that the writer semaphore names, and at no other.
    pub(super) fn of_counts(counts: &Counts, set: Set) -> Self {
        Self::of(counts, |pid| match pid {
            pid if is_ours(pid) => Self::LastReaders(counts.readers),
            pid if is_gone(Some(pid), set) == Ok(true) => Self::AbandonedWriter(pid),
            pid => Self::Writer { pid, owner: owner(pid) },
        })
    }

    fn of(counts: &Counts, writer: impl FnOnce(Pid) -> Self) -> Self {
        match (counts.flag, counts.pid) {
            (flag, _) if !flag.is_raised() => Self::Readers(counts.readers),
            (Flag::Live, Some(pid)) => writer(pid),
            (Flag::Live, None) => Self::UnseenWriter,
            _ => Self::PersistentWriter,
        }
    }
}

/// As "slot 3 is" continues.
impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Readers(readers) => f.write_str(&read_locked(readers)),
            Self::LastReaders(readers) => write!(f, "still {}", read_locked(readers)),
            Self::PersistentWriter => f.write_str("persistently write-locked"),
            Self::Writer { pid, owner: Some(owner) } => {
                write!(f, "write-locked for {}, by process {pid}", called(owner))
            }
            Self::Writer { pid, owner: None } => write!(f, "write-locked by {}", called(pid)),
            Self::AbandonedWriter(pid) => {
                write!(f, "write-locked by process {pid}, which has ended")
            }
            Self::UnseenWriter => write!(f, "write-locked by {}", called(None)),
        }
    }
}

fn read_locked(Readers { live, persistent }: Readers) -> String {
    let counted = |number: i32, noun| counted(u32::try_from(number).unwrap_or(0), noun);
    let processes = counted(live, "process");
    let locks = counted(persistent, "persistent lock");
    match (live, persistent) {
        (_, 0) => format!("read-locked by {processes}"),
        (0, _) => format!("read-locked by {locks}"),
        _ => format!("read-locked by {processes}, and by {locks}"),
    }
}

/// Whether the writer flag was raised by this process, or by the holder that it started.
pub(super) fn is_own_flag(counts: &Counts) -> bool {
    counts.flag == Flag::Live && counts.pid.is_some_and(is_ours)
}

fn is_ours(pid: Pid) -> bool {
    pid == Pid::own() || system::find(pid).ok().is_some_and(|process| process.is_own_child())
}

/// The process that a holder keeps a lock for.
fn owner(pid: Pid) -> Option<Pid> {
    Holders::named([pid].into_iter()).ok()?.owner_of(pid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_and_persistent_read_locks_are_counted_apart() {
        let cases = [
            ((1, 0), "read-locked by 1 process"),
            ((2, 0), "read-locked by 2 processes"),
            ((0, 1), "read-locked by 1 persistent lock"),
            ((2, 3), "read-locked by 2 processes, and by 3 persistent locks"),
        ];
        for ((live, persistent), expected) in cases {
            let readers = Obstacle::Readers(Readers { live, persistent });
            assert_eq!(readers.to_string(), expected);
        }
    }

    #[test]
    fn readers_that_this_process_waits_for_are_the_last() {
        let readers = Obstacle::LastReaders(Readers { live: 1, persistent: 0 });
        assert_eq!(readers.to_string(), "still read-locked by 1 process");
    }

    #[test]
    fn what_keeps_a_slot_is_told_by_its_flag_and_the_process_that_it_names() {
        let pid = Pid::new(i32::MAX).unwrap();
        let of = |flag, pid, last, holders| {
            let readers = Readers { live: 1, persistent: 0 };
            let slot = crate::session::Slot::new(3);
            let counts = Counts { slot, readers, flag, waiting: 0, pid };
            Obstacle::of_seen(&SlotUse { last, holders, ..SlotUse::free(counts) }).to_string()
        };
        let tag = Flag::Persistent(crate::session::Tag::BY_SLOT);
        let nobody = Vec::new;
        for (flag, named, last, holders, expected) in [
            (Flag::Free, Some(pid), Liveness::Alive, nobody(), "read-locked by 1 process"),
            (tag, Some(pid), Liveness::Alive, nobody(), "persistently write-locked"),
            (Flag::Foreign(9), Some(pid), Liveness::Alive, nobody(), "persistently write-locked"),
            (
                Flag::Live,
                None,
                Liveness::Alive,
                nobody(),
                "write-locked by a process of another pid namespace",
            ),
            (
                Flag::Live,
                Some(pid),
                Liveness::Alive,
                nobody(),
                "write-locked by process 2147483647",
            ),
            (
                Flag::Live,
                Some(pid),
                Liveness::Gone,
                nobody(),
                "write-locked by process 2147483647, which has ended",
            ),
            (
                Flag::Live,
                Some(pid),
                Liveness::Alive,
                vec![crate::judge::SlotHolder {
                    pid,
                    owner: Pid::new(i32::MAX - 1),
                    mode: Mode::Write,
                    sessions: Vec::new(),
                }],
                "write-locked for process 2147483646, by process 2147483647",
            ),
        ] {
            assert_eq!(of(flag, named, last, holders), expected, "{flag:?} {last:?}");
        }
    }

    #[test]
    fn a_flag_of_this_process_is_its_own() {
        let counts = |flag, pid| {
            let readers = Readers { live: 0, persistent: 0 };
            Counts { slot: crate::session::Slot::new(3), readers, flag, waiting: 0, pid }
        };
        assert!(is_own_flag(&counts(Flag::Live, Some(Pid::own()))));
        assert!(!is_own_flag(&counts(Flag::Free, Some(Pid::own()))));
        assert!(!is_own_flag(&counts(Flag::Live, Pid::new(i32::MAX))));
        assert!(!is_own_flag(&counts(Flag::Live, None)));
    }
}
