//! The parts of other families that are plain Rust, for their tests.

#![allow(dead_code, reason = "each family uses them")]

#[path = "cygwin/stat.rs"]
mod cygwin_stat;
#[path = "darwin/arguments.rs"]
mod darwin_arguments;
#[path = "darwin/kinfo.rs"]
mod darwin_kinfo;
#[path = "solaris/psinfo.rs"]
mod solaris_psinfo;
