//! Who is behind a pid or a user id.

mod entry;
mod pid;
mod text;

pub use entry::Entry;
pub use pid::Pid;
pub use text::Text;
