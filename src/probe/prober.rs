//! The maker as the process sees it that watches it.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use nix::errno::Errno;
use nix::sys::signal::{SigSet, Signal};

use super::worker::{self, MODE};
use super::{Answer, Behaviour, Largest, MAX_NSEMS, Request};
use crate::system;
use crate::system::children::ChildStatuses;
use crate::sysv::{self, Key, Set, SetInfo, Uid};

/// What a semaphore takes of the kernel's memory: ipc/sem.c of Linux.
const BYTES_PER_SEMAPHORE: u64 = 64;

/// Sets of up to so many semaphores, which are all that semop(2) reaches, are
/// tried however little memory there is.
const ALWAYS_TRIED: u64 = 1 << 16;

/// The maker was killed; what it left is removed.
#[derive(Debug)]
pub(crate) struct WorkerKilled;

/// The signals by which people and systems end a process.
fn endings() -> SigSet {
    [Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM].into_iter().collect()
}

/// These calls fail only for other arguments.
fn if_possible(done: nix::Result<()>) {
    debug_assert_eq!(done, Ok(()));
}

/// Signals are held back from this thread, and from those that it starts, as long
/// as this lives, but for the moments in which there is no set.
#[derive(Debug)]
pub(crate) struct HeldSignals(());

impl HeldSignals {
    /// Holds them back from now on.
    pub(crate) fn back() -> Self {
        if_possible(endings().thread_block());
        Self(())
    }
}

impl Drop for HeldSignals {
    fn drop(&mut self) {
        if_possible(endings().thread_unblock());
    }
}

/// Whether `SEM_UNDO` gives back what a process had that was killed; None if that
/// could not be found out. The caller must hold back the signals that would end it.
pub(crate) fn undo_works() -> Option<bool> {
    match Prober::start().ok()?.ask_at_once(Request::Undo) {
        Ok(Answer::Undoes(works)) => works,
        _ => None,
    }
}

/// A maker, and what was there before it.
#[derive(Debug)]
pub(crate) struct Prober {
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    before: Vec<SetInfo>,
    _statuses: ChildStatuses,
}

impl Prober {
    /// Starts a maker.
    pub(crate) fn start() -> io::Result<Self> {
        system::fill_standard_descriptors()?;
        let statuses = ChildStatuses::keep();
        let before = sysv::all_sets()?;
        let mut child = worker::command()?.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let requests = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?);
        Ok(Self { child, requests, answers, before, _statuses: statuses })
    }

    /// Finds the largest set that can be made, of up to [`MAX_NSEMS`] semaphores.
    pub(crate) fn largest(&mut self) -> Result<Largest, WorkerKilled> {
        self.largest_of(1, MAX_NSEMS)
    }

    /// Finds the largest size, of up to `most` semaphores, of which `sets` sets can be
    /// made at the same time.
    pub(crate) fn largest_of(&mut self, sets: u32, most: u32) -> Result<Largest, WorkerKilled> {
        let mut refusals = Vec::new();
        let mut lost = None;
        let memory = system::free_memory();
        let nsems = worker::largest(most, |nsems| match self.try_making(sets, nsems, memory) {
            Ok(Answer::Refused(errno)) => {
                refusals.push((nsems, Errno::from_raw(errno)));
                Some(false)
            }
            Ok(_) => Some(true),
            Err(error) => {
                lost = Some(error);
                None
            }
        });
        let nsems = nsems.ok_or_else(|| lost.unwrap_or(WorkerKilled))?;
        let next = refusals.into_iter().find(|(refused, _)| *refused == nsems + 1);
        Ok(Largest { nsems, refusal: next.map(|(_, errno)| errno) })
    }

    /// Sets for which the kernel would have to take memory from others are not tried.
    fn try_making(
        &mut self,
        sets: u32,
        nsems: u32,
        memory: Option<u64>,
    ) -> Result<Answer, WorkerKilled> {
        let semaphores = u64::from(sets) * u64::from(nsems);
        let wanted = 2 * BYTES_PER_SEMAPHORE * semaphores;
        if semaphores > ALWAYS_TRIED && memory.is_some_and(|free| wanted > free) {
            return Ok(Answer::Refused(Errno::ENOMEM as i32));
        }
        self.ask(Request::Make { sets, nsems })
    }

    /// Finds out how semaphores behave; nothing where no set can be made.
    pub(crate) fn behaviour(&mut self) -> Result<Behaviour, WorkerKilled> {
        Ok(match self.ask(Request::Behave)? {
            Answer::Behaves(behaviour) => behaviour,
            _ => Behaviour::default(),
        })
    }

    /// How many times as long as in a set of 32 a first lock takes in one of
    /// `nsems`; None if there is no room for both.
    pub(crate) fn cost(&mut self, nsems: u32) -> Result<Option<f64>, WorkerKilled> {
        Ok(match self.ask(Request::Cost(nsems))? {
            Answer::Costs(ratio) => Some(ratio),
            _ => None,
        })
    }

    /// A signal that came in the meantime takes effect once there is no set any more.
    fn ask(&mut self, request: Request) -> Result<Answer, WorkerKilled> {
        let answer = self.ask_at_once(request);
        if_possible(endings().thread_unblock());
        if_possible(endings().thread_block());
        answer
    }

    /// The same for a caller that handles the signals itself.
    fn ask_at_once(&mut self, request: Request) -> Result<Answer, WorkerKilled> {
        self.talk(request).map_err(|_| {
            self.clean_up_after(request);
            WorkerKilled
        })
    }

    fn talk(&mut self, request: Request) -> io::Result<Answer> {
        let requests = self.requests.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(requests, "{}", serde_json::to_string(&request)?)?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }

    /// Removes what the maker made for `request`, once it is gone: a set that was
    /// not there before, of that size, private, never used but by a helper, of
    /// this user, with the maker's own mode.
    fn clean_up_after(&mut self, request: Request) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let is_new = |row: &SetInfo| !self.before.iter().any(|old| old.semid == row.semid);
        let is_ours = |row: &SetInfo| {
            row.key == Key::PRIVATE
                && row.permissions.mode == MODE
                && request.makes(row.nsems)
                && row.permissions.cuid == Uid::own()
        };
        let left = sysv::all_sets().unwrap_or_default();
        for row in left.iter().filter(|row| is_ours(row) && is_new(row)) {
            let _ = Set::from_id(row.semid).remove();
        }
    }
}

impl Drop for Prober {
    fn drop(&mut self) {
        drop(self.requests.take());
        let _ = self.child.wait();
    }
}
