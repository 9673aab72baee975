//! The process that starts and watches the worker.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use nix::errno::Errno;
use nix::sys::signal::Signal;

use super::worker::{self, MODE};
use super::{Answer, Behaviour, Largest, MAX_NSEMS, Request};
use crate::system;
use crate::system::children::ChildStatuses;
use crate::system::signals::BlockedSignals;
use crate::sysv::{self, Key, Set, SetInfo, Uid};

/// How much memory the kernel needs for a semaphore: ipc/sem.c of Linux.
const BYTES_PER_SEMAPHORE: u64 = 64;

/// Up to this many semaphores, which are all that semop(2) reaches, are tried however
/// little memory is free.
const ALWAYS_TRIED: u64 = 1 << 16;

/// The worker has ended, or could not be talked to and was killed.
#[derive(Debug)]
pub(crate) struct WorkerLost {
    /// Why it could not be talked to.
    pub error: io::Error,
    /// Whether what it left is removed. That cannot be found where sets cannot be listed.
    pub cleaned_up: bool,
}

/// The signals that end a process, and that a prober should not die of while there is a
/// set.
pub(crate) const ENDINGS: [Signal; 4] =
    [Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM];

/// Whether `SEM_UNDO` releases the lock of a killed process; None if that could not be
/// tested. The caller must block the signals that would end it.
pub(crate) fn undo_works() -> Option<bool> {
    match Prober::start(None).ok()?.ask(Request::Undo) {
        Ok(Answer::Undoes(works)) => works,
        _ => None,
    }
}

/// A running worker, and the sets that were there before it.
#[derive(Debug)]
pub(crate) struct Prober<'a> {
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    /// None where sets cannot be listed.
    before: Option<Vec<SetInfo>>,
    blocked: Option<&'a BlockedSignals>,
    _statuses: ChildStatuses,
}

impl<'a> Prober<'a> {
    /// Starts a worker. Between the requests, when there is no set, signals that are `blocked`
    /// may take effect.
    pub(crate) fn start(blocked: Option<&'a BlockedSignals>) -> io::Result<Self> {
        system::fill_standard_descriptors()?;
        let statuses = ChildStatuses::keep();
        let before = sysv::all_sets().ok();
        let mut child = worker::command()?.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let requests = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?);
        Ok(Self { child, requests, answers, before, blocked, _statuses: statuses })
    }

    /// Finds the largest set that can be created, of up to [`MAX_NSEMS`] semaphores.
    pub(crate) fn largest(&mut self) -> Result<Largest, WorkerLost> {
        self.largest_of(1, MAX_NSEMS)
    }

    /// Finds the largest size, up to `max` semaphores, at which `sets` sets can exist at the
    /// same time.
    pub(crate) fn largest_of(&mut self, sets: u32, max: u32) -> Result<Largest, WorkerLost> {
        let mut refusals = Vec::new();
        let mut lost = None;
        let memory = system::free_memory();
        let nsems = worker::largest(max, |nsems| match self.try_creating(sets, nsems, memory) {
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
        if let Some(lost) = lost {
            return Err(lost);
        }
        let nsems = nsems.unwrap_or(0);
        let next = refusals.into_iter().find(|(refused, _)| *refused == nsems + 1);
        Ok(Largest { nsems, refusal: next.map(|(_, errno)| errno) })
    }

    /// Does not try sets that would take memory from other processes.
    fn try_creating(
        &mut self,
        sets: u32,
        nsems: u32,
        memory: Option<u64>,
    ) -> Result<Answer, WorkerLost> {
        let semaphores = u64::from(sets) * u64::from(nsems);
        let wanted = 2 * BYTES_PER_SEMAPHORE * semaphores;
        if semaphores > ALWAYS_TRIED && memory.is_some_and(|free| wanted > free) {
            return Ok(Answer::Refused(Errno::ENOMEM as i32));
        }
        self.ask(Request::Create { sets, nsems })
    }

    /// Measures how semaphores behave; nothing if no set can be created.
    pub(crate) fn behaviour(&mut self) -> Result<Behaviour, WorkerLost> {
        Ok(match self.ask(Request::Behave)? {
            Answer::Behaves(behaviour) => behaviour,
            _ => Behaviour::default(),
        })
    }

    /// How many times longer a first lock takes in a set of `nsems` than in one of 32; None
    /// if there is no room for both.
    pub(crate) fn cost(&mut self, nsems: u32) -> Result<Option<f64>, WorkerLost> {
        Ok(match self.ask(Request::Cost(nsems))? {
            Answer::Costs(ratio) => Some(ratio),
            _ => None,
        })
    }

    fn ask(&mut self, request: Request) -> Result<Answer, WorkerLost> {
        let answer = self.talk(request).map_err(|error| WorkerLost {
            error,
            cleaned_up: self.clean_up_after(request).is_some(),
        });
        if let Some(blocked) = self.blocked {
            blocked.let_through();
        }
        answer
    }

    fn talk(&mut self, request: Request) -> io::Result<Answer> {
        let requests = self.requests.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(requests, "{}", serde_json::to_string(&request)?)?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }

    /// Removes what a killed worker left for `request`: a private set that was not there
    /// before, of that size, created by this user, with the worker's own mode.
    /// None if sets cannot be listed.
    fn clean_up_after(&mut self, request: Request) -> Option<()> {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let before = self.before.as_ref()?;
        let is_new = |row: &SetInfo| !before.iter().any(|old| old.semid == row.semid);
        let is_ours = |row: &SetInfo| {
            row.key == Key::PRIVATE
                && row.permissions.mode == MODE
                && request.creates(row.nsems)
                && row.permissions.cuid == Uid::own()
        };
        let left = sysv::all_sets().ok()?;
        for row in left.iter().filter(|row| is_ours(row) && is_new(row)) {
            let _ = Set::from_id(row.semid).remove();
        }
        Some(())
    }
}

impl Drop for Prober<'_> {
    fn drop(&mut self) {
        drop(self.requests.take());
        let _ = self.child.wait();
    }
}
