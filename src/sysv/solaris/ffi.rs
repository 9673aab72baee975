//! The calls that only illumos and Solaris have.

#![allow(unsafe_code)]

use std::ffi::{CStr, c_void};
use std::mem::{MaybeUninit, transmute};
use std::ptr;
use std::sync::OnceLock;

use libc::{c_char, c_int, c_uint, size_t, timespec};
use nix::errno::Errno;

use super::abi::{IPC_STAT64, sembuf, semid_ds64};
use crate::sysv::ffi::check;

unsafe extern "C" {
    // sys/sem.h
    #[link_name = "semids"]
    fn semids_of_zone(buf: *mut c_int, nids: c_uint, pnids: *mut c_uint) -> c_int;
    fn semtimedop(semid: c_int, ops: *mut sembuf, nops: size_t, timeout: *const timespec) -> c_int;
    // zone.h
    fn getzoneid() -> c_int;
    // stdlib.h
    fn closefrom(lowfd: c_int);
    // rctl.h
    fn getrctl(name: *const c_char, old: *mut c_void, new: *mut c_void, flags: c_int) -> c_int;
    fn rctlblk_size() -> size_t;
    fn rctlblk_get_value(block: *mut c_void) -> u64;
    fn rctlblk_get_local_action(block: *mut c_void, signal: *mut c_int) -> c_uint;
}

/// semtimedop(2): what semop(2) does, but waits for at most `time`.
pub(crate) fn semtimedop_within(
    semid: c_int,
    ops: &mut [sembuf],
    time: &timespec,
) -> Result<(), Errno> {
    // SAFETY: `ops` is a live slice of the length given, and `time` a live timespec; the
    // kernel only reads both.
    check(unsafe { semtimedop(semid, ops.as_mut_ptr(), ops.len(), time) }).map(drop)
}

/// closefrom(3): closes every descriptor but the standard three.
///
/// For a process right after execve(2), which has opened nothing yet: it closes only what
/// it inherited and nothing here uses.
#[allow(clippy::unnecessary_wraps, reason = "the call of other systems can fail")]
pub(crate) fn close_inherited() -> Result<(), Errno> {
    // SAFETY: no descriptor above 2 is owned by anything in this process yet.
    unsafe { closefrom(3) };
    Ok(())
}

/// semids(2): the id of every set that this zone sees.
pub(super) fn semids() -> Result<Vec<c_int>, Errno> {
    let mut ids = Vec::<c_int>::new();
    loop {
        let mut number = 0;
        let room = c_uint::try_from(ids.len()).map_err(|_| Errno::ENOMEM)?;
        // SAFETY: the kernel writes at most `room` ids, and `ids` has room for as many.
        check(unsafe { semids_of_zone(ids.as_mut_ptr(), room, &raw mut number) })?;
        let found = usize::try_from(number).map_err(|_| Errno::ENOMEM)?;
        if found <= ids.len() {
            ids.truncate(found);
            return Ok(ids);
        }
        ids.resize(found, 0);
    }
}

/// semctl64() `IPC_STAT64` of sys/ipc_impl.h: the header of a set, whatever its mode. None if
/// the C library does not have this function, which is for ipcs(1).
pub(super) fn stat64(semid: c_int) -> Option<Result<semid_ds64, Errno>> {
    let semctl64 = semctl64()?;
    let mut header = MaybeUninit::<semid_ds64>::zeroed();
    // SAFETY: the kernel writes at most one semid_ds64 to the pointer.
    let done = check(unsafe { semctl64(semid, 0, IPC_STAT64, header.as_mut_ptr()) });
    // SAFETY: a semid_ds64 is integers only, and was zeroed before.
    Some(done.map(|_| unsafe { header.assume_init() }))
}

type Semctl = unsafe extern "C" fn(c_int, c_int, c_int, ...) -> c_int;

fn semctl64() -> Option<Semctl> {
    static FOUND: OnceLock<Option<Semctl>> = OnceLock::new();
    *FOUND.get_or_init(|| {
        // SAFETY: the name is a C string.
        let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"semctl64".as_ptr()) };
        // SAFETY: a function of this name has this type: sys/ipc_impl.h.
        (!found.is_null()).then(|| unsafe { transmute::<*mut c_void, Semctl>(found) })
    })
}

/// getzoneid(3): the zone of this process.
pub(super) fn zone() -> c_int {
    // SAFETY: takes nothing and returns an integer.
    unsafe { getzoneid() }
}

/// getrctl(2): the lowest value of a resource control that is enforced, rather than only
/// reported.
pub(super) fn resource_control(name: &CStr) -> Result<u64, Errno> {
    // SAFETY: takes nothing and returns an integer.
    let size = unsafe { rctlblk_size() };
    let mut block = vec![0_u64; size.div_ceil(size_of::<u64>())];
    let block: *mut c_void = block.as_mut_ptr().cast();
    let mut before = ptr::null_mut();
    let mut flags = RCTL_FIRST;
    loop {
        // SAFETY: the name is a C string. The call writes one block, reads the one before
        // it, and both may be the same: `block` has the size of one.
        check(unsafe { getrctl(name.as_ptr(), before, block, flags) })?;
        // SAFETY: the block was filled by the call; no signal is asked for.
        if unsafe { rctlblk_get_local_action(block, ptr::null_mut()) } & RCTL_LOCAL_DENY != 0 {
            // SAFETY: the block was filled by the call.
            return Ok(unsafe { rctlblk_get_value(block) });
        }
        (before, flags) = (block, RCTL_NEXT);
    }
}

// sys/rctl.h
const RCTL_FIRST: c_int = 0;
const RCTL_NEXT: c_int = 1;
const RCTL_LOCAL_DENY: c_uint = 2;
