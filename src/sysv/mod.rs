//! System V semaphore sets: keys, sets, operations.
//!
//! This layer knows nothing about sessions, processes or the command line. A failed
//! call is an [`Error`] with the call and its errno; other layers explain what it
//! means for the user. References: sysvipc(7), semget(2), semop(2), semctl(2).

// A system that knows less than Linux does not use all of this layer.
#![cfg_attr(not(family = "linux"), allow(dead_code))]

mod available;
mod error;
mod ffi;
#[cfg(all(test, family = "linux"))]
mod foreign;
mod id;
mod info;
mod interrupt;
mod key;
mod limits;
mod op;
#[cfg(all(test, family = "linux"))]
pub(crate) mod own_table;
mod owner;
mod permissions;
mod pid;
mod portable;
pub(crate) mod remedy;
mod set;
mod state;
mod table;
mod timed_wait;

// What a platform declares, compared with the system's headers: tests/targets/layout.
#[cfg(semlock_layout)]
#[allow(clippy::all, clippy::pedantic)]
mod layout {
    include!(concat!(env!("SEMLOCK_LAYOUT"), "/sysv.rs"));
}

// One file for each family of systems, which build.rs names.
#[cfg_attr(family = "linux", path = "linux/mod.rs")]
#[cfg_attr(family = "bsd", path = "bsd/mod.rs")]
#[cfg_attr(family = "darwin", path = "darwin/mod.rs")]
#[cfg_attr(family = "solaris", path = "solaris/mod.rs")]
#[cfg_attr(family = "cygwin", path = "cygwin/mod.rs")]
#[cfg_attr(family = "portable", path = "portable_linux.rs")]
mod platform;

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
pub(crate) use interrupt::{Interrupter, Interruptible};
pub(crate) use limits::{Resource, Usage};
pub(crate) use permissions::{Access, Class, Credentials};
#[cfg(all(family = "bsd", not(target_os = "openbsd")))]
pub(crate) use platform::sysctl_by_name;
pub(crate) use platform::{
    DEFAULT_NSEMS, HIGHEST_VALUE, LIST_OF_SETS, Namespace, REMEDIES, UNDO_ENDS_AT_EXEC,
    UNNAMED_PROCESS, close_inherited, filter_refuses, join_users_of, may_change_limits,
    namespace_file, obstacle, timed_wait_filter, uninterrupted, use_own_namespace,
};
#[cfg(family = "bsd")]
pub(crate) use platform::{Raw, read_raw, sysctl};
pub(crate) use state::{Semaphore, SetState};
pub(crate) use timed_wait::timed_wait_is_native;
