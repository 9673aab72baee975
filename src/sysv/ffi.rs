//! The only `unsafe` of the crate: one typed function for each call that the
//! C library has and Rust does not.
//!
//! Every function here makes exactly one call, and every -1 becomes an
//! [`Errno`] in [`check`]. Nothing here retries: EINTR is the business of
//! [`Set::operate`](super::Set::operate).

#![allow(unsafe_code)]

use std::ffi::{CStr, OsString};
use std::fs::File;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;

use libc::{c_char, c_int, c_short, c_ushort, key_t, sembuf, semid_ds, size_t, timespec};
use nix::errno::Errno;

unsafe extern "C" {
    // In glibc and musl, in no version of the libc crate: semop(2).
    fn semtimedop(semid: c_int, ops: *mut sembuf, nops: size_t, timeout: *const timespec) -> c_int;
}

fn check(returned: c_int) -> Result<c_int, Errno> {
    Errno::result(returned)
}

/// semget(2): the id of the set at `key`, made if `flags` say so.
pub fn semget(key: key_t, nsems: c_int, flags: c_int) -> Result<c_int, Errno> {
    // SAFETY: takes and returns plain integers.
    check(unsafe { libc::semget(key, nsems, flags) })
}

/// semtimedop(2): all of `ops` or none; without a timeout it waits for ever.
pub fn operate(semid: c_int, ops: &mut [sembuf], timeout: Option<&timespec>) -> Result<(), Errno> {
    let timeout = timeout.map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: `ops` is a live slice of the length given, and `timeout` is null
    // or points to a live timespec; the kernel only reads both.
    check(unsafe { semtimedop(semid, ops.as_mut_ptr(), ops.len(), timeout) }).map(drop)
}

/// semctl(2) `IPC_STAT`: the header of a set.
pub fn stat(semid: c_int) -> Result<semid_ds, Errno> {
    let mut header = MaybeUninit::<semid_ds>::zeroed();
    // SAFETY: the kernel writes at most one semid_ds to the pointer.
    check(unsafe { libc::semctl(semid, 0, libc::IPC_STAT, header.as_mut_ptr()) })?;
    // SAFETY: a semid_ds is integers only, and was zeroed before.
    Ok(unsafe { header.assume_init() })
}

/// semctl(2) `SEM_INFO`: the highest index in the kernel's table that is in use.
pub fn highest_index() -> Result<c_int, Errno> {
    let mut info = MaybeUninit::<libc::seminfo>::uninit();
    // SAFETY: the kernel writes at most one seminfo to the pointer.
    check(unsafe { libc::semctl(0, 0, libc::SEM_INFO, info.as_mut_ptr()) })
}

/// semctl(2) `SEM_STAT_ANY` (Linux 4.17): the id and the header of the set at
/// `index`, whatever its mode. Fails with EINVAL where there is none.
pub fn stat_any(index: c_int) -> Result<(c_int, semid_ds), Errno> {
    let mut header = MaybeUninit::<semid_ds>::zeroed();
    // SAFETY: the kernel writes at most one semid_ds to the pointer.
    let semid = check(unsafe { libc::semctl(index, 0, libc::SEM_STAT_ANY, header.as_mut_ptr()) })?;
    // SAFETY: a semid_ds is integers only, and was zeroed before.
    Ok((semid, unsafe { header.assume_init() }))
}

/// semctl(2) `IPC_SET`: gives the set the owner, group and mode of `header`.
pub fn set(semid: c_int, header: &mut semid_ds) -> Result<(), Errno> {
    // SAFETY: the kernel reads one semid_ds from a live reference.
    check(unsafe { libc::semctl(semid, 0, libc::IPC_SET, std::ptr::from_mut(header)) }).map(drop)
}

/// semctl(2) `IPC_RMID`: removes the set at once.
pub fn remove(semid: c_int) -> Result<(), Errno> {
    // SAFETY: no argument beyond plain integers.
    check(unsafe { libc::semctl(semid, 0, libc::IPC_RMID) }).map(drop)
}

/// semctl(2) `IPC_RMID` or `IPC_SET` of no set, which changes nothing: EINVAL,
/// where the kernel is asked.
pub fn change_no_set(command: c_int) -> Result<(), Errno> {
    let mut header = MaybeUninit::<semid_ds>::zeroed();
    // SAFETY: no set has the id -1; the pointer is to a live semid_ds, and zeros are one.
    check(unsafe { libc::semctl(-1, 0, command, header.as_mut_ptr()) }).map(drop)
}

/// semctl(2) `SETVAL`, which also clears every process's undo for the semaphore.
pub fn set_value(semid: c_int, semnum: c_int, value: c_int) -> Result<(), Errno> {
    // SAFETY: the fourth argument is read as the int that it is.
    check(unsafe { libc::semctl(semid, semnum, libc::SETVAL, value) }).map(drop)
}

/// semctl(2) `GETALL`: every `semval`, in a buffer of the size that `IPC_STAT` tells.
pub fn get_all(semid: c_int) -> Result<Vec<c_ushort>, Errno> {
    let nsems = stat(semid)?.sem_nsems;
    let mut values = vec![0; usize::try_from(nsems).expect("nsems fits in memory")];
    // SAFETY: the kernel writes nsems shorts, the length of `values`: nsems
    // never changes while a set lives, and a removed set's id comes back only
    // after tens of thousands of others, when the sequence number wraps.
    check(unsafe { libc::semctl(semid, 0, libc::GETALL, values.as_mut_ptr()) })?;
    Ok(values)
}

/// A question about one semaphore that semctl(2) answers with a number.
#[derive(Clone, Copy, Debug)]
pub enum Ask {
    /// `GETVAL`: its value.
    Value,
    /// `GETPID`: the last process that changed or waited for the semaphore.
    Pid,
    /// `GETNCNT`: how many wait for it to grow.
    Ncnt,
    /// `GETZCNT`: how many wait for it to become zero.
    Zcnt,
}

/// semctl(2) `GETVAL`, `GETPID`, `GETNCNT` and `GETZCNT`.
pub fn get(semid: c_int, semnum: c_int, what: Ask) -> Result<c_int, Errno> {
    let command = match what {
        Ask::Value => libc::GETVAL,
        Ask::Pid => libc::GETPID,
        Ask::Ncnt => libc::GETNCNT,
        Ask::Zcnt => libc::GETZCNT,
    };
    // SAFETY: no argument beyond plain integers.
    check(unsafe { libc::semctl(semid, semnum, command) })
}

/// One `sembuf`, whose field types differ between systems.
pub fn sembuf(semnum: u16, change: i16, undo: bool, wait: bool) -> sembuf {
    let undo = if undo { libc::SEM_UNDO } else { 0 };
    let wait = if wait { 0 } else { libc::IPC_NOWAIT };
    let flags = c_short::try_from(undo | wait)
        .expect("the flags fit: SEM_UNDO is 0x1000, IPC_NOWAIT 0x800");
    sembuf { sem_num: semnum, sem_op: change, sem_flg: flags }
}

/// ioctl_nsfs(2) `NS_GET_USERNS`: the user namespace that owns a namespace. EPERM
/// means that it is not this process's nor below it: then no capability of this
/// process reaches into the namespace.
pub fn owning_users(namespace: &File) -> Result<OwnedFd, Errno> {
    // SAFETY: the call takes no further argument, and the descriptor is open.
    let users = check(unsafe { libc::ioctl(namespace.as_raw_fd(), libc::NS_GET_USERNS) })?;
    // SAFETY: the kernel has just opened this descriptor for the caller alone.
    Ok(unsafe { OwnedFd::from_raw_fd(users) })
}

/// close_range(2): closes every descriptor but the standard three.
///
/// For a process of its own right after execve(2), which has opened nothing
/// yet: what it closes it has inherited, and nobody here knows of.
pub fn close_inherited() -> Result<(), Errno> {
    // SAFETY: no descriptor above 2 is owned by anything in this process yet.
    let closed = unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0) };
    Errno::result(closed).map(drop)
}

/// prctl(2) `PR_GET_SECCOMP`: whether a filter decides which calls are made.
/// One that refuses this call is a filter too.
pub fn is_filtered() -> bool {
    // SAFETY: takes and returns plain integers.
    check(unsafe { libc::prctl(libc::PR_GET_SECCOMP) }) != Ok(0)
}

/// prctl(2) `PR_SET_DUMPABLE`: whether a death by signal writes this memory to
/// a core file. Fails only for other values, and then nothing depends on it.
pub fn set_dumpable(dumpable: Dumpable) {
    // SAFETY: takes plain integers.
    let _ = check(unsafe { libc::prctl(libc::PR_SET_DUMPABLE, dumpable as c_int) });
}

/// What [`set_dumpable`] sets.
#[derive(Clone, Copy, Debug)]
pub enum Dumpable {
    /// No core file.
    No = 0,
    /// A core file where the system wants one.
    Yes = 1,
}

/// prctl(2) `PR_GET_DUMPABLE`: whether it is [`Dumpable::Yes`].
pub fn is_dumpable() -> bool {
    // SAFETY: takes and returns plain integers.
    check(unsafe { libc::prctl(libc::PR_GET_DUMPABLE) }) == Ok(1)
}

/// clone(2) as vfork(2) uses it: a child in this process's memory makes every
/// semaphore call once, to no effect, and ends; its pid. It has no exit signal,
/// so that nobody's SIGCHLD is concerned and only `__WALL` finds it.
pub fn try_calls_in_a_child() -> Result<c_int, Errno> {
    extern "C" fn calls(_: *mut libc::c_void) -> c_int {
        let mut nothing = sembuf(0, 0, false, false);
        // SAFETY: asks for a set and makes none.
        unsafe { libc::semget(1, 0, 0) };
        // SAFETY: no set has the id -1, and GETVAL needs no argument.
        unsafe { libc::semctl(-1, 0, libc::GETVAL) };
        // SAFETY: as above; the kernel reads one live sembuf.
        unsafe { semtimedop(-1, &raw mut nothing, 1, std::ptr::null()) };
        0
    }
    let mut stack = vec![0_u128; 2048];
    let flags = libc::CLONE_VM | libc::CLONE_VFORK;
    // SAFETY: the child has `stack` for itself, whose end is aligned to 16
    // bytes; this thread stands still until the child has ended; and what the
    // child calls writes nothing but errno.
    check(unsafe {
        libc::clone(calls, stack.as_mut_ptr_range().end.cast(), flags, std::ptr::null_mut())
    })
}

/// clone(2) as vfork(2) uses it: a child in this process's memory raises the first
/// semaphore of a set with `SEM_UNDO`, or does nothing, and ends; its pid. Only
/// `__WALL` finds it, as of [`try_calls_in_a_child`].
pub fn raise_in_a_child(semid: Option<c_int>) -> Result<c_int, Errno> {
    extern "C" fn raise(semid: *mut libc::c_void) -> c_int {
        let Ok(semid) = c_int::try_from(semid.addr()) else { return 0 };
        let mut up = sembuf(0, 1, true, false);
        // SAFETY: the kernel reads one live sembuf.
        unsafe { semtimedop(semid, &raw mut up, 1, std::ptr::null()) };
        0
    }
    let mut stack = vec![0_u128; 2048];
    let semid = semid.and_then(|semid| usize::try_from(semid).ok()).unwrap_or(usize::MAX);
    let flags = libc::CLONE_VM | libc::CLONE_VFORK;
    // SAFETY: the child has `stack` for itself, whose end is aligned to 16
    // bytes; this thread stands still until the child has ended; the child reads
    // no memory by its argument, and what it calls writes nothing but errno.
    check(unsafe {
        libc::clone(
            raise,
            stack.as_mut_ptr_range().end.cast(),
            flags,
            std::ptr::without_provenance_mut(semid),
        )
    })
}

/// Defines the C `main`, which passes the command line to a function
/// `fn(Vec<OsString>) -> Exit` and exits with what it returns.
///
/// It replaces the start-up code of std, which ignores SIGPIPE without keeping
/// what it was before, so that a command run in our place could not be given
/// what flock(1) would hand on; and which costs a twentieth of what a whole
/// `semlock lock ... -- true` takes.
#[macro_export]
macro_rules! entry_point {
    ($run:path) => {
        #[allow(unsafe_code)]
        #[unsafe(no_mangle)]
        extern "C" fn main(
            argc: std::ffi::c_int,
            argv: *const *const std::ffi::c_char,
        ) -> std::ffi::c_int {
            // SAFETY: these are the arguments of the C main.
            let arguments = unsafe { $crate::sysv::arguments(argc, argv) };
            std::process::exit($run(arguments).code().into())
        }
    };
}

/// The command line that the C `main` was called with.
///
/// # Safety
///
/// `argv` must point to `argc` C strings.
pub unsafe fn arguments(argc: c_int, argv: *const *const c_char) -> Vec<OsString> {
    let argc = usize::try_from(argc).unwrap_or(0);
    // SAFETY: the caller promises argc strings behind argv.
    let strings = (0..argc).map(|i| unsafe { CStr::from_ptr(*argv.add(i)) });
    strings.map(|string| OsString::from_vec(string.to_bytes().to_vec())).collect()
}
