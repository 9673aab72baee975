//! What a release consists of: the crate, the commit that it names, and the command that
//! makes it. These tests run cargo and git on a copy of the repository.

mod commit;
mod common;
mod crate_files;
mod release;
mod rust_version;
