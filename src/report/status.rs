//! What `semlock status` shows of a block.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

/// A block, its slots and the sessions asked for. What is unknown is None.
#[derive(Clone, Debug, Serialize)]
pub struct StatusReport {
    /// The version of this document's form: 1.
    pub schema: u32,
    /// The set as a whole.
    pub block: BlockHeader,
    /// The slots listed.
    pub slots: Vec<SlotReport>,
    /// Circles of processes that wait for each other.
    pub deadlocks: Option<Vec<Vec<i32>>>,
    /// Where the sessions fall that were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions: Option<Vec<SessionReport>>,
}

/// The header of a block.
#[derive(Clone, Debug, Serialize)]
pub struct BlockHeader {
    /// The key; 0 for a private set.
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
    /// Permissions, octal with a leading 0.
    pub mode: String,
    /// The owner.
    pub uid: u32,
    /// The owner's name.
    pub user: Option<String>,
    /// The group.
    pub gid: u32,
    /// The group's name.
    pub group: Option<String>,
    /// The creator.
    pub cuid: u32,
    /// The creator's group.
    pub cgid: u32,
    /// The last operation; None if there was none yet.
    pub otime: Option<Timestamp>,
    /// When the set was made, or its owner or mode last changed.
    pub ctime: Option<Timestamp>,
    /// The IPC namespace that it is in.
    pub ipc_namespace: Option<String>,
}

/// One slot.
#[derive(Clone, Debug, Serialize)]
pub struct SlotReport {
    /// Its number.
    pub slot: u16,
    /// What all the rest adds up to.
    pub state: State,
    /// How many readers are in.
    pub readers: i32,
    /// Whether the writer flag is raised.
    pub writer: bool,
    /// How many of these locks stay until somebody unlocks them, without a process.
    pub persistent: i32,
    /// How many processes wait.
    pub waiting: i32,
    /// The last process that worked on the raised semaphore; 0 for one of
    /// another pid namespace, None if there was none.
    pub sempid: Option<i32>,
    /// That process's command line, if it lives.
    pub command: Option<String>,
    /// Since when it is in this state.
    pub since: Option<Timestamp>,
    /// Who has it, as far as that can be proven; None where it cannot.
    pub holders: Option<Vec<Holder>>,
    /// Who waits; None where that cannot be seen.
    pub waiters: Option<Vec<Waiter>>,
}

/// A process that has a slot.
#[derive(Clone, Debug, Serialize)]
pub struct Holder {
    /// Its pid.
    pub pid: i32,
    /// The process that it keeps the lock for.
    pub owner: Option<i32>,
    /// `read` or `write`.
    pub mode: &'static str,
    /// Its command line.
    pub command: Option<String>,
}

/// A process that waits for a slot.
#[derive(Clone, Debug, Serialize)]
pub struct Waiter {
    /// Its pid.
    pub pid: i32,
    /// `read` or `write`.
    pub wants: Option<&'static str>,
    /// Its command line.
    pub command: Option<String>,
}

/// Where a session falls.
#[derive(Clone, Debug, Serialize)]
pub struct SessionReport {
    /// The session id; bytes that are no UTF-8 are replaced.
    pub session: String,
    /// Its slot.
    pub slot: u16,
    /// The state of that slot.
    pub state: State,
}

/// The state of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nobody has it.
    Free,
    /// Readers are in.
    Read,
    /// A writer is in.
    Write,
    /// A writer waits for the last readers to leave and lets no more in.
    Draining,
    /// A writer that has ended left its flag raised.
    Abandoned,
    /// It is locked for writing, and whether the writer lives cannot be told.
    Unknown,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}
