//! What `semlock status` shows of a block.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::system::{Pid, Text};
use crate::view::{Deadlock, Finding, SessionNames, SetHeader};

/// A block, its slots and the sessions asked for. What is unknown is None.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct StatusReport {
    /// The version of this document's form: 1.
    pub schema: u32,
    /// When the block was looked at.
    pub time: Timestamp,
    /// The set as a whole.
    pub block: BlockHeader,
    /// The slots listed; None if they may not be read.
    pub slots: Option<Vec<SlotReport>>,
    /// Cycles of processes that wait for each other; None if there may be
    /// some that cannot be seen.
    pub deadlocks: Option<Vec<Deadlock>>,
    /// Where the sessions fall that were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions: Option<Vec<SessionReport>>,
    /// How many names there are of which it was found out where they fall.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_names: Option<SessionNames>,
    /// What could not be looked at, in words.
    #[serde(skip)]
    pub unseen: Vec<String>,
    /// What is wrong, the most urgent first.
    pub findings: Vec<Finding>,
}

/// The header of a block.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct BlockHeader {
    /// What it is as a set.
    #[serde(flatten)]
    pub set: SetHeader,
    /// How many slots: half of `nsems`.
    pub slots: u16,
    /// How many of the slots session ids of 13 bytes and more can fall on.
    pub effective_slots: u16,
    /// The IPC namespace that it is in.
    pub ipc_namespace: Option<String>,
}

/// One slot.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SlotReport {
    /// Its number.
    pub slot: u16,
    /// What all the rest adds up to.
    pub state: SlotState,
    /// How many readers are in.
    pub readers: i32,
    /// Whether the writer flag is raised.
    pub writer: bool,
    /// How many of these locks stay until somebody unlocks them, without a process.
    pub persistent: i32,
    /// How many processes wait.
    pub waiting: i32,
    /// The last process that worked on the raised semaphore; 0 for one of
    /// another pid namespace, None for a free slot.
    pub sempid: Option<i32>,
    /// That process's command line, if it lives.
    pub command: Option<Text>,
    /// When that process started, if it lives.
    pub started: Option<Timestamp>,
    /// Since when it is locked, where that can be proven.
    pub since: Option<Timestamp>,
    /// Who has it, as far as that can be proven; None where it cannot.
    pub holders: Option<Vec<Holder>>,
    /// Who waits; None where that cannot be seen.
    pub waiters: Option<Vec<Waiter>>,
    /// Which of the session names fall on it, where some were named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions: Option<Vec<Text>>,
}

impl SlotReport {
    /// Whether somebody has the slot or waits for it.
    pub(crate) fn is_used(&self) -> bool {
        self.state != SlotState::Free || self.waiting > 0
    }

    /// How many readers are counted and cannot be named. Persistent locks belong to no
    /// process.
    pub(crate) fn unnamed_readers(&self) -> i32 {
        let named = self.holders.iter().flatten().filter(|holder| holder.mode == "read").count();
        let writer = self.writer && self.state == SlotState::Persistent;
        let persistent = (self.persistent - i32::from(writer)).max(0);
        (self.readers - persistent - number(named)).max(0)
    }

    /// How many waiting processes are counted and cannot be named.
    pub(crate) fn unnamed_waiters(&self) -> i32 {
        let named = self.waiters.as_deref().unwrap_or_default().len();
        (self.waiting - number(named)).max(0)
    }
}

fn number(named: usize) -> i32 {
    i32::try_from(named).unwrap_or(i32::MAX)
}

/// A process that has a slot.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Holder {
    /// Its pid.
    pub pid: Pid,
    /// The process that it keeps the lock for.
    pub owner: Option<Pid>,
    /// Whether it keeps the lock for a process of another pid namespace that is not found.
    #[serde(skip)]
    pub is_for_elsewhere: bool,
    /// `read` or `write`.
    pub mode: &'static str,
    /// The command line of the process that the lock is for: of the owner, if there is
    /// one.
    pub command: Option<Text>,
    /// The session ids that it was taken for, as semlock says that took it.
    pub sessions: Vec<Text>,
    /// Since when it has it, where that can be proven.
    pub since: Option<Timestamp>,
}

impl Holder {
    /// The process whose lock it is.
    pub(crate) fn whose(&self) -> Pid {
        self.owner.unwrap_or(self.pid)
    }
}

/// A process that waits for a slot.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Waiter {
    /// Its pid.
    pub pid: Pid,
    /// The process that it is to keep the lock for.
    pub owner: Option<Pid>,
    /// Whether that is a process of another pid namespace that is not found.
    #[serde(skip)]
    pub is_for_elsewhere: bool,
    /// `read` or `write`.
    pub wants: Option<&'static str>,
    /// The command line of the process that the lock is for, as that of a holder.
    pub command: Option<Text>,
    /// Since when it has been waiting at least; None if that cannot be read.
    pub since: Option<Timestamp>,
}

impl Waiter {
    /// The process whose lock it is to be.
    pub(crate) fn whose(&self) -> Pid {
        self.owner.unwrap_or(self.pid)
    }
}

/// Where a session falls.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SessionReport {
    /// The session id; bytes that are no UTF-8 are replaced.
    pub session: String,
    /// Its slot.
    pub slot: u16,
    /// The state of that slot.
    pub state: SlotState,
    /// What the persistent lock there was taken for; None if there is none, or the
    /// readers' count does not tell.
    pub persistent_for: Option<PersistentFor>,
    /// Which of the other sessions asked for fall on the same slot.
    pub shares_with: Vec<String>,
}

/// What a persistent write lock was taken for, seen from a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PersistentFor {
    /// For this session, be it together with others that were asked for.
    Session,
    /// For another session, or together with one that was not asked for.
    Other,
    /// For the slot, whatever falls on it.
    Slot,
}

impl PersistentFor {
    /// What people read.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Session => "this session",
            Self::Other => "another session",
            Self::Slot => "the slot",
        }
    }
}

/// The state of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlotState {
    /// Nobody has it.
    Free,
    /// Readers are in.
    Read,
    /// A writer is in.
    Write,
    /// A writer waits for the last readers to leave and lets no more in.
    Draining,
    /// Without a process it stays locked until it is unlocked; readers may be in as well.
    Persistent,
    /// A writer that has ended left its flag raised.
    Abandoned,
    /// It is locked for writing, and whether the writer lives cannot be told.
    Unknown,
}

impl SlotState {
    /// The word for it, as in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Read => "read",
            Self::Write => "write",
            Self::Draining => "draining",
            Self::Persistent => "persistent",
            Self::Abandoned => "abandoned",
            Self::Unknown => "unknown",
        }
    }
}

impl Serialize for SlotState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
