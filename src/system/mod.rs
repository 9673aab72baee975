//! Who is behind a pid or a user id: the only reader of /proc, and the only caller
//! of other programs.
//!
//! What could not be read is carried upwards as what it is: an [`Entry`] of a
//! process, a [`Gap`] of a survey.

pub mod accounts;
mod caller;
mod clock;
mod code;
mod doing;
mod entry;
mod executable;
mod getent;
mod linux;
mod nsswitch;
mod pid;
mod process;
mod processes;
mod program;
mod text;
mod zone;

pub use caller::{Caller, caller};
pub use clock::Clock;
pub use code::{Code, Means, Unclear};
pub use doing::{Blocked, Doing, Waits, doing, is_single, runs, waits};
pub use entry::Entry;
pub use executable::{Executable, Shell};
pub use getent::Silence;
pub use pid::Pid;
pub use process::{Process, ancestors, called, process, variable, words};
pub use processes::{Called, Gap, Processes, exists, ipc_namespace};
pub use program::fill_standard_descriptors;
pub use text::{Text, printable};
pub use zone::zone;
