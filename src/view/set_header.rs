//! What every report says about a set.

use std::fmt;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::system::Text;
use crate::system::accounts::AccountNames;
use crate::sysv::{Gid, Permissions, Semid, SetInfo, Uid};
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
    pub semid: Semid,
    #[serde(flatten)]
    pub shape: SetShape,
    pub cuid: Uid,
    /// The creator's name.
    pub cuser: Option<Text>,
    /// The creator's group.
    pub cgid: Gid,
    /// The creator's group's name.
    pub cgroup: Option<Text>,
    /// The last operation; None if there was none yet.
    pub otime: Option<Timestamp>,
    /// When the set was created or last changed.
    pub ctime: Option<Timestamp>,
}

/// What `create` can set of a set, and `create --replace` can change.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SetShape {
    pub nsems: u32,
    #[serde(serialize_with = "as_text")]
    pub mode: Octal,
    pub uid: Uid,
    /// The owner's name.
    pub user: Option<Text>,
    pub gid: Gid,
    /// The group's name.
    pub group: Option<Text>,
}

impl SetHeader {
    /// The set of `info`, with those of the names that are known.
    pub(crate) fn of(info: &SetInfo, names: &AccountNames) -> Self {
        let Permissions { uid, gid, cuid, cgid, mode } = info.permissions;
        Self {
            key: info.key.raw(),
            key_hex: Hex(info.key.raw()),
            semid: info.semid,
            shape: SetShape::of(info.nsems, mode, (uid, gid), names),
            cuid,
            cuser: names.user(cuid).cloned(),
            cgid,
            cgroup: names.group(cgid).cloned(),
            otime: info.otime,
            ctime: info.ctime,
        }
    }
}

impl SetShape {
    /// With those of the names that are known.
    pub(crate) fn of(nsems: u32, mode: u16, (uid, gid): (Uid, Gid), names: &AccountNames) -> Self {
        let (user, group) = (names.user(uid).cloned(), names.group(gid).cloned());
        Self { nsems, mode: Octal(mode), uid, user, gid, group }
    }

    /// The owner's name and number.
    pub(crate) fn owner(&self) -> String {
        named(self.user.as_ref(), self.uid)
    }
}

impl fmt::Display for SetShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { nsems, mode, gid, group, .. } = self;
        let (owner, group) = (self.owner(), named(group.as_ref(), *gid));
        write!(f, "{nsems} semaphores, mode {mode}, owner {owner}, group {group}")
    }
}

/// Which set it is, in a part of a line.
impl fmt::Display for SetHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { semid, key, key_hex, shape, .. } = self;
        write!(f, "semid {semid}, ")?;
        match key {
            0 => f.write_str("no key, ")?,
            _ => write!(f, "key {key} ({key_hex}), ")?,
        }
        let semaphores = counted(shape.nsems, "semaphore");
        write!(f, "{semaphores}, owner {}", shape.owner())
    }
}

/// A key that is written in hexadecimal. Not a string, to save two for each of many sets.
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
