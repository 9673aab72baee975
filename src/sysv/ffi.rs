//! The calls that every system has, and no safe Rust library: one typed function each.
//! A system's further calls are in its own `ffi.rs`. There is no other unsafe code in this
//! layer.
//!
//! Nearly every function makes one call, and every -1 becomes an [`Errno`] in
//! [`check`]. Nothing here retries: [`Set::operate`](super::Set::operate) handles EINTR.

#![allow(unsafe_code)]
#![allow(clippy::missing_const_for_thread_local, reason = "clippy overlooks a const on OpenBSD")]

use std::cell::Cell;
use std::ffi::{CStr, OsString, c_void};
use std::mem::MaybeUninit;
use std::num::NonZeroUsize;
use std::os::unix::ffi::OsStringExt;
use std::ptr::NonNull;
use std::slice;

use libc::{c_char, c_int, c_short, c_ushort};
use nix::errno::Errno;
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, mprotect, munmap};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

use super::Semid;
use super::platform::{
    HIGHEST_VALUE,
    abi::{self, key_t, sembuf, semid_ds},
};

pub(super) fn check(returned: c_int) -> Result<c_int, Errno> {
    Errno::result(returned)
}

/// semget(2): the id of the set at `key`, which is created if `flags` say so.
pub(super) fn semget(key: key_t, nsems: c_int, flags: c_int) -> Result<c_int, Errno> {
    // SAFETY: takes and returns plain integers.
    check(unsafe { abi::semget(key, nsems, flags) })
}

/// semop(2): does all of `ops` or none, and waits without a limit unless they forbid it.
pub(super) fn semop(semid: c_int, ops: &mut [sembuf]) -> Result<(), Errno> {
    // SAFETY: `ops` is a live slice of the length given, which the kernel only reads.
    check(unsafe { abi::semop(semid, ops.as_mut_ptr(), ops.len()) }).map(drop)
}

/// semctl(2) `IPC_STAT`: the header of a set.
pub(super) fn stat(semid: c_int) -> Result<semid_ds, Errno> {
    let mut header = MaybeUninit::<semid_ds>::zeroed();
    let argument = Semun { buf: header.as_mut_ptr() };
    // SAFETY: the kernel writes at most one semid_ds to the pointer.
    check(unsafe { abi::semctl(semid, 0, abi::IPC_STAT, argument) })?;
    // SAFETY: a semid_ds is integers only, and was zeroed before.
    Ok(unsafe { header.assume_init() })
}

/// semctl(2) `IPC_SET`: gives the set this owner, group and mode.
pub(super) fn give(semid: c_int, uid: u32, gid: u32, mode: u16) -> Result<(), Errno> {
    let mut header = MaybeUninit::<semid_ds>::zeroed();
    // SAFETY: a semid_ds is integers only, and zeroed.
    let header = unsafe { header.assume_init_mut() };
    abi::set_permissions(header, uid, gid, mode);
    let argument = Semun { buf: header };
    // SAFETY: the kernel reads one semid_ds from a live reference.
    check(unsafe { abi::semctl(semid, 0, abi::IPC_SET, argument) }).map(drop)
}

/// semctl(2) `IPC_RMID`: removes the set at once.
pub(super) fn remove(semid: c_int) -> Result<(), Errno> {
    // SAFETY: takes no argument beyond plain integers, and ignores this one.
    check(unsafe { abi::semctl(semid, 0, abi::IPC_RMID, Semun { val: 0 }) }).map(drop)
}

/// The fourth argument of semctl(2). On 64-bit big-endian machines, a plain int would be
/// in the wrong half of it.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) union Semun {
    pub(super) val: c_int,
    pub(super) buf: *mut semid_ds,
    pub(super) array: *mut c_ushort,
}

/// semctl(2) `SETVAL`, which also clears every process's undo for the semaphore.
pub(super) fn set_value(semid: c_int, semnum: c_int, value: c_int) -> Result<(), Errno> {
    let value = Semun { val: value };
    // SAFETY: the fourth argument is the union that semctl(2) asks for; SETVAL reads its int.
    check(unsafe { abi::semctl(semid, semnum, abi::SETVAL, value) }).map(drop)
}

/// semctl(2) `GETALL`: every `semval`. `IPC_STAT` tells how many there are.
///
/// Between the two calls, another process may replace the set by one of another size,
/// even with the same semid (`kernel.sem_next_id`); that is EIDRM. A larger set runs
/// into the guard page (EFAULT), a smaller one leaves values unwritten.
pub(super) fn get_all(semid: c_int) -> Result<Vec<c_ushort>, Errno> {
    let nsems = nsems(semid)?;
    let values = read_values(semid, nsems)?;
    if values.contains(&UNWRITTEN) && (UNWRITTEN != HIGHEST_VALUE || self::nsems(semid)? != nsems) {
        return Err(Errno::EIDRM);
    }
    Ok(values)
}

/// No semaphore has this value, except on Solaris.
const UNWRITTEN: c_ushort = c_ushort::MAX;

fn nsems(semid: c_int) -> Result<usize, Errno> {
    let nsems = abi::info(Semid::new(semid), &stat(semid)?).nsems;
    usize::try_from(nsems).map_err(|_| Errno::ENOMEM)
}

/// The first `nsems` values of a set; [`UNWRITTEN`] where it has fewer.
fn read_values(semid: c_int, nsems: usize) -> Result<Vec<c_ushort>, Errno> {
    let mut memory =
        GUARDED.take().map_or_else(|| Guarded::new(nsems), |one| one.large_enough_for(nsems))?;
    let values = memory.last(nsems);
    values.fill(UNWRITTEN);
    let argument = Semun { array: values.as_mut_ptr() };
    // SAFETY: the kernel writes from the start of `values` on, and cannot write past its
    // end: a page follows that may not be written to.
    let got = check(unsafe { abi::semctl(semid, 0, abi::GETALL, argument) });
    let values = values.to_vec();
    GUARDED.set(Some(memory));
    match got {
        Ok(_) => Ok(values),
        Err(Errno::EFAULT) => Err(Errno::EIDRM),
        Err(errno) => Err(errno),
    }
}

thread_local! {
    /// Kept for the next set: mapping memory takes longer than reading a small set.
    static GUARDED: Cell<Option<Guarded>> = const { Cell::new(None) };
}

/// Memory that ends at a page to which nobody may write, not even the kernel.
struct Guarded {
    start: NonNull<c_void>,
    /// How many bytes there are before the guard page.
    bytes: usize,
    guard: usize,
}

impl Guarded {
    /// Room for this many shorts.
    fn new(shorts: usize) -> Result<Self, Errno> {
        // SAFETY: takes and returns plain integers.
        let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) });
        let page = page.map_err(|_| Errno::EINVAL)?;
        let bytes = (shorts.max(1) * size_of::<c_ushort>()).next_multiple_of(page);
        let all = NonZeroUsize::new(bytes + page).ok_or(Errno::ENOMEM)?;
        // SAFETY: this maps new memory, and unmaps none.
        let start =
            unsafe { mmap_anonymous(None, all, ProtFlags::PROT_NONE, MapFlags::MAP_PRIVATE) }?;
        let guarded = Self { start, bytes, guard: page };
        let usable = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: these are whole pages of the new mapping, which nothing refers to yet.
        unsafe { mprotect(start, bytes, usable) }?;
        Ok(guarded)
    }

    /// The same memory if it is large enough, or else new memory.
    fn large_enough_for(self, shorts: usize) -> Result<Self, Errno> {
        if shorts * size_of::<c_ushort>() <= self.bytes { Ok(self) } else { Self::new(shorts) }
    }

    /// The last shorts before the guard page.
    fn last(&mut self, shorts: usize) -> &mut [c_ushort] {
        let all = self.bytes / size_of::<c_ushort>();
        // SAFETY: the memory before the guard page has this many shorts. It was mapped
        // zeroed, is aligned to a page, and is borrowed from its only owner.
        let memory = unsafe { slice::from_raw_parts_mut(self.start.cast().as_ptr(), all) };
        &mut memory[all - shorts..]
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // SAFETY: the whole mapping, to which nothing refers any more. By mmap(2), this
        // cannot fail for a mapping that exists.
        let _ = unsafe { munmap(self.start, self.bytes + self.guard) };
    }
}

/// semctl(2) `GETVAL`, `GETPID`, `GETNCNT` or `GETZCNT`: a number about one semaphore.
pub(super) fn get(semid: c_int, semnum: c_int, command: c_int) -> Result<c_int, Errno> {
    // SAFETY: these commands take no argument beyond plain integers, and ignore this one.
    check(unsafe { abi::semctl(semid, semnum, command, Semun { val: 0 }) })
}

/// One `sembuf`, whose field types differ between systems.
pub(super) fn sembuf(semnum: u16, change: i16, undo: bool, wait: bool) -> sembuf {
    let undo = if undo { abi::SEM_UNDO } else { 0 };
    let wait = if wait { 0 } else { abi::IPC_NOWAIT };
    let flags = c_short::try_from(undo | wait)
        .expect("the flags fit: SEM_UNDO is 0x1000, IPC_NOWAIT 0x800");
    sembuf { sem_num: semnum, sem_op: change, sem_flg: flags }
}

/// Does `work` while SIGSYS is ignored.
pub(super) fn without_sigsys<T>(work: impl FnOnce() -> T) -> T {
    let ignored = SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty());
    // SAFETY: no code of this process runs for the signal.
    let before = unsafe { sigaction(Signal::SIGSYS, &ignored) };
    let done = work();
    if let Ok(before) = before {
        // SAFETY: this is the action that the process had.
        let restored = unsafe { sigaction(Signal::SIGSYS, &before) };
        debug_assert!(restored.is_ok(), "fails only for other signals");
    }
    done
}

/// close(2) for descriptors that are inherited and that nothing here uses.
pub(super) fn close(descriptor: c_int) {
    // SAFETY: no descriptor above 2 is owned by anything in a process that has just begun.
    let _ = unsafe { libc::close(descriptor) };
}

/// Defines the C `main`, which passes the command line to a function
/// `fn(Vec<OsString>) -> Exit` and exits with what it returns.
///
/// It replaces the start-up code of std. That ignores SIGPIPE and forgets what its action
/// was, so COMMAND could not inherit it as it does from flock(1). It also takes a
/// twentieth of the time of a whole `semlock lock ... -- true`.
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
            std::process::exit($run(&arguments).code().into())
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
    // SAFETY: the caller promises that argv points to argc strings.
    let strings = (0..argc).map(|i| unsafe { CStr::from_ptr(*argv.add(i)) });
    strings.map(|string| OsString::from_vec(string.to_bytes().to_vec())).collect()
}
