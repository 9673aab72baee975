//! Linux's semaphore sets as a pure value: what ipc/sem.c does with values, undo, waiters
//! and removal. `linux.rs` compares it with the kernel that runs the tests.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use nix::errno::Errno;

use crate::sysv::Op;

/// SEMVMX, the highest value.
const HIGHEST: i32 = 32767;

/// Whom a process stands for; its pid is one more.
pub type Process = usize;

/// What a process that has made a call gets from it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reply {
    Done,
    /// EAGAIN.
    Busy,
    Failed(i32),
    Number(i32),
    Values(Vec<u16>),
}

impl Reply {
    pub fn failed(errno: Errno) -> Self {
        Self::Failed(errno as i32)
    }
}

/// A process that has its reply now.
pub type Woken = (Process, Reply);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Waiter {
    process: Process,
    ops: Vec<Op>,
    /// The operation that could not be done at the last attempt.
    blocking: usize,
}

impl Waiter {
    /// Whether it only waits for zero: the kernel keeps such waiters in queues of their own.
    fn alters(&self) -> bool {
        self.ops.iter().any(|op| op.change() != 0)
    }

    fn is_for_one_zero(&self) -> bool {
        !self.alters() && self.ops.len() == 1
    }
}

/// One set.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Set {
    values: Vec<i32>,
    pids: Vec<i32>,
    /// `semadj`, without zeros.
    undo: BTreeMap<(Process, u16), i32>,
    /// The processes that have asked for undo, whether there is something to undo or not.
    undoers: BTreeSet<Process>,
    queue: Vec<Waiter>,
    /// Whether the undo of a process found less than it had added.
    clamped: bool,
}

/// What an attempt to do operations has led to.
enum Attempt {
    Done,
    Blocked(usize),
    Failed(Errno),
}

impl Set {
    pub fn new(nsems: u16) -> Self {
        let nsems = usize::from(nsems);
        let (values, pids) = (vec![0; nsems], vec![0; nsems]);
        let (undo, undoers) = (BTreeMap::new(), BTreeSet::new());
        Self { values, pids, undo, undoers, queue: Vec::new(), clamped: false }
    }

    pub fn nsems(&self) -> u16 {
        u16::try_from(self.values.len()).expect("there are few semaphores")
    }

    pub fn all_values(&self) -> Vec<u16> {
        let value = |&value| u16::try_from(value).expect("0 to SEMVMX");
        self.values.iter().map(value).collect()
    }

    pub fn value(&self, semnum: u16) -> i32 {
        self.values[usize::from(semnum)]
    }

    pub fn pid(&self, semnum: u16) -> i32 {
        self.pids[usize::from(semnum)]
    }

    /// Whether the end of the process would change a value.
    pub fn has_undo_of(&self, process: Process) -> bool {
        self.undo.keys().any(|(whose, _)| *whose == process)
    }

    pub fn is_clamped(&self) -> bool {
        self.clamped
    }

    pub fn waits(&self, process: Process) -> bool {
        self.queue.iter().any(|waiter| waiter.process == process)
    }

    /// Who waits for this semaphore.
    pub fn waiters_for(&self, semnum: u16) -> impl Iterator<Item = Process> {
        let here = move |waiter: &&Waiter| waiter.ops[waiter.blocking].semnum() == semnum;
        self.queue.iter().filter(here).map(|waiter| waiter.process)
    }

    /// `GETNCNT` and `GETZCNT`.
    pub fn waiting(&self, semnum: u16) -> (i32, i32) {
        let blocking = self.queue.iter().map(|waiter| waiter.ops[waiter.blocking]);
        let here = blocking.filter(|op| op.semnum() == semnum);
        here.fold((0, 0), |(n, z), op| if op.change() == 0 { (n, z + 1) } else { (n + 1, z) })
    }

    /// semop(2). None if the process waits.
    pub fn operate(
        &mut self,
        process: Process,
        ops: &[Op],
        may_wait: bool,
    ) -> (Option<Reply>, Vec<Woken>) {
        if ops.iter().any(|op| op.has_undo()) {
            self.undoers.insert(process);
        }
        if ops.iter().any(|op| op.semnum() >= self.nsems()) {
            return (Some(Reply::failed(Errno::EFBIG)), Vec::new());
        }
        match self.attempt(process, ops) {
            Attempt::Done => (Some(Reply::Done), self.wake(Some(ops))),
            Attempt::Failed(errno) => (Some(Reply::failed(errno)), Vec::new()),
            Attempt::Blocked(_) if !may_wait => (Some(Reply::Busy), Vec::new()),
            Attempt::Blocked(blocking) => {
                self.queue.push(Waiter { process, ops: ops.to_vec(), blocking });
                (None, Vec::new())
            }
        }
    }

    /// Takes a waiter out of the queue: its time is over, or it got a signal.
    pub fn leave(&mut self, process: Process) {
        self.queue.retain(|waiter| waiter.process != process);
    }

    /// The end of a process: `exit_sem()`. It looks only at the sets of which it has undo.
    pub fn exit(&mut self, process: Process) -> Vec<Woken> {
        self.leave(process);
        if !self.undoers.remove(&process) {
            return Vec::new();
        }
        let all = mem::take(&mut self.undo);
        let (own, others): (BTreeMap<_, _>, _) =
            all.into_iter().partition(|((whose, _), _)| *whose == process);
        self.undo = others;
        for ((_, semnum), change) in own {
            let value = &mut self.values[usize::from(semnum)];
            self.clamped |= !(0..=HIGHEST).contains(&(*value + change));
            *value = (*value + change).clamp(0, HIGHEST);
            self.pids[usize::from(semnum)] = pid(process);
        }
        self.wake(None)
    }

    /// semctl(2) `SETVAL`.
    pub fn set_value(&mut self, process: Process, semnum: u16, value: i32) -> Vec<Woken> {
        self.values[usize::from(semnum)] = value;
        self.pids[usize::from(semnum)] = pid(process);
        self.undo.retain(|(_, other), _| *other != semnum);
        self.wake(None)
    }

    /// semctl(2) `IPC_RMID`.
    pub fn remove(self) -> Vec<Woken> {
        let gone = |waiter: Waiter| (waiter.process, Reply::failed(Errno::EIDRM));
        self.queue.into_iter().map(gone).collect()
    }

    /// `perform_atomic_semop()`: all operations or none, each after those before it.
    fn attempt(&mut self, process: Process, ops: &[Op]) -> Attempt {
        let (mut values, mut undo) = (self.values.clone(), self.undo.clone());
        for (index, op) in ops.iter().enumerate() {
            let change = i32::from(op.change());
            let value = &mut values[usize::from(op.semnum())];
            if (change == 0 && *value != 0) || *value + change < 0 {
                return Attempt::Blocked(index);
            }
            *value += change;
            let semadj = undo.entry((process, op.semnum())).or_default();
            *semadj -= if op.has_undo() { change } else { 0 };
            if *value > HIGHEST || i16::try_from(*semadj).is_err() {
                return Attempt::Failed(Errno::ERANGE);
            }
        }
        undo.retain(|_, change| *change != 0);
        (self.values, self.undo) = (values, undo);
        for op in ops {
            self.pids[usize::from(op.semnum())] = pid(process);
        }
        Attempt::Done
    }

    /// `do_smart_update()` after these operations, or after any change: first those who
    /// only wait for zero, then the others in the order of the queue, from the beginning
    /// after each success.
    fn wake(&mut self, changed: Option<&[Op]>) -> Vec<Woken> {
        if changed.is_some_and(|ops| ops.iter().all(|op| op.change() == 0)) {
            return Vec::new();
        }
        let mut woken = Vec::new();
        self.wake_for_zero(changed, &mut woken);
        while let Some(ops) = self.first_success(&mut woken, Waiter::alters) {
            self.wake_for_zero(Some(&ops), &mut woken);
        }
        woken
    }

    /// `do_smart_wakeup_zero()`: only a semaphore that is 0 now can end such a wait. Those who
    /// wait for one semaphore are in its own queue, which comes first.
    fn wake_for_zero(&mut self, changed: Option<&[Op]>, woken: &mut Vec<Woken>) {
        let changed: Vec<_> = match changed {
            Some(ops) => ops.iter().map(|op| usize::from(op.semnum())).collect(),
            None => (0..self.values.len()).collect(),
        };
        if changed.iter().any(|&semnum| self.values[semnum] == 0) {
            while self.first_success(woken, Waiter::is_for_one_zero).is_some() {}
            while self.first_success(woken, |waiter| !waiter.alters()).is_some() {}
        }
    }

    /// Tries those in the queue in turn until one does not have to wait any more.
    fn first_success(
        &mut self,
        woken: &mut Vec<Woken>,
        is_meant: impl Fn(&Waiter) -> bool,
    ) -> Option<Vec<Op>> {
        let mut place = 0;
        while place < self.queue.len() {
            if !is_meant(&self.queue[place]) {
                place += 1;
                continue;
            }
            let Waiter { process, ops, .. } = self.queue[place].clone();
            match self.attempt(process, &ops) {
                Attempt::Blocked(blocking) => {
                    self.queue[place].blocking = blocking;
                    place += 1;
                }
                Attempt::Failed(errno) => {
                    self.queue.remove(place);
                    woken.push((process, Reply::failed(errno)));
                }
                Attempt::Done => {
                    self.queue.remove(place);
                    woken.push((process, Reply::Done));
                    return Some(ops);
                }
            }
        }
        None
    }
}

/// Operations as `[semnum] change`.
pub fn in_words(ops: &[Op]) -> String {
    let undo = |op: &Op| if op.has_undo() { " undo" } else { "" };
    let ops = ops.iter().map(|op| format!("[{}] {:+}{}", op.semnum(), op.change(), undo(op)));
    ops.collect::<Vec<_>>().join(", ")
}

/// The pid of a process.
pub fn pid(process: Process) -> i32 {
    i32::try_from(process + 1).expect("there are few processes")
}
