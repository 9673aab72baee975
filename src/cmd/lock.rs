//! `semlock lock`: locks sessions, and holds the locks in one of three ways.

mod acquire;
mod busy;
mod command_as_child;
mod for_process;
mod monitor;
mod obstacle;
mod persist;
mod progress_line;
mod request;
pub(super) mod sem_undo;

pub(super) use self::acquire::acquire_or_wait;
pub(super) use self::request::LockRequest;

use std::convert::Infallible;
use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use nix::errno::Errno;

use self::acquire::acquire_monitored;
use self::monitor::MonitorThread;
use self::persist::persist;
use super::shared::Name;
use super::shared::progress::ProgressStyle;
use crate::cli::{LockArgs, TextFormat};
use crate::exit::Exit;
use crate::failure::{self, Failure, before_creating, create_fixes, reasons};
use crate::holder::{self, HELD_LOCKS, HeldLock, LockSpec};
use crate::session::{Block, BlockError, DEFAULT_MODE, Mode};
use crate::system;
use crate::system::signals::CaughtSignals;
use crate::sysv::{DEFAULT_NSEMS, Error, Outcome, UNDO_ENDS_AT_EXEC, Uid};

/// Opens the block and takes the locks: for COMMAND, which this process becomes; as
/// persistent locks; or by a holder that keeps them for another process.
pub(super) fn run(args: &LockArgs) -> Result<Exit> {
    check_size(args)?;
    let name = Name::of(&args.target)?;
    let block = open(name, args).map_err(|error| not_opened(name, args, &error))?;
    let spec = spec(args, block);
    let request = Arc::new(LockRequest::of(block, &spec)?);
    let style = || ProgressStyle::of(args.verbose, spec.json);
    let status = args.conflict_exit_code.map_or(Exit::Busy, Exit::Chosen);
    let busy = |error| conflict(error, status);
    if args.command.is_empty() && !args.persist {
        return match for_process::lock(&request, spec.clone(), args.for_process, style)
            .map_err(busy)?
        {
            Exit::Busy => not_locked(&request, &spec, style(), status),
            exit => Ok(exit),
        };
    }
    match acquire_monitored(&request, &spec, style).map_err(busy)? {
        (Outcome::Busy, _) => not_locked(&request, &spec, style(), status),
        (Outcome::Done, _) if args.persist => Ok(persist(&request, name, args)?),
        (Outcome::Done, thread) => run_command(&request, &args.command, thread),
    }
}

/// Fails if a block would be created with a size that is then refused.
fn check_size(args: &LockArgs) -> Result<(), Failure> {
    match (args.nsems, args.create) {
        (Some(required), Some(Some(created))) if required != created => {
            let what = format!(
                "create a block of {created} semaphores and refuse it unless it has {required}"
            );
            Err(Failure::new(Exit::Usage, what))
        }
        _ => Ok(()),
    }
}

/// As quiet as flock(1), unless a person or a program wants to know more.
fn not_locked(
    request: &LockRequest,
    spec: &LockSpec,
    style: ProgressStyle,
    status: Exit,
) -> Result<Exit> {
    if style == ProgressStyle::Silent && !spec.json {
        return Ok(status);
    }
    Err(busy::failure(request, status).into())
}

fn open(name: Name, args: &LockArgs) -> Result<Block, BlockError> {
    let stated = args.nsems.or(args.create.flatten());
    match (name.open(), name, args.create) {
        (Err(BlockError::Sysv(Error { errno: Errno::ENOENT, .. })), Name::Key(key), Some(_)) => {
            match Block::create(key, stated.unwrap_or(DEFAULT_NSEMS), DEFAULT_MODE) {
                // Another process was faster: its block is as good.
                Err(BlockError::Sysv(Error { errno: Errno::EEXIST, .. })) => name.open(),
                created => created.inspect(|block| warn(*block, args)),
            }
        }
        (opened, ..) => opened,
    }?
    .require(stated)
}

/// Warns as `create` does; but with JSON, standard error is for the error only.
fn warn(block: Block, args: &LockArgs) {
    if args.format == TextFormat::Text && !args.quiet {
        for warning in before_creating(block.nsems(), DEFAULT_MODE, Uid::own()) {
            failure::warn(&warning);
        }
    }
}

fn not_opened(name: Name, args: &LockArgs, error: &BlockError) -> Failure {
    let failure = name.failure("lock in", error);
    match name {
        Name::Key(key) if failure.why() == Some(&reasons::MISSING) => {
            failure.all_fixes(create_fixes(key, args.nsems))
        }
        _ => failure,
    }
}

fn spec(args: &LockArgs, block: Block) -> LockSpec {
    LockSpec {
        semid: block.set().semid(),
        mode: if args.shared { Mode::Read } else { Mode::Write },
        drain: args.drain,
        wait: if args.nonblock { Some(Duration::ZERO) } else { args.wait },
        json: args.format == TextFormat::Json,
        slots: (&args.which).into(),
    }
}

/// Becomes COMMAND, which then holds the locks: SEM_UNDO survives execve(2), and takes
/// effect when the process ends. On a system where it does not survive, or is ignored,
/// semlock waits for COMMAND and releases the locks itself. A thread that still runs ends
/// with execve(2).
fn run_command(taken: &LockRequest, command: &[OsString], thread: MonitorThread) -> Result<Exit> {
    let held = HeldLock::variable(&held(taken, &holder::namespace()));
    let become_command = || become_command(command, &held);
    let in_doubt = sem_undo::is_in_doubt(taken.claim.block());
    if in_doubt || UNDO_ENDS_AT_EXEC {
        // A process that forks must have one thread.
        drop(thread);
        let caught = catch_signals(taken)?;
        let is_ignored = in_doubt && sem_undo::is_ignored();
        if is_ignored {
            sem_undo::warn(&taken.claim);
        }
        if is_ignored || UNDO_ENDS_AT_EXEC {
            return command_as_child::run(&taken.claim, caught, become_command);
        }
    }
    let Err(error) = become_command();
    Err(error)
}

/// From now on, no signal ends semlock and leaves the locks behind.
fn catch_signals(taken: &LockRequest) -> Result<CaughtSignals, Failure> {
    CaughtSignals::these(&command_as_child::CAUGHT).or_else(|errno| {
        let released = taken.claim.release();
        released.map_err(|error| Failure::sysv("release the lock", error))?;
        Err(Failure::io("wait for signals", &errno.into()))
    })
}

/// Returns only if that failed.
fn become_command(command: &[OsString], held: &str) -> Result<Infallible> {
    let errno = system::become_program(command, HELD_LOCKS, held);
    let exit = if errno == Errno::ENOENT { Exit::NotFound } else { Exit::CannotRun };
    let what = format!("run {:?}: {} ({errno:?})", command[0], errno.desc());
    Err(Failure::new(exit, what).errno(errno).into())
}

/// The locks for the environment: one word for each session, or for each slot if the
/// sessions are too long for one variable.
fn held(taken: &LockRequest, namespace: &str) -> Vec<HeldLock> {
    let here = |slot, session: &[u8]| HeldLock::here(&taken.claim, namespace, slot, session);
    let slots = taken.claim.slots();
    if slots.len() == usize::from(taken.claim.block().slots()) {
        return vec![here(None, b"")];
    }
    let bytes: usize = taken.named.iter().map(|named| 64 + 3 * named.session.len()).sum();
    if bytes <= HeldLock::MAX_BYTES {
        return taken.named.iter().map(|named| here(Some(named.slot), &named.session)).collect();
    }
    slots.iter().take(HeldLock::MAX_BYTES / 64).map(|&slot| here(Some(slot), b"")).collect()
}

/// `-E` also sets the exit status of a lock that is refused as busy.
fn conflict(mut failure: Failure, status: Exit) -> Failure {
    if failure.exit == Exit::Busy {
        failure.exit = status;
    }
    failure
}
