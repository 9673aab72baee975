//! What `semlock status --all` shows of every set.

use jiff::Timestamp;
use serde::Serialize;

use crate::judge::Verdict;
use crate::system::{Pid, Text};
use crate::sysv::{HIGHEST_VALUE, Limits, Uid, Usage};
use crate::view::{Finding, SetHeader};

/// The sets of a namespace, or of several, and how much of the limits they use. The sets, and
/// what follows from them, can be made while the report is written.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SetsReport<S = Vec<SetReport>, O = SetsOverview> {
    pub schema: u32,
    /// When they were looked at.
    pub time: Timestamp,
    /// The limits of the namespace that semlock was started in.
    pub limits: LimitsReport,
    pub sets: S,
    #[serde(flatten)]
    pub overview: O,
}

/// What follows from all the sets together.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SetsOverview {
    /// The sets asked for, by owner and program.
    pub summary: Vec<SummaryReport>,
    /// The owners that have most, in order.
    pub owners: Vec<OwnerReport>,
    /// Every namespace that was found, where several were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<Vec<NamespaceReport>>,
    /// What else is to be known.
    pub notes: Vec<String>,
    /// What is wrong, the most urgent first.
    pub findings: Vec<Finding>,
}

/// Limits, and how much of them is in use; None if the system does not say.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct LimitsReport {
    pub semmni: Option<u32>,
    pub semmns: Option<u32>,
    /// Semaphores in one set.
    pub semmsl: Option<u32>,
    /// Operations in one call.
    pub semopm: Option<u32>,
    /// The value of a semaphore.
    pub semvmx: Option<u32>,
    /// Sets that there are.
    pub sets_used: u32,
    /// Semaphores that there are.
    pub semaphores_used: u32,
}

impl LimitsReport {
    pub(crate) fn of(limits: Option<Limits>, used: Usage) -> Self {
        Self {
            semmni: limits.map(|limits| limits.semmni),
            semmns: limits.map(|limits| limits.semmns),
            semmsl: limits.map(|limits| limits.semmsl),
            semopm: limits.map(|limits| limits.semopm),
            semvmx: Some(HIGHEST_VALUE.into()),
            sets_used: used.sets,
            semaphores_used: used.semaphores,
        }
    }
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct SetReport {
    /// The namespace that it is in, where several were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipc_namespace: Option<String>,
    #[serde(flatten)]
    pub set: SetHeader,
    /// The last process that worked on one of its semaphores, if they name one alone; 0
    /// for one of another pid namespace.
    pub sempid: Option<i32>,
    /// The program that it is of; None where that is not certain.
    pub program: Option<Text>,
    /// How many processes wait; None if that may not be read.
    pub waiting: Option<u32>,
    pub verdict: Verdict,
    pub evidence: Vec<String>,
    pub kept_by: Vec<Pid>,
}

/// The sets of a user that are of one program.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SummaryReport {
    pub uid: Uid,
    /// The user's name.
    pub user: Option<Text>,
    /// The program; None for sets whose program is not certain.
    pub program: Option<Text>,
    pub sets: u32,
    pub semaphores: u32,
    /// How many of the sets are orphaned; None where that was not asked for.
    pub orphaned: Option<u32>,
}

/// How much of the limits a user's sets take.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct OwnerReport {
    pub uid: Uid,
    /// The user's name.
    pub user: Option<Text>,
    pub sets: u32,
    pub semaphores: u32,
}

/// An IPC namespace.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct NamespaceReport {
    /// Its name: namespaces(7).
    pub ipc_namespace: String,
    pub pid: Pid,
    pub command: Option<Text>,
    /// Its limits; None if it may not be entered.
    pub limits: Option<LimitsReport>,
}
