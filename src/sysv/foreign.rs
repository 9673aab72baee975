//! The parts of other families that make no call of theirs, for tests on Linux.

#![allow(dead_code, unused_imports, reason = "each family's ffi.rs uses them")]
#![allow(clashing_extern_declarations, reason = "they are calls of different systems")]

#[path = "bsd/tests/mod.rs"]
#[cfg(target_pointer_width = "64")]
mod bsd;
#[path = "cygwin/abi.rs"]
#[cfg(target_pointer_width = "64")]
mod cygwin;
#[path = "darwin/list.rs"]
mod darwin;
#[path = "solaris/abi.rs"]
#[cfg(target_pointer_width = "64")]
mod solaris;
