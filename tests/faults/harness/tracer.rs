//! Runs a command, watches every system call of every process of semlock in it by
//! ptrace(2), and lets one of them fail or end its process.
//!
//! What the loader calls does not count: the program that is shipped is static.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use nix::errno::Errno;
use nix::libc::{PTRACE_SYSCALL_INFO_ENTRY, user_regs_struct};
use nix::sys::ptrace::{self, Event, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use super::fault::{Fault, What};
use super::place::Layout;
use super::registers::{begin, finish, waits_for_semaphore};
use super::watchdog::Watchdog;

/// How a process ended: by an exit, or by a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    Exit(i32),
    Signal(i32),
}

/// A call of a run.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Call {
    /// Of which process or thread.
    pub task: usize,
    pub number: i64,
    /// Its place among the calls of this process with this number, from 1.
    pub nth: usize,
    /// Where it comes from, or 0.
    pub place: u64,
}

/// A moment of the run at which the caller may look or act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// semlock begins.
    Begins,
    /// semlock is about to wait for a semaphore.
    Waits,
    /// semlock has ended, or has become another program.
    Done,
}

struct Task {
    /// Its number among the processes and threads of semlock, while it is one.
    semlock: Option<usize>,
    /// What is to be done at the end of the call.
    due: Option<What>,
    layout: Layout,
    /// Whether it comes from a program that is not looked at, though it is semlock.
    skipped: bool,
}

impl Task {
    fn other() -> Self {
        Self { semlock: None, due: None, layout: Layout::default(), skipped: false }
    }
}

pub struct Tracer<'a> {
    binary: PathBuf,
    fault: Option<Fault>,
    /// Whether the places of calls are found out, which takes time.
    pub finds_places: bool,
    at: &'a mut dyn FnMut(Moment),
    watchdog: &'a Watchdog,
    tasks: BTreeMap<Pid, Task>,
    /// Processes that have stopped before their parent's report of them.
    early: Vec<Pid>,
    counts: BTreeMap<(usize, i64), usize>,
    /// In the order in which they have begun.
    pub calls: Vec<Call>,
    begun: usize,
    /// How many programs come first that are not looked at.
    skip: usize,
    main: Option<Pid>,
    done: bool,
    /// How the first process of semlock ended.
    pub end: Option<End>,
    /// The first two arguments of the call to which the fault happened.
    pub happened: Option<[u64; 2]>,
}

impl<'a> Tracer<'a> {
    pub fn new(
        binary: PathBuf,
        skip: usize,
        fault: Option<Fault>,
        watchdog: &'a Watchdog,
        at: &'a mut dyn FnMut(Moment),
    ) -> Self {
        Self {
            binary,
            fault,
            finds_places: false,
            at,
            watchdog,
            tasks: BTreeMap::new(),
            early: Vec::new(),
            counts: BTreeMap::new(),
            calls: Vec::new(),
            begun: 0,
            skip,
            main: None,
            done: false,
            end: None,
            happened: None,
        }
    }

    /// Follows a process and its children from now on.
    pub fn follow(&mut self, pid: Pid) {
        let events = Options::PTRACE_O_TRACESYSGOOD
            | Options::PTRACE_O_TRACEFORK
            | Options::PTRACE_O_TRACEVFORK
            | Options::PTRACE_O_TRACECLONE
            | Options::PTRACE_O_TRACEEXEC
            | Options::PTRACE_O_EXITKILL;
        ptrace::seize(pid, events).unwrap();
        self.begin(pid, Task::other());
    }

    /// Until every process has ended.
    pub fn run(&mut self) {
        while !self.tasks.is_empty() {
            match waitpid(None, Some(WaitPidFlag::__WALL)) {
                Ok(status) => self.handle(status),
                Err(Errno::EINTR) => {}
                Err(errno) => panic!("waitpid: {errno}, with {} to wait for", self.tasks.len()),
            }
        }
    }

    fn handle(&mut self, status: WaitStatus) {
        match status {
            WaitStatus::Exited(pid, status) => self.ended(pid, End::Exit(status)),
            WaitStatus::Signaled(pid, signal, _) => self.ended(pid, End::Signal(signal as i32)),
            WaitStatus::PtraceSyscall(pid) => self.call(pid),
            WaitStatus::PtraceEvent(pid, _, event) => self.event(pid, event),
            WaitStatus::Stopped(pid, signal) => self.resume(pid, Some(signal)),
            WaitStatus::Continued(_) | WaitStatus::StillAlive => {}
        }
    }

    fn event(&mut self, pid: Pid, event: i32) {
        if event == Event::PTRACE_EVENT_EXEC as i32 {
            self.executed(pid);
        } else if event == Event::PTRACE_EVENT_STOP as i32 {
            if !self.tasks.contains_key(&pid) {
                return self.early.push(pid);
            }
        } else if let Ok(child) = ptrace::getevent(pid) {
            self.forked(pid, Pid::from_raw(i32::try_from(child).unwrap()));
        }
        self.resume(pid, None);
    }

    fn forked(&mut self, parent: Pid, child: Pid) {
        let Some(Task { semlock, layout, skipped, .. }) = self.tasks.get(&parent) else { return };
        let (is_semlock, layout, skipped) = (semlock.is_some(), layout.clone(), *skipped);
        let semlock = is_semlock.then(|| self.next());
        self.begin(child, Task { semlock, layout, skipped, ..Task::other() });
        if let Some(at) = self.early.iter().position(|&pid| pid == child) {
            self.early.remove(at);
            self.resume(child, None);
        }
    }

    fn begin(&mut self, pid: Pid, task: Task) {
        self.watchdog.watch(pid);
        self.tasks.insert(pid, task);
    }

    fn next(&mut self) -> usize {
        self.begun += 1;
        self.begun - 1
    }

    /// It has become another program: semlock, or one that semlock was to run. By then, all
    /// of its other threads have ended.
    fn executed(&mut self, pid: Pid) {
        let program = fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
        let Some(&Task { semlock, due, mut skipped, .. }) = self.tasks.get(&pid) else { return };
        let is_first = program == self.binary && semlock.is_none() && !skipped;
        if is_first && self.skip > 0 {
            self.skip -= 1;
            skipped = true;
        }
        let is_semlock = program == self.binary && !skipped;
        let semlock = is_semlock.then(|| semlock.unwrap_or_else(|| self.next()));
        let task = Task { semlock, due, layout: Layout::of(pid), skipped };
        self.tasks.insert(pid, task);
        if is_semlock {
            if self.main.is_none() {
                self.main = Some(pid);
                (self.at)(Moment::Begins);
            }
        } else if due.is_some() {
            let _ = kill(pid, Signal::SIGKILL);
        } else if self.main == Some(pid) {
            self.is_done();
        }
    }

    fn is_done(&mut self) {
        if !self.done {
            self.done = true;
            (self.at)(Moment::Done);
        }
    }

    fn ended(&mut self, pid: Pid, end: End) {
        self.watchdog.forget(pid);
        self.tasks.remove(&pid);
        if self.main == Some(pid) {
            self.end.get_or_insert(end);
            self.is_done();
        }
    }

    /// The begin or the end of a call.
    fn call(&mut self, pid: Pid) {
        let Some(task) = self.tasks.get_mut(&pid) else { return };
        let due = task.due.take();
        // These fail if it was killed.
        if let (Ok(info), Ok(registers)) = (ptrace::syscall_info(pid), ptrace::getregs(pid)) {
            match due {
                _ if info.op == PTRACE_SYSCALL_INFO_ENTRY => self.enter(pid, registers),
                Some(what) => finish(pid, what, registers),
                None => {}
            }
        }
        self.resume(pid, None);
    }

    fn enter(&mut self, pid: Pid, registers: user_regs_struct) {
        let task = self.tasks.get_mut(&pid).unwrap();
        if !task.layout.has(registers.rip) {
            task.layout = Layout::of(pid);
        }
        let of_program = |_: &usize| !task.layout.is_loader(registers.rip);
        let Some(number) = task.semlock.filter(of_program) else { return };
        let call = registers.orig_rax.cast_signed();
        let place = if self.finds_places { task.layout.place(pid, registers) } else { 0 };
        let count = self.counts.entry((number, call)).or_default();
        *count += 1;
        let count = *count;
        self.calls.push(Call { task: number, number: call, nth: count, place });
        if waits_for_semaphore(pid, registers) {
            (self.at)(Moment::Waits);
        }
        if let Some(fault) = self.fault
            && (fault.task, fault.call, fault.occurrence) == (number, call, count)
        {
            self.happened = Some([registers.rdi, registers.rsi]);
            let task = self.tasks.get_mut(&pid).unwrap();
            task.due = begin(pid, fault.what, registers);
        }
    }

    fn resume(&self, pid: Pid, signal: Option<Signal>) {
        let traced = self.tasks.get(&pid).is_some_and(|task| task.semlock.is_some());
        // Gone, if it was killed.
        let _ = if traced { ptrace::syscall(pid, signal) } else { ptrace::cont(pid, signal) };
    }
}
