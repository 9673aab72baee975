//! Processes, accounts and the rest of the system, as /proc and other programs tell.
//!
//! What could not be read is a value of its own: [`Entry::Unreadable`] for a process,
//! [`Incomplete`] for a survey.

pub(crate) mod accounts;
mod activity;
mod caller;
pub(crate) mod children;
mod clock;
mod code;
mod container;
mod entry;
mod executable;
mod ffi;
mod find;
mod getent;
mod handle;
mod id_map;
mod linux;
mod listing;
mod logind;
#[cfg(test)]
mod made_up;
mod memory;
mod nsswitch;
pub(crate) mod poll;
mod process;
mod processes;
mod program;
mod screen;
mod semaphore_waits;
pub(crate) mod signals;
mod sleep;
mod syscall;
mod syslog;
mod terminal;
mod text;
mod this_process;
mod tid;
mod zone;

pub(crate) use activity::{
    Activity, activity, context_switches, context_switches_of_first_thread, is_single_threaded,
};
pub(crate) use caller::{Caller, Unfit, caller};
pub(crate) use clock::Clock;
pub(crate) use code::SemopCalls;
#[cfg(test)]
pub(crate) use code::{Code, Unclear};
pub(crate) use container::{Container, container};
pub(crate) use entry::Entry;
#[cfg(test)]
pub(crate) use executable::Executable;
pub(crate) use executable::Shell;
pub(crate) use find::{ancestors, find, find_by_name, has_ended, may_signal};
pub(crate) use handle::Handle;
pub(crate) use id_map::has_group;
pub use id_map::has_user;
pub(crate) use linux::command_line;
pub(crate) use listing::each_name;
pub(crate) use logind::{RemoveIpc, removes_sets_of};
pub(crate) use memory::free_memory;
pub(crate) use process::{Process, environment_variable};
pub(crate) use processes::{Incomplete, ProcessName, Processes, exists, ipc_namespace};
pub(crate) use program::{fill_standard_descriptors, null_device};
pub(crate) use screen::{Event, Screen, has_screen, is_read_after, leave_screen};
pub(crate) use semaphore_waits::{BlockedThread, SemaphoreWaits, semaphore_waits};
pub(crate) use sleep::SleepClock;
pub(crate) use syslog::Syslog;
pub(crate) use terminal::{stdout_width, width_of};
pub(crate) use text::{Text, printable};
pub(crate) use this_process::{
    become_program, die_with_parent, host_name, is_open, outlive_parent, require_stdout,
    set_process_name,
};
pub(crate) use tid::Tid;
pub(crate) use zone::zone;

pub(crate) use crate::sysv::Pid;
