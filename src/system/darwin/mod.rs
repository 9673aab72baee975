//! macOS: what sysctl(3) and libproc say about processes, and kqueue(2).
//!
//! What a process does, what it has mapped and which threads wait for semaphores is not
//! known here.

mod arguments;
mod ffi;
#[path = "../bsd/handle.rs"]
mod handle;
pub(crate) mod kinfo;
mod process;

#[cfg(semlock_layout)]
pub(crate) use kinfo as abi;

pub use super::portable::has_user;
pub(crate) use super::portable::*;
pub(crate) use handle::Handle;
pub(crate) use process::{
    clock, command_line, environment, executable, list, name, read, record, run_the_same,
};
