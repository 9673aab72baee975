//! Processes, accounts and the rest of the system, as the kernel and other programs tell.
//!
//! What could not be read is a value of its own: [`Entry::Unreadable`] for a process,
//! [`Incomplete`] for a survey.
//!
//! What differs between systems is in `platform`. A system that knows less than Linux does
//! not use all of this layer.

#![cfg_attr(not(family = "linux"), allow(dead_code))]

pub(crate) mod accounts;
mod activity;
mod caller;
pub(crate) mod children;
mod clock;
mod code;
mod directory;
mod entry;
mod executable;
mod ffi;
mod find;
#[cfg(all(test, target_os = "linux"))]
mod foreign;
mod getent;
mod listing;
mod logout;
#[cfg(test)]
mod made_up;
mod nsswitch;
#[cfg(test)]
pub(crate) mod own_child;
#[cfg(all(test, family = "linux"))]
pub(crate) mod own_root;
mod pause;
pub(crate) mod poll;
mod portable;
mod process;
mod processes;
mod procfs;
mod program;
mod record;
mod screen;
mod semaphore_waits;
pub(crate) mod signals;
mod syslog;
mod terminal;
mod text;
mod this_process;
mod tid;
mod words;
mod zone;

// What a platform declares, compared with the system's headers: tests/targets/layout.
#[cfg(semlock_layout)]
#[allow(clippy::all, clippy::pedantic)]
mod layout {
    include!(concat!(env!("SEMLOCK_LAYOUT"), "/system.rs"));
}

// One file for each family of systems, which build.rs names.
#[cfg_attr(family = "linux", path = "linux/mod.rs")]
#[cfg_attr(family = "bsd", path = "bsd/mod.rs")]
#[cfg_attr(family = "darwin", path = "darwin/mod.rs")]
#[cfg_attr(family = "solaris", path = "solaris/mod.rs")]
#[cfg_attr(family = "cygwin", path = "cygwin/mod.rs")]
#[cfg_attr(family = "portable", path = "portable_linux.rs")]
mod platform;

// The answers of the BSD kernels are read by safe code, which Linux can test.
#[cfg(all(test, target_os = "linux"))]
#[path = "bsd/tests.rs"]
mod bsd;

pub(crate) use activity::Activity;
pub(crate) use caller::{Caller, Unfit, caller};
pub(crate) use clock::Clock;
pub(crate) use code::SemopCalls;
#[cfg(test)]
pub(crate) use code::{Code, Unclear};
pub(crate) use entry::Entry;
#[cfg(test)]
pub(crate) use executable::Executable;
pub(crate) use executable::Shell;
pub(crate) use find::{ancestors, find, find_by_name, has_ended, may_signal, pids_may_be_outside};
pub(crate) use listing::each_name;
pub(crate) use logout::LogoutRemoval;
pub(crate) use pause::pause;
pub use platform::has_user;
pub(crate) use platform::{
    Handle, SleepClock, activity, command_line, context_switches, context_switches_of_first_thread,
    die_with_parent, free_memory, has_group, ipc_namespace, is_single_threaded, outlive_parent,
    own_program, removal_at_logout, semaphore_waits, set_process_name, setting_of_container,
    stay_on_one_processor,
};
pub(crate) use process::{Process, environment_variable};
pub(crate) use processes::{Incomplete, ProcessName, Processes, exists};
pub(crate) use program::{fill_standard_descriptors, null_device};
pub(crate) use screen::{Event, Screen, has_screen, is_read_after, leave_screen};
pub(crate) use semaphore_waits::{BlockedThread, SemaphoreWaits};
pub(crate) use syslog::Syslog;
pub(crate) use terminal::{stdout_width, width_of};
pub(crate) use text::{Text, printable};
pub(crate) use this_process::{become_program, host_name, is_open, require_stdout};
pub(crate) use tid::Tid;
pub(crate) use zone::zone;

pub(crate) use crate::sysv::Pid;
