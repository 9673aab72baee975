//! `semlock lock`: holds the locks of sessions, in one of three ways.

use std::convert::Infallible;
use std::ffi::OsString;
use std::io;
use std::time::Duration;

use anyhow::Result;
use nix::errno::Errno;
use nix::unistd::geteuid;

use super::acquire::{Taken, acquire};
use super::{Name, parent, undo};
use crate::cli::{Format, LockArgs};
use crate::exit::Exit;
use crate::failure::{Failure, before_creating, making, reasons, tell};
use crate::holder::{self, HELD, Held, Order, Started};
use crate::session::{Block, BlockError, DEFAULT_MODE, Mode};
use crate::system;
use crate::system::signals::Caught;
use crate::sysv::{DEFAULT_NSEMS, Error};

/// Opens the block, then holds: as COMMAND, without a process, or by a holder
/// that keeps the lock for its owner.
pub fn run(args: LockArgs) -> Result<Exit> {
    let name = Name::of(&args.target)?;
    if let (Some(stated), Some(Some(made))) = (args.nsems, args.create)
        && stated != made
    {
        let what =
            format!("make a block of {made} semaphores and refuse it unless it has {stated}");
        return Err(Failure::new(Exit::Usage, what).into());
    }
    let block = open(name, &args).map_err(|error| not_opened(name, &args, &error))?;
    let mut order = order(&args, block);
    let busy = args.conflict_exit_code.map_or(Exit::Busy, Exit::Chosen);
    if args.command.is_empty() && !args.persist {
        order.owner =
            args.for_process.or_else(|| Some(system::caller()?.pid.raw())).ok_or_else(no_caller)?;
        return hand_over(block, &order, busy);
    }
    match acquire(block, &order).map_err(|error| conflict(error, busy))? {
        None => Ok(busy),
        Some(taken) if args.persist => persist(&taken),
        Some(taken) => run_command(&taken, &order, args.command),
    }
}

fn open(name: Name, args: &LockArgs) -> Result<Block, BlockError> {
    let stated = args.nsems.or(args.create.flatten());
    match (name.open(), name, args.create) {
        (Err(BlockError::Sysv(Error { errno: Errno::ENOENT, .. })), Name::Key(key), Some(_)) => {
            match Block::create(key, stated.unwrap_or(DEFAULT_NSEMS), DEFAULT_MODE) {
                // Somebody else was faster: theirs is as good.
                Err(BlockError::Sysv(Error { errno: Errno::EEXIST, .. })) => name.open(),
                made => made.inspect(|made| remark(*made, args)),
            }
        }
        (opened, ..) => opened,
    }?
    .require(stated)
}

/// What `create` remarks on, too; but in JSON, standard error is for the error.
fn remark(made: Block, args: &LockArgs) {
    if args.format == Format::Table && !args.quiet {
        let notes = before_creating(made.nsems(), DEFAULT_MODE, geteuid().as_raw());
        for note in notes {
            tell(&format!("note: {note}"));
        }
    }
}

fn not_opened(name: Name, args: &LockArgs, error: &BlockError) -> Failure {
    let failure = name.failure("lock in", error);
    match name {
        Name::Key(key) if failure.why() == Some(&reasons::MISSING) => {
            failure.all_fixes(making(key, args.nsems))
        }
        _ => failure,
    }
}

fn order(args: &LockArgs, block: Block) -> Order {
    Order {
        owner: 0,
        namespace: holder::namespace(),
        semid: block.set().semid(),
        mode: if args.shared { Mode::Read } else { Mode::Write },
        drain: args.drain,
        wait: if args.nonblock { Some(Duration::ZERO) } else { args.wait },
        verbose: args.verbose,
        json: args.format == Format::Json,
        which: (&args.which).into(),
    }
}

/// This process is the holder: SEM_UNDO outlives execve(2) and ends with the
/// process. Where the system ignores it, semlock waits for COMMAND instead.
fn run_command(taken: &Taken, order: &Order, command: Vec<OsString>) -> Result<Exit> {
    let held = Held::variable(&held(taken, &order.namespace));
    let become_command = || become_command(command, held);
    if undo::is_in_doubt(taken.claim.block()) {
        // None may end semlock from now on and leave the lock behind.
        let caught = Caught::these(&parent::CAUGHT).or_else(|errno| {
            let released = taken.claim.release();
            released.map_err(|error| Failure::sysv("release the lock", error))?;
            Err(Failure::io("wait for signals", &errno.into()))
        })?;
        if undo::is_ignored() {
            undo::warn(&taken.claim);
            return parent::run(&taken.claim, caught, become_command);
        }
    }
    let Err(error) = become_command();
    Err(error)
}

/// Returns only if that failed.
fn become_command(command: Vec<OsString>, held: String) -> Result<Infallible> {
    let what = format!("run {:?}", command[0]);
    let Err(errno) = system::become_program(command, HELD, held);
    let exit = if errno == Errno::ENOENT { Exit::NotFound } else { Exit::CannotRun };
    let what = format!("{what}: {} ({errno:?})", errno.desc());
    Err(Failure::new(exit, what).errno(errno).into())
}

/// The words for the environment: a word for each session, or for each slot
/// where those are too many for one variable.
fn held(taken: &Taken, namespace: &str) -> Vec<Held> {
    let here = |slot, session: &[u8]| Held::here(&taken.claim, namespace, slot, session);
    let slots = taken.claim.slots();
    if slots.len() == usize::from(taken.claim.block().slots()) {
        return vec![here(None, b"")];
    }
    let bytes: usize = taken.named.iter().map(|named| 64 + 3 * named.session.len()).sum();
    if bytes <= Held::MOST {
        return taken.named.iter().map(|named| here(Some(named.slot), &named.session)).collect();
    }
    slots.iter().take(Held::MOST / 64).map(|&slot| here(Some(slot), b"")).collect()
}

fn persist(taken: &Taken) -> Result<Exit> {
    taken.claim.persist().map_err(|error| {
        let failure = Failure::sysv("leave the lock in the block", error);
        match error.errno {
            Errno::ERANGE => failure.reason(&reasons::TOO_MANY_PERSISTENT),
            _ => failure,
        }
    })?;
    Ok(Exit::Done)
}

/// The holder says itself why it has no lock.
fn hand_over(block: Block, order: &Order, busy: Exit) -> Result<Exit> {
    super::slots(&order.which, block)?;
    let what = format!("hold a lock for process {}", order.owner);
    match holder::start(order) {
        Ok(Started::Holding) => Ok(Exit::Done),
        Ok(Started::Ended(Some(status))) if status == i32::from(Exit::Busy.code()) => Ok(busy),
        // Without an error nothing was said, and without a lock nothing is done.
        Ok(Started::Ended(Some(0))) => Err(lost(&what, "has ended").into()),
        Ok(Started::Ended(Some(status))) => {
            Ok(u8::try_from(status).map_or(Exit::System, Exit::Chosen))
        }
        Ok(Started::Ended(None)) => Err(lost(&what, "was killed").into()),
        Ok(Started::OwnerGone) => {
            Err(Failure::new(Exit::Usage, format!("{what}: it has ended")).into())
        }
        Err(error) if error.raw_os_error() == Some(Errno::ESRCH as i32) => {
            Err(no_owner(&what, &error).into())
        }
        Err(error) if error.raw_os_error() == Some(Errno::ENOSYS as i32) => {
            let failure = Failure::io(&what, &error);
            Err(failure.cause(NO_HOLDERS).fix("give a COMMAND").into())
        }
        Err(error) => Err(Failure::io(&what, &error).into()),
    }
}

const NO_HOLDERS: &str =
    "this kernel lacks a call that a holder needs: pidfd_open(2), close_range(2) or socketpair(2)";

fn lost(what: &str, how: &str) -> Failure {
    Failure::new(Exit::System, format!("{what}: the process that was to keep it {how}"))
}

/// A lock that is refused as busy ends as `-E` says, too.
fn conflict(mut error: anyhow::Error, busy: Exit) -> anyhow::Error {
    if let Some(failure) =
        error.downcast_mut::<Failure>().filter(|failure| failure.exit == Exit::Busy)
    {
        failure.exit = busy;
    }
    error
}

fn no_caller() -> Failure {
    Failure::new(
        Exit::Usage,
        "hold a lock for the calling process: it has ended, runs in another session, or cannot be looked at",
    )
    .fix("name a process that lives with --for, or give a COMMAND")
}

fn no_owner(what: &str, error: &io::Error) -> Failure {
    let mut failure = Failure::io(what, error);
    failure.exit = Exit::Usage;
    failure.fix("name a process that lives with --for, or give a COMMAND")
}
