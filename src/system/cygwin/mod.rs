//! Cygwin: what its /proc, which is like that of Linux, says about processes.
//!
//! Windows programs that do not use Cygwin are not in it, and have no semaphores. What a
//! process does, what it has mapped and which threads wait for semaphores is not known here.

mod process;
mod stat;

pub use super::portable::has_user;
pub(crate) use super::portable::*;
pub(crate) use super::procfs::processes as list;
pub(crate) use process::{
    command_line, environment, executable, name, read, record, run_the_same, standard_input,
};
