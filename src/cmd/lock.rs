//! `semlock lock`: becomes a command that holds the locks of sessions.

use std::convert::Infallible;
use std::ffi::{CString, OsString};
use std::os::unix::ffi::OsStringExt;

use anyhow::Result;
use nix::errno::Errno;
use nix::unistd;

use super::{Name, Named};
use crate::cli::LockArgs;
use crate::diagnose::Failure;
use crate::exit::Exit;
use crate::session::{Block, BlockError, Claim, DEFAULT_MODE, Mode};
use crate::sysv::{DEFAULT_NSEMS, Error, Outcome, Wait};

/// Opens the block, takes the slots, becomes the command. This process is the
/// holder: SEM_UNDO outlives execve(2) and ends with the process.
pub fn run(args: LockArgs) -> Result<Exit> {
    let name = Name::of(&args.target)?;
    let block = open(name, &args).map_err(|error| name.failure("lock in", &error))?;
    let named = super::slots(&args.which, block)?;
    let claim = Claim::new(
        block,
        named.iter().map(|named| named.slot).collect(),
        mode(&args),
    );
    match claim
        .acquire(wait(&args))
        .map_err(|error| failed(&named, error))?
    {
        Outcome::Done => become_command(args.command).map(|never| match never {}),
        Outcome::Busy => Ok(args.conflict_exit_code.map_or(Exit::Busy, Exit::Chosen)),
    }
}

fn open(name: Name, args: &LockArgs) -> Result<Block, BlockError> {
    let stated = args.nsems.or(args.create.flatten());
    match (name.open(), name, args.create) {
        (
            Err(BlockError::Sysv(Error {
                errno: Errno::ENOENT,
                ..
            })),
            Name::Key(key),
            Some(_),
        ) => {
            match Block::create(key, stated.unwrap_or(DEFAULT_NSEMS), DEFAULT_MODE) {
                // Somebody else was faster: theirs is as good.
                Err(BlockError::Sysv(Error {
                    errno: Errno::EEXIST,
                    ..
                })) => name.open(),
                made => made,
            }
        }
        (opened, ..) => opened,
    }?
    .require(stated)
}

fn mode(args: &LockArgs) -> Mode {
    if args.shared { Mode::Read } else { Mode::Write }
}

fn wait(args: &LockArgs) -> Wait {
    match args.wait {
        _ if args.nonblock => Wait::Not,
        Some(time) => Wait::at_most(time),
        None => Wait::Forever,
    }
}

fn failed(named: &[Named], error: Error) -> Failure {
    let names: Vec<_> = named.iter().map(|named| named.name.as_str()).collect();
    Failure::sysv(&format!("lock {}", names.join(", ")), error)
}

fn become_command(command: Vec<OsString>) -> Result<Infallible> {
    let words = command
        .into_iter()
        .map(|word| CString::new(word.into_vec()))
        .collect::<Result<Vec<_>, _>>()?;
    let Err(errno) = unistd::execvp(&words[0], &words);
    let exit = if errno == Errno::ENOENT {
        Exit::NotFound
    } else {
        Exit::CannotRun
    };
    Err(Failure::new(
        exit,
        format!("run {:?}: {} ({errno:?})", words[0], errno.desc()),
    )
    .into())
}
