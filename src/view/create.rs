//! What `semlock create` says it created.

use std::fmt;

use serde::Serialize;

use super::Octal;
use super::set::as_text;
use crate::session::BlockSpec;
use crate::system::Text;
use crate::system::accounts::AccountNames;
use crate::words::named;

/// The answer of `semlock create`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CreateReport {
    /// The version of this document's form: 1.
    pub schema: u32,
    /// The block.
    pub block: BlockSummary,
    /// Whether it was created now.
    pub created: bool,
    /// What was there before, if that was replaced.
    pub replaced: Option<ReplacedBlock>,
    /// What to expect of it later.
    pub notes: Vec<String>,
}

/// What a block is.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct BlockSummary {
    /// The key.
    pub key: i32,
    /// The key as ipcs(1) shows it.
    pub key_hex: String,
    /// The id that the kernel gave the set.
    pub semid: i32,
    /// How many semaphores.
    pub nsems: u16,
    /// How many slots: half of `nsems`.
    pub slots: u16,
    /// How many of the slots session ids of 13 bytes and more can fall on.
    pub effective_slots: u16,
}

/// A block that was replaced.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ReplacedBlock {
    /// The id that it had.
    pub semid: i32,
    /// What it was like.
    pub from: BlockShape,
    /// What is there now.
    pub to: BlockShape,
}

/// What `--nsems`, `--mode` and `--owner` say of a block.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct BlockShape {
    /// How many semaphores.
    pub nsems: u16,
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
}

impl BlockShape {
    /// The same with those of the names that are known.
    pub(crate) fn of(spec: BlockSpec, names: &AccountNames) -> Self {
        let BlockSpec { nsems, uid, gid, mode } = spec;
        let (user, group) = (names.user(uid).cloned(), names.group(gid).cloned());
        Self { nsems, mode: Octal(mode), uid, user, gid, group }
    }
}

/// In one line.
impl fmt::Display for ReplacedBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "replaced semid {}: {} -> {}", self.semid, self.from, self.to)
    }
}

impl fmt::Display for BlockShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (user, group) =
            (named(self.user.as_ref(), self.uid), named(self.group.as_ref(), self.gid));
        write!(f, "{} semaphores, mode {}, owner {user}, group {group}", self.nsems, self.mode)
    }
}
