//! semlock takes, shows and clears the System V semaphore locks of Perl's
//! `Apache::Session::Lock::Semaphore`.
//!
//! Each layer calls only those below it:
//!
//! - [`cli`]: the command line as types; [`cmd`]: one module a subcommand;
//! - [`view`]: what is shown, as data and in its formats; [`failure`]: what a
//!   failed call means and what fixes it; [`exit`]: exit statuses;
//! - [`judge`]: what follows from the state of a set and the processes: whether a
//!   set is in use, who has and who waits for the slots of a block;
//! - [`holder`]: the process that keeps a lock for its owner;
//! - [`probe`]: what semaphores can do here, by trying;
//! - [`words`]: how numbers, names and times are put to people;
//! - [`session`]: the protocol: slots, blocks, locks;
//! - [`system`]: who is behind a pid or a user id: the only reader of /proc, and the
//!   only caller of other programs;
//! - [`sysv`]: semaphore sets as the kernel has them.
//!
//! What could not be read is carried upwards as what it is ([`system::Entry`],
//! [`system::Incomplete`]), and what other users control as [`system::Text`], which is
//! escaped when it is printed. Nothing is removed because something could not be
//! read.

mod cli;
mod cmd;
mod exit;
mod failure;
mod holder;
mod judge;
mod probe;
pub mod session;
mod system;
pub mod sysv;
mod view;
mod words;

/// What `main` needs, and the tests that compare the documents with the program.
#[doc(hidden)]
pub mod internal {
    pub use crate::cli::{
        Cli, Command, ENVIRONMENT, FROM_FLOCK, FromFlock, asks_for_json, plain_lock,
    };
    pub use crate::cmd::run;
    pub use crate::exit::Exit;
    pub use crate::failure::reasons::{self, Reason};
    pub use crate::failure::{report, report_panics_as_bugs};
    pub use crate::holder::namespace as holder_namespace;
    pub use crate::system::has_user;
    pub use crate::view::{
        METRICS, Names, ONLY_COLUMNS, SemaphoreColumn, SetColumn, SlotColumn, names,
    };
}
