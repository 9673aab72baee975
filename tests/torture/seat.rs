//! A seat: clients of one kind that come one after the other, and what happens to them.

use std::fs::{self, File};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{PidfdFlags, pidfd_open};
use semlock::session::{Block, Counts, DEFAULT_KEY, Flag};
use semlock::sysv;

use crate::arena::Arena;
use crate::client;
use crate::end;
use crate::phase::{Goal, Phase};

/// A client that has stopped itself goes on after this time.
const TICK: Duration = Duration::from_millis(5);
/// How many ticks a client may take, about a minute. Ticks are counted, so that a pause of the
/// whole machine does not use them up.
const PATIENCE: usize = 12_000;

/// Who sits there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    Perl,
    Command,
    Script,
}

pub struct Seat<'a> {
    pub arena: &'a Arena,
    pub phase: &'a Phase<'a>,
    pub entry: usize,
    pub client: Client,
    pub random: Rng,
}

impl Seat<'_> {
    pub fn run(&mut self) {
        while !self.phase.is_over() {
            if self.phase.is_ahead(self.goal()) || self.phase.lull.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(1));
                continue;
            }
            self.one();
        }
        self.phase.leave();
    }

    fn goal(&self) -> Goal {
        match self.client {
            Client::Perl => Goal::Perl,
            Client::Command => Goal::Commands,
            Client::Script => Goal::Kept,
        }
    }

    /// One client, from its start to its end.
    fn one(&mut self) {
        let (arena, entry, random) = (self.arena, self.entry, &mut self.random);
        let (command, form) = match self.client {
            Client::Perl => client::perl(arena, entry, random),
            Client::Command => client::command(arena, entry, self.phase.kind, random),
            Client::Script => client::script(arena, entry, self.phase.kind, random),
        };
        let asks = |option: &str| command.get_args().any(|argument| argument == option);
        // A script waits 20 seconds.
        let gives_up = self.client == Client::Script || asks("-n") || asks("-w");
        let before = arena.page.turns(entry);
        let mut process = Process::start(command, arena, entry);
        self.phase.tally.started(process.pid().as_raw());
        let fate = self.disturb(&process);
        let status = process.end(arena, self.phase);
        let turns = arena.page.turns(entry) - before;
        self.phase.done(self.goal(), turns);
        self.phase.tally.count(form, turns);
        self.judge(status, fate, gives_up);
        arena.page.clear(entry);
    }

    /// Kills it or stops it for a while, at any moment, or does nothing.
    fn disturb(&mut self, process: &Process) -> Fate {
        let kills = if self.phase.lacks_kills() { 20 } else { 4 };
        match (self.random.u8(..100), self.client) {
            (chance, _) if chance < kills => {
                self.wait_for_a_moment(process);
                self.kill(process)
            }
            (chance, Client::Command | Client::Script) if chance < kills + 4 => {
                self.wait_for_a_moment(process);
                self.stop(process)
            }
            _ => Fate::LeftAlone,
        }
    }

    /// Until it has a lock, until it waits for one, or for any time.
    fn wait_for_a_moment(&mut self, process: &Process) {
        let is_in = || self.arena.page.owner(self.entry).is_some();
        match self.random.u8(..3) {
            0 => process.ends_before(is_in),
            1 => process.ends_before(|| is_in() || process.waits_for_a_semaphore()),
            _ => process.ends_within(Duration::from_micros(self.random.u64(..4_000))),
        };
    }

    fn kill(&mut self, process: &Process) -> Fate {
        if process.has_ended() {
            return Fate::LeftAlone;
        }
        let tally = self.phase.tally;
        if self.arena.page.owner(self.entry).is_some() {
            tally.count("killed while they had a lock", 1);
        } else if process.waits_for_a_semaphore() {
            tally.count("killed while they waited", 1);
        }
        process.signal(Signal::SIGKILL);
        self.phase.done(Goal::Kills, 1);
        Fate::Killed
    }

    fn stop(&mut self, process: &Process) -> Fate {
        process.signal(Signal::SIGSTOP);
        self.phase.tally.count("stopped", 1);
        thread::sleep(Duration::from_micros(self.random.u64(..4_000)));
        if self.random.u8(..3) == 0 {
            return self.kill(process);
        }
        process.signal(Signal::SIGCONT);
        Fate::LeftAlone
    }

    fn judge(&self, status: Option<ExitStatus>, fate: Fate, gives_up: bool) {
        let tally = self.phase.tally;
        let Some(status) = status else { return };
        if status.signal() == Some(libc::SIGKILL) && fate == Fate::Killed {
            return;
        }
        // Its holder was killed: before it had the lock, or with it. Then the block may be gone, too.
        let after_a_loss = [71, 101, 166, 169, 171, 175];
        let code = status.code().unwrap_or(-1);
        let is_forfeited = self.arena.page.is_forfeited(self.entry);
        if !(self.phase.may_end(code, gives_up) || is_forfeited && after_a_loss.contains(&code)) {
            let lost = if is_forfeited { ", its holder killed" } else { "" };
            let messages = self.messages();
            tally.fail(format!("{:?} ended with {status}{lost}: {messages}", self.client));
        }
    }

    fn messages(&self) -> String {
        fs::read_to_string(self.arena.messages(self.entry)).unwrap_or_default()
    }
}

/// What was done to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    LeftAlone,
    Killed,
}

/// A client that runs, in a process group of its own.
pub struct Process {
    child: Child,
    handle: OwnedFd,
}

impl Process {
    pub fn start(mut command: Command, arena: &Arena, entry: usize) -> Self {
        let messages = File::create(arena.messages(entry)).unwrap();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(messages);
        let child = command.process_group(0).spawn().unwrap();
        let pid = child.id().cast_signed();
        arena.sit_down(entry, pid);
        let handle = pidfd_open(rustix::process::Pid::from_raw(pid).unwrap(), PidfdFlags::empty());
        Self { child, handle: handle.unwrap() }
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }

    /// It is not reaped, so no other process has its pid.
    fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
    }

    pub fn kill(&self) {
        self.signal(Signal::SIGKILL);
    }

    pub fn ends_within(&self, time: Duration) -> bool {
        let mut handle = [PollFd::from_borrowed_fd(self.handle.as_fd(), PollFlags::IN)];
        let time = Timespec::try_from(time).unwrap();
        poll(&mut handle, Some(&time)).unwrap_or(0) > 0
    }

    /// Looks for a moment again and again, for a while.
    fn ends_before(&self, is_the_moment: impl Fn() -> bool) -> bool {
        (0..200).any(|_| is_the_moment() || self.ends_within(Duration::from_micros(100)))
    }

    fn has_ended(&self) -> bool {
        self.ends_within(Duration::ZERO)
    }

    fn has_left_a_flag(&self) -> bool {
        let pid = sysv::Pid::new(self.pid().as_raw());
        let Ok(block) = Block::open(DEFAULT_KEY) else { return false };
        let is_its = |counts: Counts| counts.flag == Flag::Live && counts.pid == pid;
        block.all_slots().any(|slot| block.counts(slot).is_ok_and(is_its))
    }

    fn waits_for_a_semaphore(&self) -> bool {
        let path = format!("/proc/{}/wchan", self.pid());
        fs::read_to_string(path).is_ok_and(|place| place.contains("sem"))
    }

    /// Waits until it and what it has started have ended. None if it had to be killed.
    pub fn end(&mut self, arena: &Arena, phase: &Phase) -> Option<ExitStatus> {
        let has_failed = || phase.tally.has_failed();
        for _ in 0..PATIENCE {
            if self.ends_within(TICK) || has_failed() {
                break;
            }
            self.signal(Signal::SIGCONT);
        }
        let is_stuck = !self.has_ended();
        if !has_failed() {
            let stuck: &[Pid] = if is_stuck { &[self.pid()] } else { &[] };
            phase.tally.must_be_none("stuck for a minute", stuck);
        }
        if is_stuck {
            let block = arena.semlock(["status"]).output().unwrap();
            phase.tally.fail(String::from_utf8_lossy(&block.stdout).into_owned());
            phase.tally.fail(end::processes().join("\n"));
            self.signal(Signal::SIGKILL);
        }
        // The children of a script that was killed. As long as it is not reaped, no other group
        // has its number.
        let _ = killpg(self.pid(), Signal::SIGKILL);
        // Before it is reaped, no other process can get its pid, and so seem to have its lock.
        while self.has_left_a_flag() && !phase.is_over() && !has_failed() {
            thread::sleep(Duration::from_millis(1));
        }
        let status = self.child.wait().unwrap();
        while killpg(self.pid(), None) != Err(Errno::ESRCH) {
            thread::sleep(Duration::from_micros(100));
        }
        (!is_stuck).then_some(status)
    }
}
