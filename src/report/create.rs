//! What `semlock create` says it made.

use serde::Serialize;

/// The answer of `semlock create`.
#[derive(Clone, Debug, Serialize)]
pub struct CreateReport {
    /// The version of this document's form: 1.
    pub schema: u32,
    /// The block.
    pub block: BlockSummary,
    /// What to expect of it later.
    pub notes: Vec<String>,
}

/// What a block is.
#[derive(Clone, Debug, Serialize)]
pub struct BlockSummary {
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
