//! semlock takes, shows and clears the System V semaphore locks of Perl's
//! `Apache::Session::Lock::Semaphore`.
//!
//! Each layer calls only those below it:
//!
//! - [`cli`]: the command line as types; [`cmd`]: one module a subcommand;
//! - [`report`]: what is shown, as data and in its forms; [`diagnose`]: what a
//!   failed call means and what mends it; [`exit`]: exit statuses;
//! - [`inspect`]: who has and who awaits the slots of a block;
//! - [`holder`]: the process that keeps a lock for its owner;
//! - [`probe`]: what semaphores can do here, by trying;
//! - [`verdict`]: whether a set is in use;
//! - [`process`]: who is behind a pid or a user id;
//! - [`words`]: how numbers, names and times are put to people;
//! - [`session`]: the protocol: slots, blocks, locks;
//! - [`sysv`]: semaphore sets as the kernel has them.

pub mod cli;
pub mod cmd;
pub mod diagnose;
pub mod exit;
pub mod holder;
pub mod judge;
pub mod probe;
pub mod report;
pub mod session;
pub mod system;
pub mod sysv;
pub mod words;
