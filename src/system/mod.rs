//! Who is behind a pid or a user id: the only reader of /proc, and the only caller
//! of other programs.
//!
//! What could not be read is carried upwards as what it is: an [`Entry`] of a
//! process, a [`Gap`] of a survey.

pub mod accounts;
mod asleep;
mod caller;
pub mod children;
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
pub mod signals;
mod syslog;
mod text;
mod zone;

pub use asleep::Sleepers;
pub use caller::{Caller, Unfit, caller};
pub use clock::Clock;
pub use code::{Code, Means, Unclear};
pub use container::{Container, container};
pub use doing::{Blocked, Doing, Waits, doing, is_single, runs, runs_of_first_thread, waits};
pub use entry::Entry;
pub use executable::{Executable, Shell};
pub use getent::Silence;
pub use handle::Handle;
pub use listing::each_name;
pub use logind::{RemoveIpc, removes_sets_of};
pub use lookup::{ancestors, called, has_ended, may_signal, process, withstands_sigterm};
pub use mapped::{has_group, has_user};
pub use memory::free_memory;
pub use own::{
    become_program, die_with_parent, host, is_open, need_stdout, outlive_parent, set_name,
};
pub use pid::Pid;
pub use process::{Process, variable, words};
pub use processes::{Called, Gap, Processes, exists, ipc_namespace};
pub use program::{fill_standard_descriptors, null_device};
pub use screen::{Event, Screen, has_screen, is_read_after, leave_screen};
pub use syslog::Syslog;
pub use text::{Text, printable};
pub use zone::zone;
