//! Everything that semlock prints when something fails, and how it reaches stderr.
//!
//! Every failure of the program is a [`Failure`]: what could not be done, the cause, the
//! evidence, and each [`Fix`] that is certain to work. A failed system call is explained
//! in [`explain`] from its arguments, its errno, and what can be found out afterwards.
//! [`reasons`] is the table of all causes, for JSON and for semlock-errors(7).

mod application;
mod capacity;
mod creation;
mod error;
mod evidence;
mod explain;
mod fix;
mod format;
mod limit_raise;
mod limits;
mod line;
mod orphans;
mod output;
#[cfg(test)]
mod printed;
pub mod reasons;
mod shell;
mod usage;
mod warning;
mod who;

pub(crate) use application::application_key;
pub(crate) use creation::{RequestedPermissions, create_again, create_fixes, replace_command};
pub(crate) use error::Failure;
pub(crate) use explain::{
    module_cannot_open, no_room_for, no_room_to_replace, not_removable, other_owner_or_mode,
    show_all_sets, unread,
};
pub(crate) use fix::Fix;
pub(crate) use format::{MessageFormat, is_coloured, set_format};
pub(crate) use limits::{MAX_SETS, raise_to};
pub(crate) use output::{ask, message, show, tell, tell_no, warn};
pub use output::{report, report_panics_as_bugs};
pub(crate) use shell::{ShellCommand, quoted, set_namespace};
pub(crate) use usage::MAX_OWNERS;
pub(crate) use warning::{Warnings, before_creating, shared_slots};
pub(crate) use who::{Action, as_root, as_root_unless_removable, by_permitted};
