//! What is found wrong in blocks and sets that are made up.

mod sets;
mod waits;

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::{BlockContext, Finding};
use crate::system::Pid;
use crate::system::accounts::AccountNames;
use crate::sysv::{Gid, Key, Permissions, Semid, SetInfo, Uid};
use crate::view::made::{self, slot};
use crate::view::{
    BlockHeader, HolderReport, SetHeader, SlotReport, SlotState, StatusReport, WaiterReport,
};

/// When the block is looked at.
const NOW: i64 = 10_000;

pub(super) fn before(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(NOW - seconds).ok()
}

pub(super) fn pid(raw: i32) -> Pid {
    Pid::new(raw).unwrap()
}

pub(super) fn info(semid: i32, uid: u32, nsems: u32) -> SetInfo {
    let (uid, gid) = (Uid::new(uid), Gid::new(uid));
    SetInfo {
        key: Key::new(semid),
        semid: Semid::new(semid),
        nsems,
        permissions: Permissions { uid, gid, cuid: uid, cgid: gid, mode: 0o700 },
        otime: None,
        ctime: None,
    }
}

pub(super) fn context() -> BlockContext<'static> {
    BlockContext {
        info: info(5, Uid::own().raw(), 34),
        processes: None,
        waiting: BTreeSet::new(),
        hides_waiters: None,
        long_wait: Duration::from_secs(60),
        inside: None,
        own: BTreeSet::new(),
    }
}

pub(super) fn report(slots: Vec<SlotReport>) -> StatusReport {
    let set = SetHeader::of(&info(5, 33, 34), &AccountNames::default());
    StatusReport {
        schema: 1,
        time: Timestamp::from_second(NOW).unwrap(),
        block: BlockHeader { set, slots: 17, effective_slots: 17, ipc_namespace: None },
        slots: Some(slots),
        deadlocks: Some(Vec::new()),
        sessions: None,
        session_names: None,
        unseen: Vec::new(),
        findings: Vec::new(),
    }
}

pub(super) fn holder(raw: i32, mode: &'static str) -> HolderReport {
    made::holder(pid(raw), mode)
}

pub(super) fn waiter(raw: i32, since: Option<Timestamp>) -> WaiterReport {
    made::waiter(pid(raw), since)
}

pub(super) fn fixes(finding: &Finding) -> Vec<String> {
    finding.fix.iter().map(ToString::to_string).collect()
}

fn subjects(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.subject.as_str()).collect()
}
