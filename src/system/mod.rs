//! Who is behind a pid or a user id.

mod code;
mod entry;
mod pid;
mod text;

pub use code::{Code, Files, Means, Unclear, code_of};
pub use entry::Entry;
pub use pid::Pid;
pub use text::Text;
