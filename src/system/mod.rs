//! Who is behind a pid or a user id: the only reader of /proc, and the only caller
//! of other programs.
//!
//! What could not be read is carried upwards as what it is: an [`Entry`] of a
//! process, a [`Gap`] of a survey.

pub(crate) mod accounts;
mod asleep;
mod caller;
pub(crate) mod children;
mod clock;
mod code;
mod container;
mod doing;
mod entry;
mod executable;
mod ffi;
mod getent;
mod handle;
mod linux;
mod listing;
mod logind;
mod lookup;
mod mapped;
mod memory;
mod nsswitch;
mod own;
mod pid;
mod process;
mod processes;
mod program;
mod screen;
pub(crate) mod signals;
mod syslog;
mod terminal;
mod text;
mod zone;

pub(crate) use asleep::Sleepers;
pub(crate) use caller::{Caller, Unfit, caller};
pub(crate) use clock::Clock;
pub(crate) use code::Means;
#[cfg(test)]
pub(crate) use code::{Code, Unclear};
pub(crate) use container::{Container, container};
pub(crate) use doing::{
    Blocked, Doing, Waits, doing, is_single, runs, runs_of_first_thread, waits,
};
pub(crate) use entry::Entry;
#[cfg(test)]
pub(crate) use executable::Executable;
pub(crate) use executable::Shell;
pub(crate) use handle::Handle;
pub(crate) use listing::each_name;
pub(crate) use logind::{RemoveIpc, removes_sets_of};
pub(crate) use lookup::{ancestors, called, has_ended, may_signal, process, withstands_sigterm};
pub(crate) use mapped::has_group;
pub use mapped::has_user;
pub(crate) use memory::free_memory;
pub(crate) use own::{
    become_program, die_with_parent, host, is_open, need_stdout, outlive_parent, set_name,
};
pub(crate) use pid::Pid;
pub(crate) use process::{Process, variable, words};
pub(crate) use processes::{Called, Gap, Processes, exists, ipc_namespace};
pub(crate) use program::{fill_standard_descriptors, null_device};
pub(crate) use screen::{Event, Screen, has_screen, is_read_after, leave_screen};
pub(crate) use syslog::Syslog;
pub(crate) use terminal::{stdout_width, width_of};
pub(crate) use text::{Text, printable};
pub(crate) use zone::zone;
