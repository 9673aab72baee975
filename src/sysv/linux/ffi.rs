//! The calls that only Linux has.

#![allow(unsafe_code)]

use std::ffi::c_void;
use std::fs::File;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use libc::{c_int, size_t, timespec};
use nix::errno::Errno;

use super::abi::{self, sembuf, semid_ds, seminfo};
use crate::sysv::ffi::{self, Semun, check};

unsafe extern "C" {
    // semop(2). glibc and musl have it, the libc crate does not.
    fn semtimedop(semid: c_int, ops: *mut sembuf, nops: size_t, timeout: *const timespec) -> c_int;
}

/// semtimedop(2): what semop(2) does, but waits for at most `time`.
pub(super) fn semtimedop_within(
    semid: c_int,
    ops: &mut [sembuf],
    time: &timespec,
) -> Result<(), Errno> {
    // SAFETY: `ops` is a live slice of the length given, and `time` a live
    // timespec; the kernel only reads both.
    check(unsafe { semtimedop(semid, ops.as_mut_ptr(), ops.len(), time) }).map(drop)
}

/// semctl(2) `SEM_INFO`: the highest index in use in the kernel's table of sets, and the
/// number of sets.
pub(super) fn highest_index() -> Result<(c_int, c_int), Errno> {
    let mut info = MaybeUninit::<seminfo>::zeroed();
    let argument = Semun { buf: info.as_mut_ptr().cast() };
    // SAFETY: the kernel writes at most one seminfo to the pointer.
    let highest = check(unsafe { abi::semctl(0, 0, abi::SEM_INFO, argument) })?;
    // SAFETY: a seminfo is integers only, and was zeroed before.
    Ok((highest, unsafe { info.assume_init() }.semusz))
}

/// semctl(2) `SEM_STAT_ANY` (Linux 4.17): the id and the header of the set at
/// `index`, whatever its mode. Fails with EINVAL if there is none.
pub(super) fn stat_any(index: c_int) -> Result<(c_int, semid_ds), Errno> {
    let mut header = MaybeUninit::<semid_ds>::zeroed();
    let argument = Semun { buf: header.as_mut_ptr() };
    // SAFETY: the kernel writes at most one semid_ds to the pointer.
    let semid = check(unsafe { abi::semctl(index, 0, abi::SEM_STAT_ANY, argument) })?;
    // SAFETY: a semid_ds is integers only, and was zeroed before.
    Ok((semid, unsafe { header.assume_init() }))
}

/// semctl(2) `IPC_RMID` or `IPC_SET` of a set that does not exist, which changes nothing.
/// The kernel answers EINVAL.
pub(super) fn change_no_set(command: c_int) -> Result<(), Errno> {
    let mut header = MaybeUninit::<semid_ds>::zeroed();
    let argument = Semun { buf: header.as_mut_ptr() };
    // SAFETY: no set has the id -1; the pointer is to a live semid_ds, and zeros are one.
    check(unsafe { abi::semctl(-1, 0, command, argument) }).map(drop)
}

/// include/uapi/linux/nsfs.h
const NS_GET_USERNS: libc::Ioctl = 0xb701;

/// ioctl_nsfs(2) `NS_GET_USERNS`: the user namespace that owns a namespace. Fails with
/// EPERM if that is neither this process's nor below it: then no capability of this
/// process applies in the namespace.
pub(super) fn owning_users(namespace: &File) -> Result<OwnedFd, Errno> {
    // SAFETY: the call takes no further argument, and the descriptor is open.
    let users = check(unsafe { libc::ioctl(namespace.as_raw_fd(), NS_GET_USERNS) })?;
    // SAFETY: the kernel has just opened this descriptor for the caller alone.
    Ok(unsafe { OwnedFd::from_raw_fd(users) })
}

/// close_range(2) (Linux 5.9): closes every descriptor but the standard three.
///
/// For a process right after execve(2), which has opened nothing yet: it closes only
/// what it inherited and nothing here uses.
pub(super) fn close_inherited() -> Result<(), Errno> {
    // SAFETY: no descriptor above 2 is owned by anything in this process yet.
    let closed = unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0) };
    Errno::result(closed).map(drop)
}

/// prctl(2) `PR_GET_SECCOMP`: whether this process is under a filter. A failure means
/// that a filter refuses this call.
pub(super) fn is_filtered() -> bool {
    // SAFETY: takes and returns plain integers.
    check(unsafe { libc::prctl(libc::PR_GET_SECCOMP) }) != Ok(0)
}

/// What a child does for [`run_in_child`]. It writes to no memory but errno.
pub(crate) type Calls = extern "C" fn(*mut c_void) -> c_int;

/// Makes each call that every use of semaphores needs, without any effect.
pub(super) extern "C" fn necessary_calls(_: *mut c_void) -> c_int {
    let mut nothing = ffi::sembuf(0, 0, false, false);
    // SAFETY: asks for a set and creates none.
    unsafe { abi::semget(1, 0, 0) };
    // SAFETY: no set has the id -1, and GETVAL ignores its argument.
    unsafe { abi::semctl(-1, 0, abi::GETVAL, Semun { val: 0 }) };
    // SAFETY: as above; the kernel reads one live sembuf.
    unsafe { abi::semop(-1, &raw mut nothing, 1) };
    0
}

/// Makes the call that a wait with a limit needs, without any effect.
pub(super) extern "C" fn timed_wait(_: *mut c_void) -> c_int {
    let mut nothing = ffi::sembuf(0, 0, false, false);
    let time = timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: no set has the id -1; the kernel reads one live sembuf and a live timespec.
    unsafe { semtimedop(-1, &raw mut nothing, 1, &raw const time) };
    0
}

/// Raises the first semaphore of a set with `SEM_UNDO`. Does nothing if no set can have
/// this semid.
pub(super) extern "C" fn raise(semid: *mut c_void) -> c_int {
    let Ok(semid) = c_int::try_from(semid.addr()) else { return 0 };
    let mut up = ffi::sembuf(0, 1, true, false);
    // SAFETY: the kernel reads one live sembuf.
    unsafe { abi::semop(semid, &raw mut up, 1) };
    0
}

/// clone(2) as vfork(2) uses it: a child in this process's memory makes `calls` and ends.
/// Returns its pid. It sends no signal when it ends, so only `__WALL` waits for it.
pub(super) fn run_in_child(calls: Calls, argument: usize) -> Result<c_int, Errno> {
    // SAFETY: the child reads no memory by its argument, which is a number.
    unsafe { start_child(calls, 0, std::ptr::without_provenance_mut(argument)) }
}

/// The same for any work, in a child that leads a session of its own and shares the undo
/// list of this process. A signal that ends this process does not reach the child, and
/// the kernel releases the locks of both only when the child has ended.
pub(super) fn run_in_new_session(mut work: &mut dyn FnMut()) -> Result<c_int, Errno> {
    extern "C" fn begin(work: *mut c_void) -> c_int {
        // SAFETY: takes nothing. It cannot fail: no child leads a process group yet.
        unsafe { libc::setsid() };
        // SAFETY: it points to the `work` of the caller, whose thread is suspended.
        let work = unsafe { &mut *work.cast::<&mut dyn FnMut()>() };
        work();
        0
    }
    // SAFETY: if this thread goes on, `work` outlives the child. If it does not, `work`
    // stays in memory, which is the child's as well.
    unsafe { start_child(begin, libc::CLONE_SYSVSEM, (&raw mut work).cast()) }
}

/// # Safety
///
/// `calls` must do with `argument` only what is sound while this thread is suspended.
unsafe fn start_child(calls: Calls, flags: c_int, argument: *mut c_void) -> Result<c_int, Errno> {
    let mut stack = vec![0_u128; 8192];
    let end = stack.as_mut_ptr_range().end.cast();
    let flags = flags | libc::CLONE_VM | libc::CLONE_VFORK;
    // SAFETY: the child alone uses `stack`, whose end is aligned to 16 bytes. This thread
    // is suspended until the child has ended. The caller answers for the rest.
    check(unsafe { libc::clone(calls, end, flags, argument) })
}
