//! What this system's semaphores can do, found by trying.
//!
//! The tries are made by a second process, the maker: every set that it
//! makes is private, and removed at once. The two watch each other. If the maker is
//! killed between the two calls, the one that watches it finds what it left by
//! marks that no other set has, and removes it; if the one that watches is
//! killed, the maker removes its set and ends. Only the death of both in
//! the same moment could leave one.

mod prober;
mod worker;

use serde::{Deserialize, Serialize};

pub(crate) use prober::{HeldSignals, Prober, WorkerKilled, undo_works};
pub(crate) use worker::{is_worker, run as run_worker};

/// More semaphores in a set than this are not tried: the kernel would spend 64 MiB
/// on them, and semop(2) reaches only the first 65,536.
pub(crate) const MAX_NSEMS: u32 = 1 << 20;

/// What the maker is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Request {
    /// Make so many sets of so many semaphores each, and remove them.
    Make { sets: u32, nsems: u32 },
    /// Find out how a small set behaves.
    Behave,
    /// Find out only whether `SEM_UNDO` works.
    Undo,
    /// Compare what the first lock costs at this size and at 32.
    Cost(u32),
}

impl Request {
    /// Whether a set of `nsems` semaphores may be one that this made.
    fn makes(self, nsems: u32) -> bool {
        match self {
            Self::Make { nsems: asked, .. } => nsems == asked,
            Self::Behave | Self::Undo => nsems == 1,
            Self::Cost(asked) => nsems == asked || nsems == REFERENCE_NSEMS,
        }
    }
}

/// The size that others are compared with: the module's default on Linux.
const REFERENCE_NSEMS: u32 = 32;

/// What the maker answers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Answer {
    Made,
    Refused(i32),
    Behaves(Behaviour),
    Undoes(Option<bool>),
    Costs(f64),
}

/// How semaphores behave; what could not be measured is None.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Behaviour {
    /// Whether a new semaphore is 0.
    pub zero: Option<bool>,
    /// Whether `SEM_UNDO` gives back what a process had that was killed.
    pub undo: Option<bool>,
    /// Whether a wait can have an end: semtimedop(2).
    pub timed_wait: Option<bool>,
    /// How many operations one call can make.
    pub operations: Option<u32>,
    /// The highest value of a semaphore.
    pub highest_value: Option<u32>,
}

/// The largest set that can be made now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Largest {
    /// How many semaphores; 0 if no set can be made.
    pub nsems: u32,
    /// Why no larger one can be; None if none was tried.
    pub refusal: Option<nix::errno::Errno>,
}
