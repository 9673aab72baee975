//! System V semaphore sets as the kernel has them: keys, sets, operations.
//!
//! This layer knows nothing of sessions, processes or the command line. A
//! failed call is an [`Error`] that keeps the call and its errno; what that
//! means for the user is said elsewhere. References: sysvipc(7), semget(2),
//! semop(2), semctl(2).

mod ffi;
mod filter;
mod id;
mod info;
mod interrupt;
mod key;
mod limits;
#[cfg(target_os = "linux")]
mod namespace;
mod op;
mod owner;
mod permissions;
mod state;
mod table;
mod uninterrupted;

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod platform;
#[cfg(not(target_os = "linux"))]
compile_error!(
    "semlock has no description of this system's semaphores yet: see src/sysv/linux.rs for what one says"
);

use std::fmt;

use nix::errno::Errno;

pub use ffi::{arguments, close_inherited};
pub use filter::{filter_kills, filter_refuses, is_filtered};
pub use id::{Gid, Semid, Uid};
pub use info::SetInfo;
pub use interrupt::{Interrupter, Interruptible};
pub use key::Key;
pub(crate) use limits::Resource;
pub use limits::{Limits, Usage, limits};
pub use namespace::{Namespace, join_users_of};
pub use op::{Op, Outcome, Wait};
pub use permissions::{Access, Class, Credentials, Permissions};
pub use platform::{DEFAULT_NSEMS, HIGHEST_VALUE, ipc_namespace};
pub use state::{Semaphore, SetState};
pub use table::all_sets;
pub use uninterrupted::uninterrupted;

/// A call that can fail, for the error that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// semget(2)
    Semget,
    /// semop(2)
    Semop,
    /// semtimedop(2), which only a wait with a limit takes
    Semtimedop,
    /// semctl(2) with the command named
    Semctl(&'static str),
}

/// What a call was about, as far as the caller knew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// The key of the set.
    pub key: Option<Key>,
    /// The set, where there was one.
    pub semid: Option<Semid>,
    /// How many semaphores a set was to be made of; None if none was to be made.
    pub nsems: Option<u16>,
    /// What the set was like when it was last looked at.
    pub info: Option<SetInfo>,
}

/// A failed call and its errno.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    /// What was called.
    pub call: Call,
    /// How it failed.
    pub errno: Errno,
    /// What it was about.
    pub subject: Subject,
}

/// Fails where this system has no semaphores, or a filter keeps one of the calls
/// from this process: also that which removes a set, before one is created.
pub fn check_can_create() -> Result<(), Error> {
    check_can_lock()?;
    Set::from_id(NONE).remove().or_else(unless_refused)
}

/// The same for a process that only locks. semtimedop(2) is not looked at:
/// without it, only a wait with a limit fails.
pub fn check_can_lock() -> Result<(), Error> {
    Set::open(Key::new(1)).map(drop).or_else(unless_refused)?;
    check_can_read()?;
    let none = Set::from_id(NONE);
    none.operate(&[Op::zero(0)], Wait::Not).map(drop).or_else(unless_refused)
}

/// The same for a process that only looks at sets.
pub fn check_can_read() -> Result<(), Error> {
    let none = Set::from_id(NONE);
    filter::check().map_err(none.failed(Call::Semctl("GETVAL")))?;
    none.value(0).map(drop).or_else(unless_refused)
}

/// No set has this id, which is what the kernel would say.
const NONE: Semid = Semid::new(-1);

fn unless_refused(error: Error) -> Result<(), Error> {
    match error.errno {
        Errno::ENOSYS | Errno::EPERM => Err(error),
        _ => Ok(()),
    }
}

impl Error {
    /// What semget(2) said in another process that was to make a set without a key.
    pub fn of_semget(errno: Errno) -> Self {
        Self {
            call: Call::Semget,
            errno,
            subject: Subject { nsems: Some(1), ..Subject::default() },
        }
    }

    /// Whether it says that the set is no more: removed while it was waited on
    /// (EIDRM), or before the call (EINVAL).
    pub fn is_gone(&self) -> bool {
        self.call != Call::Semget && matches!(self.errno, Errno::EIDRM | Errno::EINVAL)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?})", self.errno.desc(), self.errno)
    }
}

impl std::error::Error for Error {}

/// A semaphore set, known by its semid. Copying it copies the name, not the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Set {
    semid: Semid,
    /// What it was opened by, and what it was like: for the error that says so.
    key: Option<Key>,
    info: Option<SetInfo>,
}

impl Set {
    /// The set with this semid, which is not checked until the first call.
    pub fn from_id(semid: Semid) -> Self {
        Self { semid, key: None, info: None }
    }

    /// The same set, which remembers for its errors what `info` says of it.
    #[must_use]
    pub fn with_info(self, info: &SetInfo) -> Self {
        Self { key: Some(info.key).filter(|_| !info.is_private()), info: Some(*info), ..self }
    }

    /// The set at `key`. Fails with ENOENT if there is none. Asks for no
    /// permission: what may be done is checked when it is done.
    pub fn open(key: Key) -> Result<Self, Error> {
        Self::get(key, None, 0)
    }

    /// Makes the set at `key`, atomically: fails with EEXIST if there is one.
    /// `mode` is not subject to the umask. All values are 0.
    pub fn create(key: Key, nsems: u16, mode: u16) -> Result<Self, Error> {
        let flags = libc::IPC_CREAT | libc::IPC_EXCL | i32::from(mode & 0o777);
        Self::get(key, Some(nsems.into()), flags)
    }

    /// Makes a set without a key. It may be larger than semop(2) can reach.
    pub fn create_private(nsems: u32, mode: u16) -> Result<Self, Error> {
        let flags = libc::IPC_CREAT | i32::from(mode & 0o777);
        Self::get(Key::PRIVATE, Some(nsems), flags)
    }

    fn get(key: Key, nsems: Option<u32>, flags: i32) -> Result<Self, Error> {
        let key = Some(key).filter(|&key| key != Key::PRIVATE);
        let subject = Subject {
            key,
            nsems: nsems.and_then(|nsems| u16::try_from(nsems).ok()),
            ..Subject::default()
        };
        let failed = |errno| Error { call: Call::Semget, errno, subject };
        filter::check().map_err(failed)?;
        let raw = key.map_or(libc::IPC_PRIVATE, Key::raw);
        let nsems = i32::try_from(nsems.unwrap_or(0)).unwrap_or(i32::MAX);
        let semid = ffi::semget(raw, nsems, flags).map(Semid::new).map_err(failed)?;
        Ok(Self { semid, key, info: None })
    }

    fn failed(self, call: Call) -> impl Fn(Errno) -> Error {
        let subject =
            Subject { key: self.key, semid: Some(self.semid), nsems: None, info: self.info };
        move |errno| Error { call, errno, subject }
    }

    /// The id that semget(2) gave; 0 is a valid one.
    pub fn semid(self) -> Semid {
        self.semid
    }

    /// What it is like now. Fails with EACCES without read permission, with EINVAL
    /// or EIDRM when the set is gone.
    pub fn info(self) -> Result<SetInfo, Error> {
        let failed = self.failed(Call::Semctl("IPC_STAT"));
        filter::check().map_err(&failed)?;
        let raw = ffi::stat(self.semid.raw()).map_err(failed)?;
        Ok(platform::info(self.semid, &raw))
    }

    /// Every `semval`, taken at one moment.
    pub fn values(self) -> Result<Vec<u16>, Error> {
        ffi::get_all(self.semid.raw()).map_err(self.failed(Call::Semctl("GETALL")))
    }

    /// One `semval`.
    pub fn value(self, semnum: u32) -> Result<i32, Error> {
        self.ask(semnum, ffi::Ask::Value, "GETVAL")
    }

    /// The process whose operation on the semaphore was the last to succeed; 0
    /// where there was none, or it is not of this pid namespace.
    pub fn pid(self, semnum: u32) -> Result<i32, Error> {
        self.ask(semnum, ffi::Ask::Pid, "GETPID")
    }

    /// How many processes wait for the semaphore to grow.
    pub fn ncnt(self, semnum: u32) -> Result<i32, Error> {
        self.ask(semnum, ffi::Ask::Ncnt, "GETNCNT")
    }

    /// How many processes wait for the semaphore to become zero.
    pub fn zcnt(self, semnum: u32) -> Result<i32, Error> {
        self.ask(semnum, ffi::Ask::Zcnt, "GETZCNT")
    }

    fn ask(self, semnum: u32, what: ffi::Ask, name: &'static str) -> Result<i32, Error> {
        ffi::get(self.semid.raw(), number(semnum), what).map_err(self.failed(Call::Semctl(name)))
    }

    /// Makes one `semval` 0, and every process's undo for it (`SETVAL`).
    pub fn reset(self, semnum: u32) -> Result<(), Error> {
        self.set_value(semnum, 0)
    }

    /// Gives a semaphore a value, and makes every process's undo for it 0 (`SETVAL`).
    pub fn set_value(self, semnum: u32, value: i32) -> Result<(), Error> {
        ffi::set_value(self.semid.raw(), number(semnum), value)
            .map_err(self.failed(Call::Semctl("SETVAL")))
    }

    /// Has a child raise the first semaphore of `set`, or do nothing, and end; what
    /// it raised the kernel lowers again. For measuring what that costs.
    pub fn first_lock_of_a_child(set: Option<Self>) -> Result<(), Error> {
        let failed = |errno| Error { call: Call::Semop, errno, subject: Subject::default() };
        let semid = set.and_then(|set| usize::try_from(set.semid.raw()).ok()).unwrap_or(usize::MAX);
        let child = ffi::in_a_child(ffi::raise, semid).map_err(failed)?;
        filter::wait(child).map(drop).map_err(failed)
    }

    /// Removes the set. Whoever waits on it gets EIDRM.
    pub fn remove(self) -> Result<(), Error> {
        ffi::remove(self.semid.raw()).map_err(self.failed(Call::Semctl("IPC_RMID")))
    }
}

/// A semaphore's number as semctl(2) takes it; no set has so many that it does not fit.
fn number(semnum: u32) -> i32 {
    i32::try_from(semnum).unwrap_or(i32::MAX)
}
