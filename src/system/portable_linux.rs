//! Linux as a system of which no more is known than POSIX says: a build for tests, by
//! `--cfg semlock_portable`.

pub use super::portable::has_user;
pub(crate) use super::portable::*;
