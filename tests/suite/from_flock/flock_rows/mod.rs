//! What each row of the table says, shown: with the row's own lines, filled in.

pub mod idioms;
pub mod options;
pub mod processes;
pub mod statuses;
