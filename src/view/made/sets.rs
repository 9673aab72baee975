//! Sets of any program, and their removal.

use jiff::Timestamp;

use super::Maker;
use crate::judge::{Rule, Verdict};
use crate::sysv::Uid;
use crate::view::{
    JudgedSet, LimitsReport, LocatedSet, NamespaceReport, OwnerReport, RemoveReason, RemoveReport,
    SemaphoreReport, SemaphoresReport, SetReport, SetWaiter, SetsOverview, SetsReport,
    SummaryReport,
};

impl Maker<'_> {
    pub(crate) fn semaphores(&mut self) -> SemaphoresReport {
        let semaphore = |maker: &mut Self| SemaphoreReport {
            semnum: maker.rng.u32(..99),
            semval: maker.rng.u16(..2),
            semncnt: 0,
            semzcnt: 0,
            sempid: 7,
            command: maker.command(),
        };
        let waiter = |maker: &mut Self| SetWaiter {
            pid: maker.pid(),
            command: maker.command(),
            operations: None,
            waits_for: None,
        };
        SemaphoresReport {
            schema: 1,
            time: Timestamp::UNIX_EPOCH,
            set: LocatedSet { set: self.header(), ipc_namespace: self.maybe(Self::string) },
            not_a_block: self.maybe(Self::string),
            semaphores: Some(self.some(9, semaphore)),
            waiting: Some(3),
            waiters: Some(self.some(3, waiter)),
            verdict: self.one_of(&Verdict::ALL),
            evidence: self.strings(),
            kept_by: self.some(2, Self::pid),
            findings: self.findings(),
        }
    }

    pub(crate) fn set(&mut self) -> SetReport {
        SetReport {
            ipc_namespace: self.maybe(Self::string),
            set: self.header(),
            sempid: None,
            program: self.command(),
            waiting: None,
            verdict: self.one_of(&Verdict::ALL),
            evidence: self.strings(),
            kept_by: self.some(2, Self::pid),
        }
    }

    pub(crate) fn sets(&mut self, most: usize) -> SetsReport {
        let summary = |maker: &mut Self| SummaryReport {
            uid: Uid::new(3),
            user: maker.command(),
            program: maker.command(),
            sets: 1,
            semaphores: 2,
            orphaned: None,
        };
        let owner = |maker: &mut Self| OwnerReport {
            uid: Uid::new(maker.rng.u32(..)),
            user: maker.command(),
            sets: 1,
            semaphores: 2,
        };
        let namespace = |maker: &mut Self| NamespaceReport {
            ipc_namespace: maker.string(),
            pid: maker.pid(),
            command: maker.command(),
            limits: Some(LimitsReport::default()),
        };
        SetsReport {
            schema: 1,
            time: Timestamp::UNIX_EPOCH,
            limits: LimitsReport::default(),
            sets: self.some(most, Self::set),
            overview: SetsOverview {
                summary: self.some(12, summary),
                owners: self.some(5, owner),
                namespaces: self.maybe(|maker| maker.some(3, namespace)),
                notes: self.strings(),
                findings: self.findings(),
            },
        }
    }

    pub(crate) fn removal(&mut self) -> RemoveReport {
        let judged = |maker: &mut Self| {
            let by = maker.string();
            let rules = [Rule::MayBeUsed(maker.pid()), Rule::UsedLast(maker.pid()), Rule::Awaited];
            let (rule, failed) = (maker.one_of(&rules), maker.string());
            let by_rule = RemoveReason::Rule { rule, by, without_them: Rule::Orphaned };
            JudgedSet {
                set: maker.header(),
                program: maker.command(),
                verdict: maker.one_of(&Verdict::ALL),
                evidence: maker.strings(),
                kept_by: maker.some(2, Self::pid),
                reason: maker.maybe(|_| by_rule).unwrap_or(RemoveReason::Failed(failed)),
            }
        };
        RemoveReport {
            schema: 1,
            dry_run: self.rng.bool(),
            removed: self.some(3, judged),
            kept: self.some(3, judged),
            notes: self.strings(),
        }
    }
}
