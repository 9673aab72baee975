//! What `semlock create` says it created.

use std::fmt;

use serde::Serialize;

use super::SetShape;
use crate::sysv::Semid;

/// The answer of `semlock create`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CreateReport {
    pub schema: u32,
    pub block: BlockSummary,
    pub created: bool,
    /// What was there before, if that was replaced.
    pub replaced: Option<ReplacedBlock>,
    /// What to expect of it later.
    pub notes: Vec<String>,
}

/// What a block is.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct BlockSummary {
    pub key: i32,
    /// The key as ipcs(1) shows it.
    pub key_hex: String,
    /// The id that the kernel gave the set.
    pub semid: Semid,
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
    pub semid: Semid,
    /// What it was like.
    pub from: SetShape,
    /// What is there now.
    pub to: SetShape,
}

impl fmt::Display for ReplacedBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "replaced semid {}: {} -> {}", self.semid, self.from, self.to)
    }
}
