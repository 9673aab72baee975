//! What this system's semaphores can do, measured.
//!
//! A second process, the worker, creates the sets. Each of them is private, and removed
//! at once. The two processes watch each other. If the worker is killed between the two
//! calls, the prober finds the set by marks that no other set has, and removes it. It also
//! removes a set that the worker could not remove, or names it. If the prober is killed, the
//! worker removes its set and ends. A set may be left without a word only if both are killed
//! at the same moment.

mod prober;
mod worker;

use serde::{Deserialize, Serialize};

pub(crate) use prober::{ENDINGS, ProbeError, Prober, undo_works};
pub(crate) use worker::{is_worker, run as run_worker};

/// The largest set that is tried. The kernel needs 64 MiB for it, and semop(2) reaches only
/// the first 65,536 semaphores.
pub(crate) const MAX_NSEMS: u32 = 1 << 20;

/// A request to the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Request {
    /// Create this many sets of this many semaphores each, and remove them.
    Create { sets: u32, nsems: u32 },
    /// Measure how a small set behaves.
    Behave,
    /// Test only whether `SEM_UNDO` works.
    Undo,
    /// Compare the cost of a first lock at this size with that at 32.
    Cost(u32),
}

impl Request {
    /// Whether this request may have created a set of `nsems` semaphores.
    fn creates(self, nsems: u32) -> bool {
        match self {
            Self::Create { nsems: asked, .. } => nsems == asked,
            Self::Behave | Self::Undo => nsems == 1,
            Self::Cost(asked) => nsems == asked || nsems == REFERENCE_NSEMS,
        }
    }
}

/// The size with which others are compared: the module's default on Linux.
const REFERENCE_NSEMS: u32 = 32;

/// An answer of the worker.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Answer {
    Created,
    Refused(i32),
    Behaves(Behaviour),
    Undoes(Option<bool>),
    Costs(f64),
}

/// What the worker sends: an answer, and the semids of the sets that it could not remove.
type Reply = (Answer, Vec<i32>);

/// How semaphores behave; what could not be measured is None.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Behaviour {
    /// Whether a new semaphore is 0.
    pub zero: Option<bool>,
    /// Whether `SEM_UNDO` releases the lock of a killed process.
    pub undo: Option<bool>,
    /// Whether a wait can have a limit.
    pub timed_wait: Option<bool>,
    /// How many operations one call can make.
    pub operations: Option<u32>,
    /// The highest value of a semaphore.
    pub highest_value: Option<u32>,
}

/// The largest set that can be created now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Largest {
    /// How many semaphores; 0 if no set can be created.
    pub nsems: u32,
    /// Why a larger one cannot; None if none was tried.
    pub refusal: Option<nix::errno::Errno>,
}
