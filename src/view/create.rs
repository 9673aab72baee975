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

/// Which block it is, and its size: the fields of the same names in `BlockHeader`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct BlockSummary {
    pub key: i32,
    pub key_hex: String,
    pub semid: Semid,
    pub nsems: u16,
    pub slots: u16,
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
