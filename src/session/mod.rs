//! The session-lock protocol of Apache::Session::Lock::Semaphore: which
//! semaphores stand for which session, and the operations that lock them.
//!
//! Knows System V sets, and nothing of processes or of the command line.
//!
//! A block of `nsems` semaphores has `nsems / 2` slots. Semaphore `i` counts
//! the readers of slot `i`; semaphore `i + nsems / 2` is its writer flag. All
//! are 0 when nobody has a lock. Source: the module's manual page, and the
//! operations that it was seen to make.

mod batch;
mod block;
mod lock;
mod recommend;
mod slot;
mod slot_wait;
mod snapshot;
mod unlock;
mod vacant;
mod value;

pub use block::{Block, BlockError, DEFAULT_KEY, DEFAULT_MODE, may_be_block};
pub use lock::{Claim, Mode, WRITE_LOCK_OPERATIONS};
pub use recommend::{Recommendation, recommend, spreads};
pub use slot::{NoSlot, Slot, effective_slots, slot_of};
pub use slot_wait::SlotWait;
pub use snapshot::{Counts, LiveLocks, SlotFilter};
pub use unlock::{PersistentUnlock, ReaderUnlock, WriterUnlock};
pub use vacant::{BlockSpec, NotVacant, ReplaceOutcome};
pub use value::{Flag, Readers, Tag};
