//! Who is behind a pid or a user id.

pub mod accounts;
mod entry;
mod getent;
mod nsswitch;
mod pid;
mod program;
mod text;
mod zone;

pub use entry::Entry;
pub use getent::Silence;
pub use pid::Pid;
pub use program::fill_standard_descriptors;
pub use text::{Text, printable};
pub use zone::zone;
