//! The clients of a block, in every order in which their calls can come.

use nix::errno::Errno;
use stateright::Model;

use crate::clients::Client;
use crate::kernel::{Process, Reply, Set, Woken, pid};
use crate::replay::{Belief, Call, Lock, next_call};
use crate::sysv::Wait;

/// What is checked: who uses the block, and what may happen to them.
#[derive(Clone, Debug)]
pub struct Protocol {
    pub clients: Vec<Client>,
    /// The size of the block.
    pub nsems: u16,
    /// How many of the clients may be killed.
    pub kills: usize,
    /// Whether a signal may interrupt a wait.
    pub interrupts: bool,
    /// Whether a client that has ended starts again, with the same pid.
    pub endless: bool,
    /// Whose wait must end; looked for by `starves`.
    pub waits_for_ever: Option<Process>,
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// The process makes its next call.
    Call(Process),
    /// The time for which it was willing to wait is over.
    TimeOut(Process),
    /// A signal interrupts its wait.
    Interrupt(Process),
    Kill(Process),
    /// Somebody runs its program again.
    Start(Process),
    /// From here on, a cycle is looked for.
    Remember,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Running {
    replies: Vec<Reply>,
    /// The call that has no reply yet; None if the process has ended.
    pub next: Option<Call>,
    pub has: Option<Lock>,
    /// What it has left in the block for sessions.
    pub left: Vec<(Lock, &'static str)>,
    /// Whether it ended while another process was asking who has ended.
    is_recent: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// By semid; None if it was removed.
    pub sets: Vec<Option<Set>>,
    /// The semid of the set at the key.
    pub at_key: Option<usize>,
    pub processes: Vec<Running>,
    kills: usize,
    /// Whether a block was removed while a process had, or had left, a lock.
    pub removed_in_use: bool,
    cycle: Option<Box<Cycle>>,
}

/// Where a cycle begins, and who has done something since.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Cycle {
    start: State,
    moved: Vec<bool>,
}

impl Protocol {
    /// These clients, once each, in a block with this many slots.
    pub fn of(slots: u16, clients: Vec<Client>) -> Self {
        Self {
            clients,
            nsems: 2 * slots,
            kills: 0,
            interrupts: false,
            endless: false,
            waits_for_ever: None,
        }
    }

    pub fn with_kills(self, kills: usize) -> Self {
        Self { kills, ..self }
    }

    pub fn with_signals(self) -> Self {
        Self { interrupts: true, ..self }
    }

    pub fn endless(self) -> Self {
        Self { endless: true, ..self }
    }

    fn start(&self, state: &mut State, process: Process) {
        let left = state.processes.get(process).map_or(Vec::new(), |one| one.left.clone());
        let running =
            Running { replies: Vec::new(), next: None, has: None, left, is_recent: false };
        if process == state.processes.len() {
            state.processes.push(running);
        } else {
            state.processes[process] = running;
        }
        self.run_on(state, process);
    }

    /// Gives the process its reply, and lets it run until it makes its next call.
    fn reply(&self, state: &mut State, process: Process, reply: Reply) {
        state.processes[process].replies.push(reply);
        self.run_on(state, process);
    }

    fn run_on(&self, state: &mut State, process: Process) {
        loop {
            let running = &mut state.processes[process];
            let client = &self.clients[process];
            running.next = next_call(|| client.run(self.nsems), &running.replies);
            let reply = match running.next.clone() {
                Some(Call::Believe(belief)) => {
                    believe(state, process, belief);
                    Reply::Done
                }
                Some(Call::Size(_)) => Reply::Number(self.nsems.into()),
                Some(_) => return,
                None => return self.end(state, process),
            };
            state.processes[process].replies.push(reply);
        }
    }

    /// The process has ended: the kernel undoes what it did with undo.
    fn end(&self, state: &mut State, process: Process) {
        let running = &mut state.processes[process];
        (running.next, running.has) = (None, None);
        running.replies.clear();
        state.processes[process].is_recent = self.somebody_asks(state);
        for semid in 0..state.sets.len() {
            let woken = state.sets[semid].as_mut().map(|set| set.exit(process));
            self.wake(state, woken.unwrap_or_default());
        }
    }

    fn wake(&self, state: &mut State, woken: Vec<Woken>) {
        for (process, reply) in woken {
            self.reply(state, process, reply);
        }
    }

    fn make_call(&self, state: &mut State, process: Process) {
        let Some(call) = state.processes[process].next.clone() else { return };
        let (reply, woken) = state.answer(process, call);
        if let Some(reply) = reply {
            self.reply(state, process, reply);
        }
        self.wake(state, woken);
    }

    fn interrupt(&self, state: &mut State, process: Process) {
        state.leave(process);
        if self.clients[process].knows_signals() {
            return self.make_call(state, process);
        }
        self.reply(state, process, Reply::failed(Errno::EINTR));
    }

    /// What can happen to a process.
    fn actions_of(&self, state: &State, process: Process, actions: &mut Vec<Action>) {
        let waits = state.waits(process);
        match &state.processes[process].next {
            None if self.endless && self.is_pid_free(state, process) => {
                actions.push(Action::Start(process));
            }
            None => return,
            Some(_) if !waits => actions.push(Action::Call(process)),
            Some(Call::Operate(_, _, Wait::Limited)) => actions.push(Action::TimeOut(process)),
            Some(_) => {}
        }
        if waits && self.interrupts {
            actions.push(Action::Interrupt(process));
        }
        if state.processes[process].next.is_some() && state.kills < self.kills {
            actions.push(Action::Kill(process));
        }
    }

    /// Pids are given out in turn: one that has just become free is not the next.
    fn is_pid_free(&self, state: &State, process: Process) -> bool {
        !state.processes[process].is_recent || !self.somebody_asks(state)
    }

    /// Whether a process is about to ask who has ended, or to use the answer.
    fn somebody_asks(&self, state: &State) -> bool {
        let mut clients = self.clients.iter().zip(&state.processes);
        clients.any(|(client, running)| client.asks_who_has_ended() && running.next.is_some())
    }

    /// A step of a search for a cycle in which one process waits all the time.
    fn in_cycle(&self, before: &State, mut state: State, who: Process) -> Option<State> {
        let waiting = self.waits_for_ever?;
        let mut cycle = before.cycle.clone()?;
        cycle.moved[who] = true;
        state.cycle = Some(cycle);
        state.waits(waiting).then_some(state)
    }
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let mut state = State {
            sets: vec![Some(Set::new(self.nsems))],
            at_key: Some(0),
            processes: Vec::new(),
            kills: 0,
            removed_in_use: false,
            cycle: None,
        };
        for process in 0..self.clients.len() {
            self.start(&mut state, process);
        }
        vec![state]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for process in 0..self.clients.len() {
            self.actions_of(state, process, actions);
        }
        let waits = self.waits_for_ever.is_some_and(|process| state.waits(process));
        if waits && state.cycle.is_none() {
            actions.push(Action::Remember);
        }
    }

    fn next_state(&self, before: &State, action: Action) -> Option<State> {
        let mut state = before.clone();
        let process = match action {
            Action::Remember => {
                let cycle = Cycle { start: before.clone(), moved: vec![false; self.clients.len()] };
                state.cycle = Some(Box::new(cycle));
                return Some(state);
            }
            Action::Call(process)
            | Action::TimeOut(process)
            | Action::Interrupt(process)
            | Action::Kill(process)
            | Action::Start(process) => process,
        };
        match action {
            Action::Call(_) => self.make_call(&mut state, process),
            Action::TimeOut(_) => {
                state.leave(process);
                self.reply(&mut state, process, Reply::Busy);
            }
            Action::Interrupt(_) => self.interrupt(&mut state, process),
            Action::Kill(_) => {
                state.kills += 1;
                self.end(&mut state, process);
            }
            _ => self.start(&mut state, process),
        }
        if state.cycle.is_some() { self.in_cycle(before, state, process) } else { Some(state) }
    }
}

impl State {
    /// The reply to a call, None if the process has to wait, and who else has a reply now.
    fn answer(&mut self, process: Process, call: Call) -> (Option<Reply>, Vec<Woken>) {
        let nothing = Vec::new();
        match call {
            Call::Open { or_create } => (Some(self.open(or_create)), nothing),
            Call::Create(nsems) => (Some(self.create(nsems)), nothing),
            Call::Work => (Some(Reply::Done), nothing),
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
            (Some(semid), _) => Reply::Number(i32::try_from(semid).expect("there are few sets")),
            (None, Some(nsems)) => self.create(nsems),
            (None, None) => Reply::failed(Errno::ENOENT),
        }
    }

    fn create(&mut self, nsems: u16) -> Reply {
        if self.at_key.is_some() {
            return Reply::failed(Errno::EEXIST);
        }
        self.sets.push(Some(Set::new(nsems)));
        self.at_key = Some(self.sets.len() - 1);
        self.open(None)
    }

    fn remove(&mut self, process: Process, semid: usize) -> (Option<Reply>, Vec<Woken>) {
        let Some(set) = self.sets[semid].take() else {
            return (Some(Reply::failed(Errno::EINVAL)), Vec::new());
        };
        let others = self.processes.iter().enumerate();
        self.removed_in_use |= others
            .filter(|&(other, _)| other != process)
            .any(|(_, other)| other.has.is_some() || !other.left.is_empty());
        self.at_key = self.at_key.filter(|&there| there != semid);
        (Some(Reply::Done), set.remove())
    }

    fn leave(&mut self, process: Process) {
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
}

fn believe(state: &mut State, process: Process, belief: Belief) {
    let running = &mut state.processes[process];
    match belief {
        Belief::Has(lock) => running.has = Some(lock),
        Belief::HasNothing => running.has = None,
        Belief::Left(lock, session) => {
            running.has = None;
            running.left.push((lock, session));
        }
        Belief::TakenBack(slot, session) => {
            let of_session = |(_, other): &&mut (Lock, _)| *other == session;
            let left = state.processes.iter_mut().flat_map(|one| &mut one.left);
            left.filter(of_session).for_each(|(lock, _)| lock.slots.retain(|&one| one != slot));
            for one in &mut state.processes {
                one.left.retain(|(lock, _)| !lock.slots.is_empty());
            }
        }
    }
}
