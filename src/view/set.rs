//! What every report says of a set.

use std::fmt;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::system::Text;
use crate::system::accounts::AccountNames;
use crate::sysv::{Permissions, SetInfo};
use crate::words::{counted, named};

/// A set as a whole. It is part of larger reports, and their JSON has its fields
/// beside theirs.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SetHeader {
    /// The key; 0 for a private set.
    pub key: i32,
    /// The key as ipcs(1) shows it.
    #[serde(serialize_with = "as_text")]
    pub key_hex: Hex,
    /// The id that the kernel gave the set.
    pub semid: i32,
    /// How many semaphores.
    pub nsems: u32,
    /// Permissions, octal with a leading 0.
    #[serde(serialize_with = "as_text")]
    pub mode: Octal,
    /// The owner.
    pub uid: u32,
    /// The owner's name.
    pub user: Option<Text>,
    /// The group.
    pub gid: u32,
    /// The group's name.
    pub group: Option<Text>,
    /// The creator.
    pub cuid: u32,
    /// The creator's name.
    pub cuser: Option<Text>,
    /// The creator's group.
    pub cgid: u32,
    /// The creator's group's name.
    pub cgroup: Option<Text>,
    /// The last operation; None if there was none yet.
    pub otime: Option<Timestamp>,
    /// When the set was created or last changed.
    pub ctime: Option<Timestamp>,
}

impl SetHeader {
    /// The set of `info`, with those of the names that are known.
    pub(crate) fn of(info: &SetInfo, names: &AccountNames) -> Self {
        let Permissions { uid, gid, cuid, cgid, mode } = info.permissions;
        Self {
            key: info.key.raw(),
            key_hex: Hex(info.key.raw()),
            semid: info.semid,
            nsems: info.nsems,
            mode: Octal(mode),
            uid,
            user: names.user(uid).cloned(),
            gid,
            group: names.group(gid).cloned(),
            cuid,
            cuser: names.user(cuid).cloned(),
            cgid,
            cgroup: names.group(cgid).cloned(),
            otime: info.otime,
            ctime: info.ctime,
        }
    }
}

/// Which set it is, in a part of a line.
impl fmt::Display for SetHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { semid, key, key_hex, nsems, uid, user, .. } = self;
        write!(f, "semid {semid}, ")?;
        match key {
            0 => f.write_str("no key, ")?,
            _ => write!(f, "key {key} ({key_hex}), ")?,
        }
        let (semaphores, owner) = (counted(*nsems, "semaphore"), named(user.as_ref(), *uid));
        write!(f, "{semaphores}, owner {owner}")
    }
}

/// A number that is written as text: not a string, of which there would be two
/// for each of many sets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hex(pub i32);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:08x}", self.0)
    }
}

/// The same for permissions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Octal(pub u16);

impl fmt::Display for Octal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04o}", self.0)
    }
}

pub(super) fn as_text<S: Serializer>(number: &impl fmt::Display, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(number)
}
