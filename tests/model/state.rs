//! The sets and the processes at one moment, and how the kernel answers a call.

use std::collections::BTreeSet;

use nix::errno::Errno;

use crate::kernel::{Process, Reply, Set, Woken, pid};
use crate::replay::{Belief, Call, Lock};
use crate::sysv::{SEMMSL, Wait};

/// A process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Running {
    /// What it has got from its calls so far.
    pub replies: Vec<Reply>,
    /// The call that has no reply yet; None if the process has ended.
    pub next: Option<Call>,
    pub has: Option<Lock>,
    /// What it has left in the block for sessions.
    pub left: Vec<(Lock, &'static str)>,
    /// Whom it has seen waiting since its last operation; None if it has not looked.
    pub saw: Option<BTreeSet<Process>>,
    /// Whether it ended while another process was asking who has ended.
    pub is_recent: bool,
}

/// The sets and the processes at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// By semid; None if it was removed.
    pub sets: Vec<Option<Set>>,
    /// The semid of the set at the key.
    pub at_key: Option<usize>,
    pub processes: Vec<Running>,
    /// How many processes have been killed.
    pub kills: usize,
    /// Whether a block was removed while a process had, or had left, a lock, or was seen to wait.
    pub removed_in_use: bool,
    pub cycle: Option<Box<Cycle>>,
}

/// Where a cycle begins, and who has done something since.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cycle {
    pub start: State,
    pub moved: Vec<bool>,
}

impl State {
    /// An empty block at the key, and no process.
    pub fn with_block(nsems: u16) -> Self {
        Self {
            sets: vec![Some(Set::new(nsems))],
            at_key: Some(0),
            processes: Vec::new(),
            kills: 0,
            removed_in_use: false,
            cycle: None,
        }
    }

    /// The reply to a call, None if the process has to wait, and who else has a reply now.
    pub fn answer(&mut self, process: Process, call: Call) -> (Option<Reply>, Vec<Woken>) {
        let nothing = Vec::new();
        self.note_look(process, &call);
        match call {
            Call::Open { or_create } => (Some(self.open(or_create)), nothing),
            Call::Create(nsems) => (Some(self.create(nsems)), nothing),
            Call::Work | Call::Rest => (Some(Reply::Done), nothing),
            Call::HasEnded(other) => (Some(Reply::Number(self.has_ended(other).into())), nothing),
            Call::Believe(_) | Call::Size(_) => unreachable!("it takes no time"),
            Call::Remove(semid) => self.remove(process, semid),
            Call::Operate(semid, ops, wait) => match &mut self.sets[semid] {
                Some(set) => set.operate(process, &ops, wait != Wait::Not),
                None => (Some(Reply::failed(Errno::EINVAL)), nothing),
            },
            Call::Reset(semid, semnum) => match &mut self.sets[semid] {
                Some(set) => (Some(Reply::Done), set.set_value(process, semnum, 0)),
                None => (Some(Reply::failed(Errno::EINVAL)), nothing),
            },
            Call::Values(semid) => (Some(self.read(semid, Reply::Values)), nothing),
            Call::Value(semid, n) => (Some(self.number(semid, |set| set.value(n))), nothing),
            Call::Pid(semid, n) => (Some(self.number(semid, |set| set.pid(n))), nothing),
            Call::Ncnt(semid, n) => (Some(self.number(semid, |set| set.waiting(n).0)), nothing),
            Call::Zcnt(semid, n) => (Some(self.number(semid, |set| set.waiting(n).1)), nothing),
        }
    }

    fn note_look(&mut self, process: Process, call: &Call) {
        let saw = &mut self.processes[process].saw;
        let (semid, semnum) = match *call {
            Call::Operate(..) => {
                *saw = None;
                return;
            }
            Call::Ncnt(semid, semnum) | Call::Zcnt(semid, semnum) => (semid, semnum),
            _ => return,
        };
        let waiters = self.sets[semid].iter().flat_map(|set| set.waiters_for(semnum));
        saw.get_or_insert_default().extend(waiters);
    }

    pub fn size(&self, semid: usize) -> Reply {
        self.number(semid, |set| set.nsems().into())
    }

    fn is_smaller(&self, semid: usize, nsems: u16) -> bool {
        self.sets[semid].as_ref().is_some_and(|set| set.nsems() < nsems)
    }

    fn read(&self, semid: usize, reply: impl Fn(Vec<u16>) -> Reply) -> Reply {
        match &self.sets[semid] {
            Some(set) => reply(set.all_values()),
            None => Reply::failed(Errno::EINVAL),
        }
    }

    fn number(&self, semid: usize, of: impl Fn(&Set) -> i32) -> Reply {
        let set = self.sets[semid].as_ref();
        set.map_or(Reply::failed(Errno::EINVAL), |set| Reply::Number(of(set)))
    }

    fn open(&mut self, or_create: Option<u16>) -> Reply {
        match (self.at_key, or_create) {
            (Some(semid), Some(nsems)) if self.is_smaller(semid, nsems) => {
                Reply::failed(Errno::EINVAL)
            }
            (Some(semid), _) => Reply::Number(i32::try_from(semid).expect("there are few sets")),
            (None, Some(nsems)) => self.create(nsems),
            (None, None) => Reply::failed(Errno::ENOENT),
        }
    }

    fn create(&mut self, nsems: u16) -> Reply {
        if self.at_key.is_some() {
            return Reply::failed(Errno::EEXIST);
        }
        if nsems > SEMMSL {
            return Reply::failed(Errno::EINVAL);
        }
        self.sets.push(Some(Set::new(nsems)));
        self.at_key = Some(self.sets.len() - 1);
        self.open(None)
    }

    fn remove(&mut self, process: Process, semid: usize) -> (Option<Reply>, Vec<Woken>) {
        let Some(set) = self.sets[semid].take() else {
            return (Some(Reply::failed(Errno::EINVAL)), Vec::new());
        };
        // Without locks of its own, it removes the block by force.
        let is_cut_off = match self.processes[process].saw.take() {
            Some(saw) => saw.iter().any(|&other| set.waits(other)),
            None => set.has_undo_of(process),
        };
        let others = self.processes.iter().enumerate();
        self.removed_in_use |= is_cut_off;
        self.removed_in_use |= others
            .filter(|&(other, _)| other != process)
            .any(|(_, other)| other.has.is_some() || !other.left.is_empty());
        self.at_key = self.at_key.filter(|&there| there != semid);
        (Some(Reply::Done), set.remove())
    }

    pub fn leave(&mut self, process: Process) {
        for set in self.sets.iter_mut().flatten() {
            set.leave(process);
        }
    }

    pub fn waits(&self, process: Process) -> bool {
        self.sets.iter().flatten().any(|set| set.waits(process))
    }

    pub fn has_ended(&self, wanted: i32) -> bool {
        let mut processes = self.processes.iter().enumerate();
        processes.all(|(process, running)| pid(process) != wanted || running.next.is_none())
    }

    /// Whether it is as it was at the start of the cycle, and everybody who could do
    /// something then has done something.
    pub fn is_back(&self) -> bool {
        let Some(cycle) = &self.cycle else { return false };
        let mut processes = 0..self.processes.len();
        let is_back = (&self.sets, &self.processes) == (&cycle.start.sets, &cycle.start.processes);
        is_back && processes.all(|process| cycle.moved[process] || cycle.start.waits(process))
    }

    /// Notes what a process takes for granted from now on.
    pub fn believe(&mut self, process: Process, belief: Belief) {
        let running = &mut self.processes[process];
        match belief {
            Belief::Has(lock) => running.has = Some(lock),
            Belief::HasNothing => running.has = None,
            Belief::Left(lock, session) => {
                running.has = None;
                running.left.push((lock, session));
            }
            Belief::TakenBack(slot, session) => {
                let of_session =
                    |(_, other): &&mut (Lock, _)| session.is_none_or(|session| session == *other);
                let left = self.processes.iter_mut().flat_map(|one| &mut one.left);
                left.filter(of_session).for_each(|(lock, _)| lock.slots.retain(|&one| one != slot));
                for one in &mut self.processes {
                    one.left.retain(|(lock, _)| !lock.slots.is_empty());
                }
            }
        }
    }
}
