//! The session-lock protocol of Apache::Session::Lock::Semaphore: which
//! semaphores stand for which session, and the operations that lock them.
//!
//! Knows System V sets, and nothing of processes or of the command line.
//!
//! A block of `nsems` semaphores has `nsems / 2` slots. Semaphore `i` counts
//! the readers of slot `i`; semaphore `i + nsems / 2` is its writer flag. All
//! are 0 when nobody has a lock. Source: the module's manual page, and the
//! operations that it was seen to make.

mod awaited;
mod block;
mod lock;
mod pieces;
mod recommend;
mod slot;
mod snapshot;
mod unlock;
mod vacant;
mod value;

pub use awaited::Awaited;
pub use block::{Block, BlockError, DEFAULT_KEY, DEFAULT_MODE, may_be_block};
pub use lock::{Claim, Mode, WRITE_LOCK_OPERATIONS};
pub use recommend::{Recommendation, recommend, spreads};
pub use slot::{NoSlot, Slot, effective_slots, slot_of};
pub use snapshot::{Counts, Listed};
pub use unlock::{Left, PersistentLeft, WriterLeft};
pub use vacant::{Kept, Replaced, Shape};
pub use value::{Flag, Readers, Tag};
