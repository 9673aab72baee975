//! What several subcommands share.

mod lines;
mod name;
mod namespaces;
mod process_name;
mod render_options;
mod selection_options;

pub(crate) mod progress;
pub(crate) mod refusal;
pub(crate) mod selection;
pub(crate) mod set_uses;

pub(crate) use lines::first_lines;
pub(crate) use name::{Name, Named, key, session_option, session_slot, slots, summary, tags};
pub(crate) use namespaces::{namespace_name, namespaces};
pub(crate) use process_name::{called, called_among, command_of, is_holder};
pub(crate) use render_options::render_options;
pub(crate) use selection_options::{selection_options, typed_name, typed_name_not_a_number};
