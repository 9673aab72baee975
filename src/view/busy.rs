//! What `semlock lock` says of slots that are locked.

use jiff::Timestamp;
use serde::Serialize;

use super::BlockSummary;
use crate::system::{Pid, Text};

/// What programs get with the error of a `lock` that found its slots locked.
#[derive(Serialize)]
pub(crate) struct BusyReport {
    pub block: BlockSummary,
    pub slots: Vec<BusySlot>,
    pub holders: Vec<BusyHolder>,
}

#[derive(Serialize)]
pub(crate) struct BusySlot {
    pub slot: u16,
    pub readers: i32,
    pub writer: bool,
    pub persistent: i32,
}

#[derive(Serialize)]
pub(crate) struct BusyHolder {
    pub slot: u16,
    pub pid: Pid,
    pub owner: Option<Pid>,
    pub mode: &'static str,
    /// The command line of the process that the lock is for.
    pub command: Option<Text>,
    /// When the process `pid` started, which is not later than its lock.
    pub started: Option<Timestamp>,
}
