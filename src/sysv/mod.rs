//! System V semaphore sets: keys, sets, operations.
//!
//! This layer knows nothing about sessions, processes or the command line. A failed
//! call is an [`Error`] with the call and its errno; other layers explain what it
//! means for the user. References: sysvipc(7), semget(2), semop(2), semctl(2).

mod available;
mod error;
mod ffi;
mod filter;
mod id;
mod info;
mod interrupt;
mod key;
mod limits;
#[cfg(target_os = "linux")]
mod namespace;
mod op;
mod owner;
mod permissions;
mod pid;
mod set;
mod state;
mod table;
mod timed_wait;
mod uninterrupted;

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod platform;
#[cfg(not(target_os = "linux"))]
compile_error!(
    "semlock does not know this system's semaphores yet: it needs a file like src/sysv/linux.rs"
);

pub use error::{Call, Error, Subject};
pub use id::{Gid, Semid, Uid};
pub use info::SetInfo;
pub use key::Key;
pub use limits::{Limits, limits};
pub use op::{Op, Outcome, Wait};
pub use permissions::Permissions;
pub use pid::Pid;
pub use platform::ipc_namespace;
pub use set::Set;
pub use table::all_sets;

// For the macro `entry_point!`.
#[doc(hidden)]
pub use ffi::arguments;

pub(crate) use available::{check_can_create, check_can_read};
pub(crate) use ffi::close_inherited;
pub(crate) use filter::{filter_kills, filter_refuses, is_filtered};
pub(crate) use interrupt::{Interrupter, Interruptible};
pub(crate) use limits::{Resource, Usage};
pub(crate) use namespace::{Namespace, join_users_of, namespace_file};
pub(crate) use permissions::{Access, Class, Credentials};
pub(crate) use platform::{DEFAULT_NSEMS, HIGHEST_VALUE, LIMITS_FILE, SETS_FILE};
pub(crate) use state::{Semaphore, SetState};
pub(crate) use uninterrupted::uninterrupted;
