//! The only `unsafe` of this layer: one typed function for each call that no safe
//! Rust library has. That is why this file is longer than the others.
//!
//! Nearly every function makes one call, and every -1 becomes an [`Errno`] in
//! [`check`]. Nothing here retries: [`Set::operate`](super::Set::operate) handles EINTR.

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

unsafe extern "C" {
    // semop(2). glibc and musl have it, the libc crate does not.
    fn semtimedop(semid: c_int, ops: *mut sembuf, nops: size_t, timeout: *const timespec) -> c_int;
}

fn check(returned: c_int) -> Result<c_int, Errno> {
    Errno::result(returned)
}

/// semget(2): the id of the set at `key`, which is created if `flags` say so.
pub(super) fn semget(key: key_t, nsems: c_int, flags: c_int) -> Result<c_int, Errno> {
    // SAFETY: takes and returns plain integers.
    check(unsafe { libc::semget(key, nsems, flags) })
}

/// semop(2): does all of `ops` or none, and waits without a limit unless they forbid it.
pub(super) fn semop(semid: c_int, ops: &mut [sembuf]) -> Result<(), Errno> {
    // SAFETY: `ops` is a live slice of the length given, which the kernel only reads.
    check(unsafe { raw_semop(semid, ops.as_mut_ptr(), ops.len()) }).map(drop)
}

/// The system call itself. glibc's semop() calls semtimedop(2), which may be missing or
/// forbidden.
///
/// # Safety
///
/// `ops` must point to `nops` operations.
unsafe fn raw_semop(semid: c_int, ops: *mut sembuf, nops: size_t) -> c_int {
    // SAFETY: the caller promises `nops` operations; the kernel only reads them.
    let returned = unsafe { libc::syscall(libc::SYS_semop, semid, ops, nops) };
    // It is 0 or -1.
    if returned == 0 { 0 } else { -1 }
}

/// semtimedop(2): the same, but waits for at most `time`.
pub(super) fn semtimedop_within(
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

/// semctl(2) `SEM_INFO`: the highest index in use in the kernel's table of sets, and the
/// number of sets.
pub(super) fn highest_index() -> Result<(c_int, c_int), Errno> {
    let mut info = MaybeUninit::<libc::seminfo>::zeroed();
    // SAFETY: the kernel writes at most one seminfo to the pointer.
    let highest = check(unsafe { libc::semctl(0, 0, libc::SEM_INFO, info.as_mut_ptr()) })?;
    // SAFETY: a seminfo is integers only, and was zeroed before.
    Ok((highest, unsafe { info.assume_init() }.semusz))
}

/// semctl(2) `SEM_STAT_ANY` (Linux 4.17): the id and the header of the set at
/// `index`, whatever its mode. Fails with EINVAL if there is none.
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

/// semctl(2) `IPC_RMID` or `IPC_SET` of a set that does not exist, which changes nothing.
/// The kernel answers EINVAL.
pub(super) fn change_no_set(command: c_int) -> Result<(), Errno> {
    let mut header = MaybeUninit::<semid_ds>::zeroed();
    // SAFETY: no set has the id -1; the pointer is to a live semid_ds, and zeros are one.
    check(unsafe { libc::semctl(-1, 0, command, header.as_mut_ptr()) }).map(drop)
}

/// The fourth argument of semctl(2). On 64-bit big-endian machines, a plain int would be
/// in the wrong half of it.
#[repr(C)]
union Semun {
    val: c_int,
    buf: *mut semid_ds,
    array: *mut c_ushort,
}

/// semctl(2) `SETVAL`, which also clears every process's undo for the semaphore.
pub(super) fn set_value(semid: c_int, semnum: c_int, value: c_int) -> Result<(), Errno> {
    let value = Semun { val: value };
    // SAFETY: the fourth argument is the union that semctl(2) asks for; SETVAL reads its int.
    check(unsafe { libc::semctl(semid, semnum, libc::SETVAL, value) }).map(drop)
}

/// semctl(2) `GETALL`: every `semval`. `IPC_STAT` tells how many there are.
///
/// Between the two calls, another process may replace the set by one of another size,
/// even with the same semid (`kernel.sem_next_id`); that is EIDRM. A larger set runs
/// into the guard page (EFAULT), a smaller one leaves values that no semaphore has.
pub(super) fn get_all(semid: c_int) -> Result<Vec<c_ushort>, Errno> {
    /// Above SEMVMX, which is 32,767.
    const NO_VALUE: c_ushort = c_ushort::MAX;
    let nsems = usize::try_from(stat(semid)?.sem_nsems).map_err(|_| Errno::ENOMEM)?;
    let mut memory =
        GUARDED.take().map_or_else(|| Guarded::new(nsems), |one| one.large_enough_for(nsems))?;
    let values = memory.last(nsems);
    values.fill(NO_VALUE);
    let argument = Semun { array: values.as_mut_ptr() };
    // SAFETY: the kernel writes from the start of `values` on, and cannot write past its
    // end: a page follows that may not be written to.
    let got = check(unsafe { libc::semctl(semid, 0, libc::GETALL, argument) });
    let values = values.to_vec();
    GUARDED.set(Some(memory));
    match got {
        Ok(_) if values.contains(&NO_VALUE) => Err(Errno::EIDRM),
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
    // SAFETY: these commands take no argument beyond plain integers.
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

/// The same operation, which fails with EAGAIN instead of waiting.
pub(super) fn without_wait(op: sembuf) -> sembuf {
    let wait = sembuf(0, 0, false, false).sem_flg;
    sembuf { sem_flg: op.sem_flg | wait, ..op }
}

/// ioctl_nsfs(2) `NS_GET_USERNS`: the user namespace that owns a namespace. Fails with
/// EPERM if that is neither this process's nor below it: then no capability of this
/// process applies in the namespace.
pub(super) fn owning_users(namespace: &File) -> Result<OwnedFd, Errno> {
    // SAFETY: the call takes no further argument, and the descriptor is open.
    let users = check(unsafe { libc::ioctl(namespace.as_raw_fd(), libc::NS_GET_USERNS) })?;
    // SAFETY: the kernel has just opened this descriptor for the caller alone.
    Ok(unsafe { OwnedFd::from_raw_fd(users) })
}

/// close_range(2): closes every descriptor but the standard three.
///
/// For a process right after execve(2), which has opened nothing yet: it closes only
/// what it inherited and nothing here uses.
pub(crate) fn close_inherited() -> Result<(), Errno> {
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
pub(super) type Calls = extern "C" fn(*mut c_void) -> c_int;

/// Makes each call that every use of semaphores needs, without any effect.
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

/// Makes the call that a wait with a limit needs, without any effect.
pub(super) extern "C" fn timed_wait(_: *mut c_void) -> c_int {
    let mut nothing = sembuf(0, 0, false, false);
    let time = timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: no set has the id -1; the kernel reads one live sembuf and a live timespec.
    unsafe { semtimedop(-1, &raw mut nothing, 1, &raw const time) };
    0
}

/// Raises the first semaphore of a set with `SEM_UNDO`. Does nothing if no set can have
/// this semid.
pub(super) extern "C" fn raise(semid: *mut c_void) -> c_int {
    let Ok(semid) = c_int::try_from(semid.addr()) else { return 0 };
    let mut up = sembuf(0, 1, true, false);
    // SAFETY: the kernel reads one live sembuf.
    unsafe { raw_semop(semid, &raw mut up, 1) };
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
