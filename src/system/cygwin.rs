//! A system whose processes are not read yet.

pub use super::portable::has_user;
pub(crate) use super::portable::*;
