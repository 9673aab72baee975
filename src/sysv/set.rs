//! One semaphore set: opened, created, read, changed and removed.

use nix::errno::Errno;

use super::{Call, Error, Key, Pid, Semid, SetInfo, Subject, ffi, platform};
use platform::abi;

/// A semaphore set, known by its semid. A copy is the same set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Set {
    semid: Semid,
    // These two are for errors.
    key: Option<Key>,
    info: Option<SetInfo>,
}

impl Set {
    /// The set with this semid. Whether it exists shows at the first call.
    pub fn from_id(semid: Semid) -> Self {
        Self { semid, key: None, info: None }
    }

    /// The same set, with a header that its errors will have.
    #[must_use]
    pub(crate) fn with_info(self, info: &SetInfo) -> Self {
        Self { key: Some(info.key).filter(|_| !info.is_private()), info: Some(*info), ..self }
    }

    /// Opens the set at `key`: semget(2). Fails with ENOENT if there is none. Asks for
    /// no permissions: each later call checks its own.
    pub fn open(key: Key) -> Result<Self, Error> {
        Self::get(key, None, 0)
    }

    /// Creates the set at `key` atomically: semget(2). Fails with EEXIST if there is one,
    /// with EINVAL if `nsems` is 0 or above SEMMSL, and with ENOSPC if the system has no
    /// room for it. The umask does not apply to `mode`. All values are 0.
    pub fn create(key: Key, nsems: u16, mode: u16) -> Result<Self, Error> {
        let flags = abi::IPC_CREAT | abi::IPC_EXCL | i32::from(mode & 0o777);
        Self::get(key, Some(nsems.into()), flags)
    }

    /// Creates a set without a key. It may be larger than semop(2) can reach.
    pub fn create_private(nsems: u32, mode: u16) -> Result<Self, Error> {
        let flags = abi::IPC_CREAT | i32::from(mode & 0o777);
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
        platform::check().map_err(failed)?;
        let raw = key.map_or(abi::IPC_PRIVATE, Key::raw);
        let nsems = i32::try_from(nsems.unwrap_or(0)).unwrap_or(i32::MAX);
        let semid = ffi::semget(raw, nsems, flags).map(Semid::new).map_err(failed)?;
        Ok(Self { semid, key, info: None })
    }

    pub(super) fn failed(self, call: Call) -> impl Fn(Errno) -> Error {
        let subject =
            Subject { key: self.key, semid: Some(self.semid), nsems: None, info: self.info };
        move |errno| Error { call, errno, subject }
    }

    /// The id that the kernel gave the set; 0 is valid.
    pub fn semid(self) -> Semid {
        self.semid
    }

    /// Its header now: semctl(2) `IPC_STAT`. Fails with EACCES without read permission,
    /// with EINVAL or EIDRM if the set is gone. So do the other calls that read.
    pub fn info(self) -> Result<SetInfo, Error> {
        let failed = self.failed(Call::Semctl("IPC_STAT"));
        platform::check().map_err(&failed)?;
        let raw = ffi::stat(self.semid.raw()).map_err(failed)?;
        Ok(abi::info(self.semid, &raw))
    }

    /// Every `semval` at one moment: semctl(2) `GETALL`.
    pub fn values(self) -> Result<Vec<u16>, Error> {
        ffi::get_all(self.semid.raw()).map_err(self.failed(Call::Semctl("GETALL")))
    }

    /// One `semval`: semctl(2) `GETVAL`.
    pub fn value(self, semnum: u32) -> Result<i32, Error> {
        self.get_one(semnum, abi::GETVAL, "GETVAL")
    }

    /// One `sempid`: semctl(2) `GETPID`. The last process that completed an operation on
    /// the semaphore; None if there was none, or it is of another pid namespace.
    pub fn pid(self, semnum: u32) -> Result<Option<Pid>, Error> {
        self.get_one(semnum, abi::GETPID, "GETPID").map(Pid::new)
    }

    /// One `semncnt`: semctl(2) `GETNCNT`. How many processes wait for a higher value.
    pub fn ncnt(self, semnum: u32) -> Result<i32, Error> {
        self.get_one(semnum, abi::GETNCNT, "GETNCNT")
    }

    /// One `semzcnt`: semctl(2) `GETZCNT`. How many processes wait for zero.
    pub fn zcnt(self, semnum: u32) -> Result<i32, Error> {
        self.get_one(semnum, abi::GETZCNT, "GETZCNT")
    }

    fn get_one(self, semnum: u32, command: i32, name: &'static str) -> Result<i32, Error> {
        ffi::get(self.semid.raw(), number(semnum), command).map_err(self.failed(Call::Semctl(name)))
    }

    /// Sets one `semval` to 0, as [`set_value`](Self::set_value) does.
    pub fn reset(self, semnum: u32) -> Result<(), Error> {
        self.set_value(semnum, 0)
    }

    /// Sets one `semval`: semctl(2) `SETVAL`. This also clears every process's undo for
    /// the semaphore. Fails with ERANGE above SEMVMX.
    pub fn set_value(self, semnum: u32, value: i32) -> Result<(), Error> {
        ffi::set_value(self.semid.raw(), number(semnum), value)
            .map_err(self.failed(Call::Semctl("SETVAL")))
    }

    /// Starts a child that raises the first semaphore of `set` with `SEM_UNDO`, or does
    /// nothing, and ends: to measure how long that takes. Fails with ENOSYS where that cannot
    /// be measured.
    pub(crate) fn lock_in_child(set: Option<Self>) -> Result<(), Error> {
        let failed = |errno| Error { call: Call::Semop, errno, subject: Subject::default() };
        platform::raise_in_child(set.map(Self::semid)).map_err(failed)
    }

    /// Removes the set: semctl(2) `IPC_RMID`. Waits on it fail with EIDRM. Fails with EPERM
    /// for a set of another user.
    pub fn remove(self) -> Result<(), Error> {
        ffi::remove(self.semid.raw()).map_err(self.failed(Call::Semctl("IPC_RMID")))
    }
}

/// A semnum as semctl(2) takes it. No set is so large that it does not fit.
fn number(semnum: u32) -> i32 {
    i32::try_from(semnum).unwrap_or(i32::MAX)
}
