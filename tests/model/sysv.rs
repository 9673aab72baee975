//! The layer below the protocol, in place of src/sysv: the same names, and each call is a
//! call of the modelled process that runs now.

use std::fmt;

use nix::errno::Errno;
pub use semlock::sysv::{Gid, Key, Op, Outcome, Permissions, Pid, Semid, SetInfo, Uid};

use crate::kernel::Reply;
use crate::replay::{Call, call};

/// As many operations as macOS allows in one call.
pub const SEMOPM: u32 = 5;

/// SEMMSL: no set can have more semaphores.
pub const SEMMSL: u16 = 8;

/// How long an operation may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wait {
    Not,
    /// For some time, which ends when the checker wants it.
    Limited,
    Forever,
}

/// A call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    pub errno: Errno,
}

impl Error {
    /// Linux has room for the undo of every process.
    pub fn is_lack_of_undo(self) -> bool {
        false
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.errno.fmt(f)
    }
}

pub struct Limits {
    pub semopm: u32,
}

#[allow(clippy::unnecessary_wraps, reason = "the real ones may be unreadable")]
pub fn limits() -> Result<Limits, Error> {
    Ok(Limits { semopm: SEMOPM })
}

/// No signal comes in between. A SIGKILL may: the child that does this work has none of
/// its own.
pub fn uninterrupted<T>(work: impl Fn() -> T) -> T {
    work()
}

/// A semaphore set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Set(Semid);

impl Set {
    pub fn with_info(self, _: &SetInfo) -> Self {
        self
    }

    pub fn open(_: Key) -> Result<Self, Error> {
        number(Call::Open { or_create: None }).map(|semid| Self(Semid::new(semid)))
    }

    pub fn create(_: Key, nsems: u16, _: u16) -> Result<Self, Error> {
        number(Call::Create(nsems)).map(|semid| Self(Semid::new(semid)))
    }

    pub fn create_for(key: Key, nsems: u16, mode: u16, _: Uid, _: Gid) -> Result<Self, Error> {
        Self::create(key, nsems, mode)
    }

    /// The only part of the header that is modelled is the size.
    pub fn info(self) -> Result<SetInfo, Error> {
        let (uid, gid) = (Uid::new(0), Gid::new(0));
        let permissions = Permissions { uid, gid, cuid: uid, cgid: gid, mode: 0o700 };
        let key = semlock::session::DEFAULT_KEY;
        let nsems = number(Call::Size(self.id()))?.unsigned_abs();
        Ok(SetInfo { key, semid: self.0, nsems, permissions, otime: None, ctime: None })
    }

    pub fn values(self) -> Result<Vec<u16>, Error> {
        match call(Call::Values(self.id())) {
            Reply::Values(values) => Ok(values),
            other => Err(error(&other)),
        }
    }

    pub fn value(self, semnum: u32) -> Result<i32, Error> {
        number(Call::Value(self.id(), half(semnum)))
    }

    pub fn pid(self, semnum: u32) -> Result<Option<Pid>, Error> {
        number(Call::Pid(self.id(), half(semnum))).map(Pid::new)
    }

    pub fn ncnt(self, semnum: u32) -> Result<i32, Error> {
        number(Call::Ncnt(self.id(), half(semnum)))
    }

    pub fn zcnt(self, semnum: u32) -> Result<i32, Error> {
        number(Call::Zcnt(self.id(), half(semnum)))
    }

    pub fn reset(self, semnum: u32) -> Result<(), Error> {
        done(Call::Reset(self.id(), half(semnum))).map(drop)
    }

    pub fn remove(self) -> Result<(), Error> {
        done(Call::Remove(self.id())).map(drop)
    }

    /// semop(2); a call that a signal has interrupted is made again.
    pub fn operate(self, ops: &[Op], wait: Wait) -> Result<Outcome, Error> {
        if ops.len() > SEMOPM as usize {
            return Err(Error { errno: Errno::E2BIG });
        }
        done(Call::Operate(self.id(), ops.to_vec(), wait))
    }

    pub fn operate_few<const N: usize>(self, ops: [Op; N], wait: Wait) -> Result<Outcome, Error> {
        self.operate(&ops, wait)
    }

    fn id(self) -> usize {
        usize::try_from(self.0.raw()).expect("a semid is not negative")
    }
}

fn done(made: Call) -> Result<Outcome, Error> {
    match call(made) {
        Reply::Done => Ok(Outcome::Done),
        Reply::Busy => Ok(Outcome::Busy),
        other => Err(error(&other)),
    }
}

fn number(made: Call) -> Result<i32, Error> {
    match call(made) {
        Reply::Number(number) => Ok(number),
        other => Err(error(&other)),
    }
}

fn error(reply: &Reply) -> Error {
    let Reply::Failed(errno) = reply else { panic!("{reply:?} is the reply to another call") };
    Error { errno: Errno::from_raw(*errno) }
}

fn half(semnum: u32) -> u16 {
    u16::try_from(semnum).expect("a set has few semaphores")
}
