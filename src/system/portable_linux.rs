//! Linux as a system that offers only what POSIX specifies: a build for tests, by
//! `--cfg semlock_portable`.

pub use super::portable::has_user;
pub(crate) use super::portable::*;
