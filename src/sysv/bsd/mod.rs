//! FreeBSD, DragonFly, NetBSD and OpenBSD. Their semaphores have one origin; they differ in
//! how they lay out a set, and in how they list the sets and report the limits.

#[path = "abi.rs"]
mod common;
mod ffi;

#[cfg_attr(target_os = "freebsd", path = "freebsd/mod.rs")]
#[cfg_attr(target_os = "dragonfly", path = "dragonfly/mod.rs")]
#[cfg_attr(target_os = "netbsd", path = "netbsd/mod.rs")]
#[cfg_attr(target_os = "openbsd", path = "openbsd/mod.rs")]
mod system;

#[cfg(any(target_os = "freebsd", target_os = "dragonfly"))]
mod tunables;

pub(crate) mod abi {
    //! The interface of semaphores on this system.

    pub(crate) use super::common::*;
    pub(crate) use super::ffi::{semctl, semget, semop};
    pub(crate) use super::system::abi::*;
}

pub use super::portable::ipc_namespace;
pub(crate) use super::portable::*;
pub(crate) use common::{Raw, read as read_raw};
#[cfg(not(target_os = "openbsd"))]
pub(crate) use ffi::sysctl_by_name;
pub(crate) use ffi::{close_inherited, sysctl};
#[cfg(not(target_os = "dragonfly"))]
pub(crate) use system::LIST_OF_SETS;
pub(crate) use system::{REMEDIES, all_sets, limits};

/// The NSems that Apache::Session::Lock::Semaphore uses on these systems if the
/// application states none.
pub(crate) const DEFAULT_NSEMS: u16 = 8;
