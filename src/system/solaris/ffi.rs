//! The calls that no safe Rust library has.

#![allow(unsafe_code)]

use std::ffi::CStr;

use libc::{c_char, c_int};

unsafe extern "C" {
    // priv.h
    fn priv_ineffect(name: *const c_char) -> c_int;
}

/// priv_ineffect(3): whether this process has a privilege.
pub(super) fn has_privilege(name: &CStr) -> bool {
    // SAFETY: the name is a C string, and the call only reads it.
    unsafe { priv_ineffect(name.as_ptr()) != 0 }
}
