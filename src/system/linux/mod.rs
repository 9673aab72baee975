//! Linux: what /proc says about processes, pidfds and signalfds.

mod activity;
mod call_numbers;
mod child;
mod clock;
mod container;
mod ffi;
#[cfg(not(target_os = "android"))]
mod handle;
mod id_map;
mod logind;
mod mapped;
mod memory;
mod namespaces;
mod prctl;
mod proc;
mod process;
mod processor;
mod program;
mod semaphore_waits;
mod signals;
mod sleep;
mod syscall;
mod tid;

pub(crate) use super::procfs::processes as list;
pub(crate) use activity::{
    activity, context_switches, context_switches_of_first_thread, is_single_threaded,
};
pub(crate) use child::is_child;
pub(crate) use clock::clock;
pub(crate) use container::setting_of_container;
// The library that has pidfds has none for Android.
#[cfg(target_os = "android")]
pub(crate) use super::portable::Handle;
#[cfg(not(target_os = "android"))]
pub(crate) use handle::Handle;
pub(crate) use id_map::has_group;
pub use id_map::has_user;
pub(crate) use logind::removal_at_logout;
pub(crate) use mapped::{device, mapped_file, maps_of};
pub(crate) use memory::free_memory;
pub(crate) use namespaces::{
    HIDDEN, OUTSIDE_HAS_PIDS, ipc_namespace, obstacle, pid_namespace, sees_every_process,
};
pub(crate) use prctl::{die_with_parent, outlive_parent, set_process_name};
pub(crate) use proc::{
    command_line, environment, executable, name, run_the_same, shows_our_pids, standard_input,
    threads,
};
pub(crate) use process::{read, record};
pub(crate) use processor::stay_on_one_processor;
pub(crate) use program::own_program;
pub(crate) use semaphore_waits::semaphore_waits;
pub(crate) use signals::{CaughtSignals, withstands_sigterm};
pub(crate) use sleep::SleepClock;
