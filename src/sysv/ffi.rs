//! The only `unsafe` of this layer: one typed function for each call that the
//! C library has and Rust does not.
//!
//! Every function here makes exactly one call, and every -1 becomes an
//! [`Errno`] in [`check`]. Nothing here retries: EINTR is the business of
//! [`Set::operate`](super::Set::operate).

#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::{CStr, OsString, c_void};
use std::fs::File;
use std::mem::MaybeUninit;
use std::num::NonZeroUsize;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::ptr::NonNull;
use std::slice;

use libc::{c_char, c_int, c_short, c_ushort, key_t, sembuf, semid_ds, size_t, timespec};
use nix::errno::Errno;
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, mprotect, munmap};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

unsafe extern "C" {
    // In glibc and musl, in no version of the libc crate: semop(2).
    fn semtimedop(semid: c_int, ops: *mut sembuf, nops: size_t, timeout: *const timespec) -> c_int;
}

fn check(returned: c_int) -> Result<c_int, Errno> {
    Errno::result(returned)
}

/// semget(2): the id of the set at `key`, made if `flags` say so.
pub(super) fn semget(key: key_t, nsems: c_int, flags: c_int) -> Result<c_int, Errno> {
    // SAFETY: takes and returns plain integers.
    check(unsafe { libc::semget(key, nsems, flags) })
}

/// semop(2): all of `ops` or none; waits for ever, unless they say not to.
pub(super) fn semop(semid: c_int, ops: &mut [sembuf]) -> Result<(), Errno> {
    // SAFETY: `ops` is a live slice of the length given, which the kernel only reads.
    check(unsafe { raw_semop(semid, ops.as_mut_ptr(), ops.len()) }).map(drop)
}

/// The kernel's call itself: the function of glibc makes semtimedop(2) of it, which
/// may be missing or forbidden.
///
/// # Safety
///
/// `ops` must point to `nops` of them.
unsafe fn raw_semop(semid: c_int, ops: *mut sembuf, nops: size_t) -> c_int {
    // SAFETY: the caller promises that many; the kernel only reads them.
    let returned = unsafe { libc::syscall(libc::SYS_semop, semid, ops, nops) };
    // It is 0 or -1.
    if returned == 0 { 0 } else { -1 }
}

/// semtimedop(2): the same, and waits for at most this time.
pub(super) fn operate_within(
    semid: c_int,
    ops: &mut [sembuf],
    time: &timespec,
) -> Result<(), Errno> {
    // SAFETY: `ops` is a live slice of the length given, and `time` a live
    // timespec; the kernel only reads both.
    check(unsafe { semtimedop(semid, ops.as_mut_ptr(), ops.len(), time) }).map(drop)
}

/// semctl(2) `IPC_STAT`: the header of a set.
pub(super) fn stat(semid: c_int) -> Result<semid_ds, Errno> {
    let mut header = MaybeUninit::<semid_ds>::zeroed();
    // SAFETY: the kernel writes at most one semid_ds to the pointer.
    check(unsafe { libc::semctl(semid, 0, libc::IPC_STAT, header.as_mut_ptr()) })?;
    // SAFETY: a semid_ds is integers only, and was zeroed before.
    Ok(unsafe { header.assume_init() })
}

/// semctl(2) `SEM_INFO`: the highest index in the kernel's table that is in use,
/// and how many sets there are.
pub(super) fn highest_index() -> Result<(c_int, c_int), Errno> {
    let mut info = MaybeUninit::<libc::seminfo>::zeroed();
    // SAFETY: the kernel writes at most one seminfo to the pointer.
    let highest = check(unsafe { libc::semctl(0, 0, libc::SEM_INFO, info.as_mut_ptr()) })?;
    // SAFETY: a seminfo is integers only, and was zeroed before.
    Ok((highest, unsafe { info.assume_init() }.semusz))
}

/// semctl(2) `SEM_STAT_ANY` (Linux 4.17): the id and the header of the set at
/// `index`, whatever its mode. Fails with EINVAL where there is none.
pub(super) fn stat_any(index: c_int) -> Result<(c_int, semid_ds), Errno> {
    let mut header = MaybeUninit::<semid_ds>::zeroed();
    // SAFETY: the kernel writes at most one semid_ds to the pointer.
    let semid = check(unsafe { libc::semctl(index, 0, libc::SEM_STAT_ANY, header.as_mut_ptr()) })?;
    // SAFETY: a semid_ds is integers only, and was zeroed before.
    Ok((semid, unsafe { header.assume_init() }))
}

/// semctl(2) `IPC_SET`: gives the set this owner, group and mode.
pub(super) fn give(semid: c_int, uid: u32, gid: u32, mode: u16) -> Result<(), Errno> {
    let mut header = MaybeUninit::<semid_ds>::zeroed();
    // SAFETY: a semid_ds is integers only, and zeroed.
    let header = unsafe { header.assume_init_mut() };
    (header.sem_perm.uid, header.sem_perm.gid) = (uid, gid);
    header.sem_perm.mode = mode;
    // SAFETY: the kernel reads one semid_ds from a live reference.
    check(unsafe { libc::semctl(semid, 0, libc::IPC_SET, std::ptr::from_mut(header)) }).map(drop)
}

/// semctl(2) `IPC_RMID`: removes the set at once.
pub(super) fn remove(semid: c_int) -> Result<(), Errno> {
    // SAFETY: no argument beyond plain integers.
    check(unsafe { libc::semctl(semid, 0, libc::IPC_RMID) }).map(drop)
}

/// semctl(2) `IPC_RMID` or `IPC_SET` of no set, which changes nothing: EINVAL,
/// where the kernel is asked.
pub(super) fn change_no_set(command: c_int) -> Result<(), Errno> {
    let mut header = MaybeUninit::<semid_ds>::zeroed();
    // SAFETY: no set has the id -1; the pointer is to a live semid_ds, and zeros are one.
    check(unsafe { libc::semctl(-1, 0, command, header.as_mut_ptr()) }).map(drop)
}

/// The fourth argument of semctl(2). An int alone would lie in the wrong half of it
/// on 64-bit big-endian machines.
#[repr(C)]
union Semun {
    val: c_int,
    buf: *mut semid_ds,
    array: *mut c_ushort,
}

/// semctl(2) `SETVAL`, which also clears every process's undo for the semaphore.
pub(super) fn set_value(semid: c_int, semnum: c_int, value: c_int) -> Result<(), Errno> {
    let value = Semun { val: value };
    // SAFETY: the fourth argument is the union that it is to be, of which SETVAL reads the int.
    check(unsafe { libc::semctl(semid, semnum, libc::SETVAL, value) }).map(drop)
}

/// semctl(2) `GETALL`: every `semval`, of as many semaphores as `IPC_STAT` tells.
///
/// In between, others may put a set of another size in its place, even with the
/// same semid (`kernel.sem_next_id`); that is EIDRM. A larger one runs into the
/// fence (EFAULT), a smaller one leaves values that no semaphore has.
pub(super) fn get_all(semid: c_int) -> Result<Vec<c_ushort>, Errno> {
    /// More than SEMVMX, which is 32,767.
    const NO_VALUE: c_ushort = c_ushort::MAX;
    let nsems = usize::try_from(stat(semid)?.sem_nsems).map_err(|_| Errno::ENOMEM)?;
    let mut memory =
        FENCED.take().map_or_else(|| Fenced::new(nsems), |one| one.large_enough_for(nsems))?;
    let values = memory.last(nsems);
    values.fill(NO_VALUE);
    let argument = Semun { array: values.as_mut_ptr() };
    // SAFETY: the kernel writes from the start of `values` on, and cannot write
    // behind its end: there is a page that may not be written to.
    let got = check(unsafe { libc::semctl(semid, 0, libc::GETALL, argument) });
    let values = values.to_vec();
    FENCED.set(Some(memory));
    match got {
        Ok(_) if values.contains(&NO_VALUE) => Err(Errno::EIDRM),
        Ok(_) => Ok(values),
        Err(Errno::EFAULT) => Err(Errno::EIDRM),
        Err(errno) => Err(errno),
    }
}

thread_local! {
    /// Kept for the next set: to map memory takes longer than to read a small set.
    static FENCED: Cell<Option<Fenced>> = const { Cell::new(None) };
}

/// Memory that ends at a page which nobody, and so not the kernel either, may write to.
struct Fenced {
    start: NonNull<c_void>,
    /// How many bytes there are before the fence.
    bytes: usize,
    fence: usize,
}

impl Fenced {
    /// Room for so many shorts.
    fn new(shorts: usize) -> Result<Self, Errno> {
        // SAFETY: takes and returns plain integers.
        let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) });
        let page = page.map_err(|_| Errno::EINVAL)?;
        let bytes = (shorts.max(1) * size_of::<c_ushort>()).next_multiple_of(page);
        let all = NonZeroUsize::new(bytes + page).ok_or(Errno::ENOMEM)?;
        // SAFETY: this maps new memory, and unmaps none.
        let start =
            unsafe { mmap_anonymous(None, all, ProtFlags::PROT_NONE, MapFlags::MAP_PRIVATE) }?;
        let fenced = Self { start, bytes, fence: page };
        let usable = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: these are whole pages of the new mapping, which nothing refers to yet.
        unsafe { mprotect(start, bytes, usable) }?;
        Ok(fenced)
    }

    /// The same memory if it is large enough, or else new memory.
    fn large_enough_for(self, shorts: usize) -> Result<Self, Errno> {
        if shorts * size_of::<c_ushort>() <= self.bytes { Ok(self) } else { Self::new(shorts) }
    }

    /// The last shorts before the fence.
    fn last(&mut self, shorts: usize) -> &mut [c_ushort] {
        let all = self.bytes / size_of::<c_ushort>();
        // SAFETY: so many shorts lie before the fence in memory that is mapped
        // zeroed, aligned to a page, and borrowed from its only owner.
        let memory = unsafe { slice::from_raw_parts_mut(self.start.cast().as_ptr(), all) };
        &mut memory[all - shorts..]
    }
}

impl Drop for Fenced {
    fn drop(&mut self) {
        // SAFETY: the whole mapping, which nothing refers to any more. That it
        // cannot fail for a mapping that exists, mmap(2) says.
        let _ = unsafe { munmap(self.start, self.bytes + self.fence) };
    }
}

/// A question about one semaphore that semctl(2) answers with a number.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ask {
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
pub(super) fn get(semid: c_int, semnum: c_int, what: Ask) -> Result<c_int, Errno> {
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
pub(super) fn sembuf(semnum: u16, change: i16, undo: bool, wait: bool) -> sembuf {
    let undo = if undo { libc::SEM_UNDO } else { 0 };
    let wait = if wait { 0 } else { libc::IPC_NOWAIT };
    let flags = c_short::try_from(undo | wait)
        .expect("the flags fit: SEM_UNDO is 0x1000, IPC_NOWAIT 0x800");
    sembuf { sem_num: semnum, sem_op: change, sem_flg: flags }
}

/// sigaction(2): the signal interrupts a call that waits, and has no other effect.
pub(super) fn catch_without_effect(signal: Signal) -> Result<(), Errno> {
    extern "C" fn nothing(_: c_int) {}
    let action = SigAction::new(SigHandler::Handler(nothing), SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler does nothing.
    unsafe { sigaction(signal, &action) }.map(drop)
}

/// ioctl_nsfs(2) `NS_GET_USERNS`: the user namespace that owns a namespace. EPERM
/// means that it is not this process's nor below it: then no capability of this
/// process reaches into the namespace.
pub(super) fn owning_users(namespace: &File) -> Result<OwnedFd, Errno> {
    // SAFETY: the call takes no further argument, and the descriptor is open.
    let users = check(unsafe { libc::ioctl(namespace.as_raw_fd(), libc::NS_GET_USERNS) })?;
    // SAFETY: the kernel has just opened this descriptor for the caller alone.
    Ok(unsafe { OwnedFd::from_raw_fd(users) })
}

/// close_range(2): closes every descriptor but the standard three.
///
/// For a process of its own right after execve(2), which has opened nothing
/// yet: what it closes it has inherited, and nobody here knows of.
pub(crate) fn close_inherited() -> Result<(), Errno> {
    // SAFETY: no descriptor above 2 is owned by anything in this process yet.
    let closed = unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0) };
    Errno::result(closed).map(drop)
}

/// prctl(2) `PR_GET_SECCOMP`: whether a filter decides which calls are made.
/// One that refuses this call is a filter too.
pub(super) fn is_filtered() -> bool {
    // SAFETY: takes and returns plain integers.
    check(unsafe { libc::prctl(libc::PR_GET_SECCOMP) }) != Ok(0)
}

/// prctl(2) `PR_SET_DUMPABLE`: whether a death by signal writes this memory to
/// a core file. Fails only for other values, and then nothing depends on it.
pub(super) fn set_dumpable(dumpable: Dumpable) {
    // SAFETY: takes plain integers.
    let _ = check(unsafe { libc::prctl(libc::PR_SET_DUMPABLE, dumpable as c_int) });
}

/// What [`set_dumpable`] sets.
#[derive(Clone, Copy, Debug)]
pub(super) enum Dumpable {
    /// No core file.
    No = 0,
    /// A core file where the system wants one.
    Yes = 1,
}

/// prctl(2) `PR_GET_DUMPABLE`: whether it is [`Dumpable::Yes`].
pub(super) fn is_dumpable() -> bool {
    // SAFETY: takes and returns plain integers.
    check(unsafe { libc::prctl(libc::PR_GET_DUMPABLE) }) == Ok(1)
}

/// What a child does for [`in_a_child`]. It writes to no memory but errno.
pub(super) type Calls = extern "C" fn(*mut c_void) -> c_int;

/// Makes every call that all work with semaphores takes, to no effect.
pub(super) extern "C" fn necessary_calls(_: *mut c_void) -> c_int {
    let mut nothing = sembuf(0, 0, false, false);
    // SAFETY: asks for a set and creates none.
    unsafe { libc::semget(1, 0, 0) };
    // SAFETY: no set has the id -1, and GETVAL needs no argument.
    unsafe { libc::semctl(-1, 0, libc::GETVAL) };
    // SAFETY: as above; the kernel reads one live sembuf.
    unsafe { raw_semop(-1, &raw mut nothing, 1) };
    0
}

/// Makes the call that a wait with a limit takes, to no effect.
pub(super) extern "C" fn timed_wait(_: *mut c_void) -> c_int {
    let mut nothing = sembuf(0, 0, false, false);
    let time = timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: no set has the id -1; the kernel reads one live sembuf and a live timespec.
    unsafe { semtimedop(-1, &raw mut nothing, 1, &raw const time) };
    0
}

/// Raises the first semaphore of a set with `SEM_UNDO`; nothing of a set with a
/// semid that none has.
pub(super) extern "C" fn raise(semid: *mut c_void) -> c_int {
    let Ok(semid) = c_int::try_from(semid.addr()) else { return 0 };
    let mut up = sembuf(0, 1, true, false);
    // SAFETY: the kernel reads one live sembuf.
    unsafe { raw_semop(semid, &raw mut up, 1) };
    0
}

/// clone(2) as vfork(2) uses it: a child in this process's memory makes `calls` and
/// ends; its pid. It has no exit signal, so that nobody's SIGCHLD is concerned and
/// only `__WALL` finds it.
pub(super) fn in_a_child(calls: Calls, argument: usize) -> Result<c_int, Errno> {
    // SAFETY: the child reads no memory by its argument, which is a number.
    unsafe { start_child(calls, 0, std::ptr::without_provenance_mut(argument)) }
}

/// The same for any work: in a child that leads a session of its own and shares the
/// undo list of this process. A signal that ends this process leaves the child
/// alone, and the kernel then gives back the locks of both when the child has ended.
pub(super) fn in_a_session_apart(mut work: &mut dyn FnMut()) -> Result<c_int, Errno> {
    extern "C" fn begin(work: *mut c_void) -> c_int {
        // SAFETY: takes nothing. It cannot fail: no child leads a process group yet.
        unsafe { libc::setsid() };
        // SAFETY: it points to the `work` of the caller, which stands still.
        let work = unsafe { &mut *work.cast::<&mut dyn FnMut()>() };
        work();
        0
    }
    // SAFETY: `work` outlives the child if this thread goes on, and stays in memory
    // if it does not: the memory is the child's as well.
    unsafe { start_child(begin, libc::CLONE_SYSVSEM, (&raw mut work).cast()) }
}

/// # Safety
///
/// `calls` must do with `argument` only what is sound while this thread stands still.
unsafe fn start_child(calls: Calls, flags: c_int, argument: *mut c_void) -> Result<c_int, Errno> {
    let mut stack = vec![0_u128; 8192];
    let end = stack.as_mut_ptr_range().end.cast();
    let flags = flags | libc::CLONE_VM | libc::CLONE_VFORK;
    // SAFETY: the child has `stack` for itself, whose end is aligned to 16 bytes;
    // this thread stands still until the child has ended; the rest is the caller's.
    check(unsafe { libc::clone(calls, end, flags, argument) })
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
    // SAFETY: the caller promises argc strings behind argv.
    let strings = (0..argc).map(|i| unsafe { CStr::from_ptr(*argv.add(i)) });
    strings.map(|string| OsString::from_vec(string.to_bytes().to_vec())).collect()
}
