//! What `semlock status` shows of a block.

use jiff::Timestamp;
use nix::errno::Errno;
use serde::Serialize;

use crate::system::{Pid, Text};
use crate::view::SlotState;
use crate::view::{Deadlock, Finding, SetHeader};

/// A block, its slots and the sessions asked for. What is unknown is None.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct StatusReport {
    pub schema: u32,
    /// When the block was looked at.
    pub time: Timestamp,
    pub block: BlockHeader,
    pub slots: Option<Vec<SlotReport>>,
    /// Cycles of processes that wait for each other; None if there may be
    /// some that cannot be seen.
    pub deadlocks: Option<Vec<Deadlock>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions: Option<Vec<SessionReport>>,
    /// How many session names `--sessions` found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_names: Option<SessionNames>,
    /// What could not be looked at, in words.
    #[serde(skip)]
    pub unseen: Vec<String>,
    /// What is wrong, the most urgent first.
    pub findings: Vec<Finding>,
}

/// The session names that `--sessions` found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct SessionNames {
    /// How many.
    pub total: u32,
    /// How many of them have no slot: they are too long.
    pub without_slot: u32,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct BlockHeader {
    #[serde(flatten)]
    pub set: SetHeader,
    /// How many slots: half of `nsems`.
    pub slots: u16,
    /// How many of the slots session ids of 13 bytes and more can fall on.
    pub effective_slots: u16,
    pub ipc_namespace: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct SlotReport {
    pub slot: u16,
    pub state: SlotState,
    pub readers: i32,
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
    /// When it was locked, if that can be proven.
    pub since: Option<Timestamp>,
    /// The processes that have it, as far as that can be proven; None if none can.
    pub holders: Option<Vec<HolderReport>>,
    /// The processes that wait; None if none can be seen.
    pub waiters: Option<Vec<WaiterReport>>,
    /// Which of the session names fall on it, if `--sessions` was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions: Option<Vec<Text>>,
}

impl SlotReport {
    /// Whether it is locked, or a process waits for it.
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
pub(crate) struct HolderReport {
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
    /// The session ids that semlock took it for.
    pub sessions: Vec<Text>,
    /// When it got it, if that can be proven.
    pub since: Option<Timestamp>,
}

impl HolderReport {
    /// The process that the lock is for.
    pub(crate) fn whose(&self) -> Pid {
        self.owner.unwrap_or(self.pid)
    }
}

/// A process that waits for a slot.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct WaiterReport {
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
    /// It has waited since then at least; None if that cannot be read.
    pub since: Option<Timestamp>,
    /// Why that cannot be read.
    #[serde(skip)]
    pub unread: Option<Errno>,
}

impl WaiterReport {
    /// The process that the lock will be for.
    pub(crate) fn whose(&self) -> Pid {
        self.owner.unwrap_or(self.pid)
    }
}

/// The slot that a session falls on.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SessionReport {
    /// The session id; bytes that are no UTF-8 are replaced.
    pub session: String,
    pub slot: u16,
    pub state: SlotState,
    /// What the persistent lock there was taken for; None if there is none, or it is a read
    /// lock.
    pub persistent_for: Option<PersistentFor>,
    /// Which of the other sessions asked for fall on the same slot.
    pub shares_with: Vec<String>,
}

/// What a persistent write lock was taken for, seen from a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PersistentFor {
    /// For this session, perhaps together with others that were asked for.
    Session,
    /// For another session, or together with one that was not asked for.
    Other,
    /// For the slot.
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
