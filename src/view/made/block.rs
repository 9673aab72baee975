//! A block, its slots and sessions, and who has and waits for its locks.

use jiff::Timestamp;

use super::Maker;
use crate::judge::WaitReason;
use crate::system::Pid;
use crate::sysv::Semid;
use crate::view::{
    BlockHeader, BlockSummary, BusyHolder, BusyReport, BusySlot, Deadlock, HolderReport, Link,
    PersistentFor, SessionNames, SessionReport, SlotReport, SlotState, StatusReport, WaiterReport,
};

/// A slot in this state. Nothing else about it is known.
pub(crate) fn slot(slot: u16, state: SlotState) -> SlotReport {
    SlotReport {
        slot,
        state,
        readers: 0,
        writer: false,
        persistent: 0,
        waiting: 0,
        sempid: None,
        command: None,
        started: None,
        since: None,
        holders: Some(Vec::new()),
        waiters: Some(Vec::new()),
        sessions: None,
    }
}

/// A process that has a lock in this mode. Nothing else about it is known.
pub(crate) fn holder(pid: Pid, mode: &'static str) -> HolderReport {
    HolderReport {
        pid,
        owner: None,
        is_for_elsewhere: false,
        mode,
        command: None,
        sessions: Vec::new(),
        since: None,
    }
}

/// A process that has waited for a write lock since then.
pub(crate) fn waiter(pid: Pid, since: Option<Timestamp>) -> WaiterReport {
    WaiterReport {
        pid,
        owner: None,
        is_for_elsewhere: false,
        wants: Some("write"),
        command: None,
        since,
        unread: None,
    }
}

impl Maker<'_> {
    pub(crate) fn holder(&mut self) -> HolderReport {
        HolderReport {
            pid: self.pid(),
            owner: self.maybe(Self::pid),
            is_for_elsewhere: self.rng.u8(..) == 0,
            mode: self.one_of(&["read", "write"]),
            command: self.command(),
            sessions: self.some(3, Self::text),
            since: self.time(),
        }
    }

    pub(crate) fn waiter(&mut self) -> WaiterReport {
        WaiterReport {
            pid: self.pid(),
            owner: self.maybe(Self::pid),
            is_for_elsewhere: self.rng.u8(..) == 0,
            wants: Some("read"),
            command: self.command(),
            since: self.time(),
            unread: None,
        }
    }

    pub(crate) fn slot(&mut self) -> SlotReport {
        SlotReport {
            slot: self.rng.u16(..100),
            state: self.one_of(&SlotState::ALL),
            readers: self.rng.i32(..3).max(0),
            writer: self.rng.bool(),
            persistent: 0,
            waiting: self.rng.i32(0..3),
            sempid: self.maybe(|maker| maker.pid().raw()),
            command: self.command(),
            started: self.time(),
            since: self.time(),
            holders: Some(self.some(2, Self::holder)),
            waiters: self.maybe(|maker| maker.some(2, Self::waiter)),
            sessions: self.maybe(|maker| maker.some(9, Self::text)),
        }
    }

    /// What a `lock` says of the slots that it found locked.
    pub(crate) fn busy(&mut self) -> BusyReport {
        let holder = |maker: &mut Self| BusyHolder {
            slot: 3,
            pid: maker.pid(),
            owner: maker.maybe(Self::pid),
            mode: "read",
            command: maker.command(),
            started: maker.time(),
        };
        let slot = BusySlot { slot: 3, readers: 1, writer: false, persistent: 0 };
        let block = self.summary();
        BusyReport { block, slots: vec![slot], holders: self.some(3, holder) }
    }

    fn summary(&mut self) -> BlockSummary {
        let (key, nsems, slots, effective_slots) = (self.rng.i32(..), 34, 17, 17);
        let (key_hex, semid) = (self.string(), Semid::new(1));
        BlockSummary { key, key_hex, semid, nsems, slots, effective_slots }
    }

    pub(crate) fn link(&mut self) -> Link {
        let reasons = [WaitReason::Slot(1), WaitReason::Owner, WaitReason::Child];
        Link {
            pid: self.pid(),
            command: self.command(),
            reason: self.one_of(&reasons),
            is_semlocks: false,
        }
    }

    pub(crate) fn session(&mut self) -> SessionReport {
        SessionReport {
            session: self.string(),
            slot: 3,
            state: self.one_of(&SlotState::ALL),
            persistent_for: self.maybe(|_| PersistentFor::Slot),
            shares_with: self.strings(),
        }
    }

    /// With so many slots at most: a table of more than 200 lines is drawn in another way.
    pub(crate) fn block(&mut self, slots: usize) -> StatusReport {
        let mut slots = self.some(slots, Self::slot);
        slots.sort_by_key(|slot| slot.slot);
        slots.dedup_by_key(|slot| slot.slot);
        StatusReport {
            schema: 1,
            time: Timestamp::UNIX_EPOCH,
            block: BlockHeader {
                set: self.header(),
                slots: 100,
                effective_slots: 1,
                ipc_namespace: self.maybe(Self::string),
            },
            slots: Some(slots),
            deadlocks: self.maybe(|maker| vec![Deadlock(vec![maker.link(), maker.link()])]),
            sessions: self.maybe(|maker| maker.some(3, Self::session)),
            session_names: self.maybe(|_| SessionNames { total: 4, without_slot: 1 }),
            unseen: self.strings(),
            findings: self.findings(),
        }
    }
}
