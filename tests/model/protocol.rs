//! The clients of a block, in every order in which their calls can come.

use nix::errno::Errno;
use stateright::Model;

use crate::clients::Client;
use crate::kernel::{Process, Reply, Woken};
use crate::replay::{Call, next_call};
use crate::state::{Cycle, Running, State};
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
        let running = Running { left, ..Running::default() };
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
                    state.believe(process, belief);
                    Reply::Done
                }
                Some(Call::Size(semid)) => state.size(semid),
                Some(_) => return,
                None => return self.end(state, process),
            };
            state.processes[process].replies.push(reply);
        }
    }

    /// The process has ended: the kernel undoes what it did with undo.
    fn end(&self, state: &mut State, process: Process) {
        let running = &mut state.processes[process];
        (running.next, running.has, running.saw) = (None, None, None);
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
        let mut state = State::with_block(self.nsems);
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
