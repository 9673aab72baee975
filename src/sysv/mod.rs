//! System V semaphore sets: keys, sets, operations.
//!
//! This layer knows nothing about sessions, processes or the command line. A failed
//! call is an [`Error`] with the call and its errno; other layers explain what it
//! means for the user. References: sysvipc(7), semget(2), semop(2), semctl(2).

// A system that knows less than Linux does not use all of this layer.
#![cfg_attr(not(any(target_os = "linux", target_os = "android")), allow(dead_code))]
#![cfg_attr(semlock_portable, allow(dead_code))]

mod available;
mod error;
mod ffi;
#[cfg(all(test, target_os = "linux"))]
mod foreign;
mod id;
mod info;
mod interrupt;
mod key;
mod limits;
mod op;
mod owner;
mod permissions;
mod pid;
mod portable;
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

// One file for each family of systems.
#[cfg_attr(
    all(any(target_os = "linux", target_os = "android"), not(semlock_portable)),
    path = "linux/mod.rs"
)]
#[cfg_attr(
    all(any(target_os = "linux", target_os = "android"), semlock_portable),
    path = "portable_linux.rs"
)]
#[cfg_attr(
    any(
        target_os = "freebsd",
        target_os = "dragonfly",
        target_os = "netbsd",
        target_os = "openbsd"
    ),
    path = "bsd/mod.rs"
)]
#[cfg_attr(target_os = "macos", path = "darwin/mod.rs")]
#[cfg_attr(any(target_os = "illumos", target_os = "solaris"), path = "solaris/mod.rs")]
#[cfg_attr(target_os = "cygwin", path = "cygwin/mod.rs")]
mod platform;

// What the kernels of other systems answer is read by safe code, which Linux can test.
#[cfg(all(test, target_os = "linux", target_pointer_width = "64"))]
#[path = "bsd/tests/mod.rs"]
mod bsd;

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
#[cfg(any(
    target_os = "freebsd",
    target_os = "dragonfly",
    target_os = "netbsd",
    target_os = "openbsd"
))]
pub(crate) use platform::sysctl;
pub(crate) use platform::{
    DEFAULT_NSEMS, HIGHEST_VALUE, LIMITS_FILE, Namespace, SETS_FILE, close_inherited, filter_kills,
    filter_refuses, is_filtered, join_users_of, namespace_file, uninterrupted, use_own_namespace,
};
pub(crate) use state::{Semaphore, SetState};
