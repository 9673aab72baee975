//! The process that starts and watches the worker.

use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Child;

use nix::errno::Errno;
use nix::sys::signal::Signal;

use super::worker::{self, MODE};
use super::{Answer, Behaviour, Largest, MAX_NSEMS, Reply, Request};
use crate::system;
use crate::system::children::ChildStatuses;
use crate::system::signals::BlockedSignals;
use crate::sysv::{self, Key, Semid, Set, SetInfo, Uid};

/// How much memory the kernel needs for a semaphore: ipc/sem.c of Linux.
const BYTES_PER_SEMAPHORE: u64 = 64;

/// Up to this many semaphores, which are all that semop(2) reaches, are tried however
/// little memory is free.
const ALWAYS_TRIED: u64 = 1 << 16;

/// Why a request has no answer.
#[derive(Debug)]
pub(crate) enum ProbeError {
    /// The worker has ended, or could not be talked to and was killed.
    WorkerLost {
        /// Why it could not be talked to.
        error: io::Error,
        /// Whether what it left is removed. That cannot be found where sets cannot be listed.
        cleaned_up: bool,
    },
    /// Sets of the worker are left: neither process could remove them.
    SetsLeft {
        /// Why the first one could not be removed.
        error: sysv::Error,
        semids: Vec<Semid>,
    },
}

/// The signals that end a process, and that a prober should not die of while there is a
/// set.
pub(crate) const ENDINGS: [Signal; 4] =
    [Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM];

/// Whether `SEM_UNDO` releases the lock of a killed process; None if that could not be
/// tested. The caller must block the signals that would end it.
pub(crate) fn undo_works() -> Result<Option<bool>, ProbeError> {
    let Ok(mut prober) = Prober::start(None) else { return Ok(None) };
    Ok(match prober.ask(Request::Undo)? {
        Answer::Undoes(works) => works,
        _ => None,
    })
}

/// A running worker, and the sets that were there before it.
#[derive(Debug)]
pub(crate) struct Prober<'a> {
    worker: Child,
    /// A socket: a request to a worker that has ended is an error, and no SIGPIPE.
    channel: Option<BufReader<UnixStream>>,
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
        let (channel, theirs) = UnixStream::pair()?;
        let (stdin, stdout) = (OwnedFd::from(theirs.try_clone()?), OwnedFd::from(theirs));
        let worker = worker::command()?.stdin(stdin).stdout(stdout).spawn()?;
        let channel = Some(BufReader::new(channel));
        Ok(Self { worker, channel, before, blocked, _statuses: statuses })
    }

    /// Finds the largest set that can be created, of up to [`MAX_NSEMS`] semaphores.
    pub(crate) fn largest(&mut self) -> Result<Largest, ProbeError> {
        self.largest_of(1, MAX_NSEMS)
    }

    /// Finds the largest size, up to `max` semaphores, at which `sets` sets can exist at the
    /// same time.
    pub(crate) fn largest_of(&mut self, sets: u32, max: u32) -> Result<Largest, ProbeError> {
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
    ) -> Result<Answer, ProbeError> {
        let semaphores = u64::from(sets) * u64::from(nsems);
        let wanted = 2 * BYTES_PER_SEMAPHORE * semaphores;
        if semaphores > ALWAYS_TRIED && memory.is_some_and(|free| wanted > free) {
            return Ok(Answer::Refused(Errno::ENOMEM as i32));
        }
        self.ask(Request::Create { sets, nsems })
    }

    /// Measures how semaphores behave; nothing if no set can be created.
    pub(crate) fn behaviour(&mut self) -> Result<Behaviour, ProbeError> {
        Ok(match self.ask(Request::Behave)? {
            Answer::Behaves(behaviour) => behaviour,
            _ => Behaviour::default(),
        })
    }

    /// How many times longer a first lock takes in a set of `nsems` than in one of 32; None
    /// if there is no room for both.
    pub(crate) fn cost(&mut self, nsems: u32) -> Result<Option<f64>, ProbeError> {
        Ok(match self.ask(Request::Cost(nsems))? {
            Answer::Costs(ratio) => Some(ratio),
            _ => None,
        })
    }

    fn ask(&mut self, request: Request) -> Result<Answer, ProbeError> {
        let (answer, left) =
            self.talk(request).map_err(|error| self.clean_up_after(request, error))?;
        remove(left.into_iter().map(Semid::new))?;
        if let Some(blocked) = self.blocked {
            blocked.let_through();
        }
        Ok(answer)
    }

    fn talk(&mut self, request: Request) -> io::Result<Reply> {
        let channel = self.channel.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        channel
            .get_ref()
            .write_all(format!("{}\n", serde_json::to_string(&request)?).as_bytes())?;
        let mut line = String::new();
        channel.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }

    /// Kills the worker, which could not be talked to because of `error`, and removes what it
    /// left for `request`.
    fn clean_up_after(&mut self, request: Request, error: io::Error) -> ProbeError {
        let _ = self.worker.kill();
        self.end();
        let removed = self.left_by(request).map(remove);
        match removed {
            Some(Err(left)) => left,
            removed => ProbeError::WorkerLost { error, cleaned_up: removed.is_some() },
        }
    }

    /// The sets that a killed worker may have created for `request`: private ones that were not
    /// there before, of that size, created by this user, with the worker's own mode.
    /// None if sets cannot be listed.
    fn left_by(&self, request: Request) -> Option<impl Iterator<Item = Semid>> {
        let before = self.before.as_ref()?;
        let is_new = |row: &SetInfo| !before.iter().any(|old| old.semid == row.semid);
        let is_ours = move |row: &SetInfo| {
            row.key == Key::PRIVATE
                && row.permissions.mode == MODE
                && request.creates(row.nsems)
                && row.permissions.cuid == Uid::own()
        };
        let now = sysv::all_sets().ok()?.into_iter();
        Some(now.filter(move |row| is_ours(row) && is_new(row)).map(|row| row.semid))
    }

    /// The worker ends when its channel is closed.
    fn end(&mut self) {
        drop(self.channel.take());
        let _ = self.worker.wait();
    }
}

/// Removes sets of the worker. Fails if some are still there.
fn remove(semids: impl Iterator<Item = Semid>) -> Result<(), ProbeError> {
    let failed = semids.filter_map(|semid| Some((semid, Set::from_id(semid).remove().err()?)));
    let left: Vec<_> = failed.filter(|(_, error)| !error.is_gone()).collect();
    match left.first() {
        Some(&(_, error)) => {
            let semids = left.iter().map(|(semid, _)| *semid).collect();
            Err(ProbeError::SetsLeft { error, semids })
        }
        None => Ok(()),
    }
}

impl Drop for Prober<'_> {
    fn drop(&mut self) {
        self.end();
    }
}
