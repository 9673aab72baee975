//! The session-lock protocol of Apache::Session::Lock::Semaphore: which
//! semaphores stand for which session, and the operations that lock them.
//!
//! This layer knows nothing about processes or the command line.
//!
//! A block of `nsems` semaphores has `nsems / 2` slots. Semaphore `i` counts the readers
//! of slot `i`; semaphore `i + nsems / 2` is its writer flag. All are 0 when nothing is
//! locked. Source: the module's manual page, and the system calls that it makes.

mod batch;
mod block;
mod lock;
mod recommend;
mod slot;
mod slot_wait;
mod snapshot;
#[cfg(all(test, family = "linux"))]
mod tests;
mod unlock;
mod vacant;
mod value;

pub use block::{Block, BlockError, DEFAULT_KEY, DEFAULT_MODE};
pub use lock::{Claim, Mode};
pub use slot::{NoSlot, Slot, effective_slots, slot_of};
pub use snapshot::Counts;
pub use unlock::PersistentUnlock;
pub use value::{Flag, Readers, Tag};

pub(crate) use block::may_be_block;
pub(crate) use lock::WRITE_LOCK_OPERATIONS;
pub(crate) use recommend::{Recommendation, recommend, spreads};
pub(crate) use slot_wait::SlotWait;
pub(crate) use snapshot::{LiveLocks, SlotFilter};
pub(crate) use unlock::{ReaderUnlock, WriterUnlock};
pub(crate) use vacant::{BlockSpec, NotVacant, ReplaceOutcome};
