//! Who is behind a pid or a user id.

pub mod children;
mod entry;
mod ffi;
mod pid;
pub mod signals;
mod text;

pub use entry::Entry;
pub use pid::Pid;
pub use text::Text;
