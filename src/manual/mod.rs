//! What the manual pages say beyond the help texts. The program itself needs none of it:
//! the pages are generated from it, and tests compare it with the program.

mod environment;
mod exit_statuses;
mod fields;
mod from_flock;
mod threats;

pub use environment::environment;
pub use exit_statuses::exit_statuses;
pub use fields::{DOCUMENTS, Field, Fields, Kind, Value, fields, fields_at};
pub use from_flock::{FROM_FLOCK, FromFlock};
pub use threats::{ADVERSARIES, Adversary, BELIEVED, NOT_BELIEVED, Threat, UNPROTECTED};
