//! The calls that no safe Rust library has.

#![allow(unsafe_code)]

use std::ffi::CStr;
use std::ptr;

/// getauxval(3) `AT_EXECFN`: the path that this process was started by.
pub(super) fn started_path() -> Option<&'static CStr> {
    // SAFETY: it only reads what the kernel gave this process at its start.
    let address = unsafe { libc::getauxval(libc::AT_EXECFN) };
    let path = ptr::with_exposed_provenance::<libc::c_char>(usize::try_from(address).ok()?);
    // SAFETY: if not null, it is a C string on the first stack, which stays.
    (!path.is_null()).then(|| unsafe { CStr::from_ptr(path) })
}
