//! The calls of these systems, as their headers declare them.

#![allow(unsafe_code)]

use std::ffi::c_void;
use std::ptr;

use libc::{c_int, c_long, c_uint};
use nix::errno::Errno;

use super::abi::{IPC_CREAT, IPC_EXCL, IPC_PRIVATE, key_t, sembuf};
use crate::sysv::ffi::check;

/// The type of the number of operations of semop(2).
#[cfg(target_os = "dragonfly")]
type Nops = c_uint;
#[cfg(not(target_os = "dragonfly"))]
type Nops = libc::size_t;

mod c {
    use super::{Nops, c_int, c_long, sembuf};

    unsafe extern "C" {
        // The plain name is the call of NetBSD 5 and before, with another semid_ds.
        #[cfg_attr(target_os = "netbsd", link_name = "__semctl50")]
        pub(crate) fn semctl(semid: c_int, semnum: c_int, command: c_int, ...) -> c_int;
        pub(super) fn semget(key: c_long, nsems: c_int, flags: c_int) -> c_int;
        pub(super) fn semop(semid: c_int, ops: *mut sembuf, nops: Nops) -> c_int;
    }
}

pub(crate) use c::semctl;

/// A set that must be new is EEXIST if there is one. NetBSD, OpenBSD and DragonFly would say
/// EACCES or EINVAL first, for its mode or its size.
///
/// # Safety
///
/// None: it takes and returns plain integers.
pub(crate) unsafe fn semget(key: key_t, nsems: c_int, flags: c_int) -> c_int {
    const NEW: c_int = IPC_CREAT | IPC_EXCL;
    // SAFETY: takes and returns plain integers.
    let semget = |nsems, flags| check(unsafe { c::semget(key.into(), nsems, flags) });
    let errno = match semget(nsems, flags) {
        Ok(semid) => return semid,
        Err(Errno::EACCES | Errno::EINVAL)
            if flags & NEW == NEW && key != IPC_PRIVATE && semget(0, 0).is_ok() =>
        {
            Errno::EEXIST
        }
        Err(errno) => errno,
    };
    errno.set();
    -1
}

/// # Safety
///
/// `ops` must point to `nops` operations.
pub(crate) unsafe fn semop(semid: c_int, ops: *mut sembuf, nops: usize) -> c_int {
    // More than any kernel takes.
    #[cfg(target_os = "dragonfly")]
    let nops = Nops::try_from(nops).unwrap_or(Nops::MAX);
    // SAFETY: as the caller promises.
    unsafe { c::semop(semid, ops, nops) }
}

/// closefrom(2): closes every descriptor but the standard three, for a process that has
/// opened nothing yet. It cannot fail, except that OpenBSD says EBADF if there is none.
#[allow(clippy::unnecessary_wraps, reason = "other systems fail")]
pub(crate) fn close_inherited() -> Result<(), Errno> {
    // SAFETY: no descriptor above 2 is owned by anything in this process yet.
    unsafe { libc::closefrom(3) };
    Ok(())
}

/// sysctl(3): the whole answer.
///
/// It may grow between the call for its length and the one for its bytes. Then the second
/// call fails with ENOMEM, and is made again with more room.
pub(crate) fn sysctl(name: &[c_int]) -> Result<Vec<u8>, Errno> {
    const TRIES: usize = 8;
    let mut room = 0;
    get(name, ptr::null_mut(), &mut room)?;
    for _ in 0..TRIES {
        room = room.saturating_add(room / 4).max(64);
        let mut answer = vec![0; room];
        let mut length = room;
        match get(name, answer.as_mut_ptr(), &mut length) {
            Ok(()) => {
                answer.truncate(length);
                return Ok(answer);
            }
            Err(Errno::ENOMEM) => {}
            Err(errno) => return Err(errno),
        }
    }
    Err(Errno::ENOMEM)
}

/// Writes at most `length` bytes of the answer to `answer`, if it is not null, and sets
/// `length` to how many there are.
fn get(name: &[c_int], answer: *mut u8, length: &mut usize) -> Result<(), Errno> {
    let words = c_uint::try_from(name.len()).map_err(|_| Errno::EINVAL)?;
    #[cfg(target_os = "openbsd")]
    let nothing = ptr::null_mut();
    #[cfg(not(target_os = "openbsd"))]
    let nothing = ptr::null();
    let answer = answer.cast::<c_void>();
    // SAFETY: the kernel reads `name`, writes at most `length` bytes to `answer`, which the
    // callers in this file own, and changes nothing without a new value.
    check(unsafe { libc::sysctl(name.as_ptr(), words, answer, length, nothing, 0) }).map(drop)
}

/// The same for a name such as `kern.ipc.semmni`.
#[cfg(not(target_os = "openbsd"))]
pub(crate) fn sysctl_by_name(name: &std::ffi::CStr) -> Result<Vec<u8>, Errno> {
    let mut mib = [0; 24];
    let mut words = mib.len();
    // SAFETY: `name` is a C string, and `mib` has room for as many words as `words` says.
    check(unsafe { libc::sysctlnametomib(name.as_ptr(), mib.as_mut_ptr(), &raw mut words) })?;
    sysctl(mib.get(..words).ok_or(Errno::EINVAL)?)
}
