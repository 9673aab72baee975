//! The subcommands, a file each, and what several of them share.

mod acquire;
mod create;
mod hold;
mod lock;
mod namespace;
mod probe_max;
mod remove;
mod select;
mod status;
mod unlock;
mod waiting;

use std::env;
use std::ffi::{OsStr, OsString};
use std::mem::ManuallyDrop;
use std::os::unix::ffi::OsStrExt;

use anyhow::Result;
use clap::{CommandFactory, FromArgMatches};

use crate::cli::{self, Cli, Command, Sessions, Target};
use crate::diagnose::{self, Failure, reasons};
use crate::exit::Exit;
use crate::holder::{Order, Which};
use crate::probe;
use crate::process;
use crate::session::{self, Block, BlockError, Slot};
use crate::sysv::{self, Key, Set};

/// Does what the command line asks for: a holder's, a plain lock's, or any other.
pub fn run(arguments: Vec<OsString>) -> Result<Exit> {
    if let Some(order) = Order::parse(&arguments) {
        return hold::hold(&order);
    }
    if probe::is_maker(&arguments) {
        probe::be_the_maker(&arguments)?;
        return Ok(Exit::Done);
    }
    if let Some(args) = cli::plain_lock(&arguments) {
        return lock::run(args);
    }
    let cli = match parse(arguments) {
        Ok(cli) => cli,
        Err(answer) => return Ok(usage(&answer)),
    };
    if let Some(name) = &cli.ipc_namespace {
        namespace::enter(name)?;
    }
    match cli.command {
        Command::Create(args) => create::run(&args.0),
        Command::Lock(args) => lock::run(args.0),
        Command::Unlock(args) => unlock::run(&args.0),
        Command::Status(args) => status::run(&args.0),
        Command::Remove(args) => remove::run(&args.0),
        Command::ProbeMax(args) => probe_max::run(&args.0),
    }
}

/// What `Cli::try_parse_from` does, but leaves clap's memory to the end of the
/// process, which is near: freeing it is an eighth of what parsing costs.
fn parse(arguments: Vec<OsString>) -> Result<Cli, clap::Error> {
    let mut definition = ManuallyDrop::new(Cli::command());
    let matches = definition.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches_mut(&mut ManuallyDrop::new(matches))
        .map_err(|error| error.format(&mut definition))
}

/// `--help` and `--version` are answers, anything else is a mistake.
fn usage(answer: &clap::Error) -> Exit {
    match (answer.use_stderr(), diagnose::form()) {
        (true, diagnose::Form::Json) => diagnose::report(&diagnose::usage(answer).into()),
        (true, _) => {
            // A stderr that cannot be written to leaves nobody to tell.
            let _ = answer.print();
            Exit::Usage
        }
        (false, _) => match process::need_stdout().and_then(|()| answer.print()) {
            Ok(()) => Exit::Done,
            Err(error) => diagnose::report(&error.into()),
        },
    }
}

/// A block as the user named it.
#[derive(Clone, Copy, Debug)]
enum Name {
    Key(Key),
    Id(i32),
}

impl Name {
    fn of(target: &Target) -> Result<Self> {
        match target.id {
            Some(semid) => Ok(Self::Id(semid)),
            None => key(target.key).map(Self::Key),
        }
    }

    fn open(self) -> Result<Block, BlockError> {
        match self {
            Self::Key(key) => Block::open(key),
            Self::Id(semid) => Block::of(Set::from_id(semid)),
        }
    }

    /// The set by this name, be it a block or not.
    fn set(self) -> Result<Set, sysv::Error> {
        match self {
            Self::Key(key) => Set::open(key),
            Self::Id(semid) => Ok(Set::from_id(semid)),
        }
    }

    /// Opens the block to `verb` it, for a subcommand that needs it to be there.
    fn open_to(self, verb: &str) -> Result<Block> {
        self.open().map_err(|error| self.failure(verb, &error).into())
    }

    fn failure(self, verb: &str, error: &BlockError) -> Failure {
        let failure = Failure::block(&format!("{verb} {self}"), error);
        if matches!(self, Self::Id(_)) && failure.why() == Some(&reasons::REMOVED) {
            return failure.reason(&reasons::NO_SUCH_ID);
        }
        failure
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(key) => write!(f, "block {key} ({key:x})"),
            Self::Id(semid) => write!(f, "block with semid {semid}"),
        }
    }
}

/// `--key`, else `$SEMLOCK_KEY`, else the module's own.
fn key(stated: Option<i32>) -> Result<Key> {
    if let Some(key) = stated {
        return Ok(Key::new(key));
    }
    let Some(text) = env::var_os("SEMLOCK_KEY").filter(|text| !text.is_empty()) else {
        return Ok(session::DEFAULT_KEY);
    };
    let key = text.to_str().ok_or_else(|| "not a number".into()).and_then(cli::key);
    Ok(Key::new(key.map_err(|error| {
        Failure::new(Exit::Usage, format!("use $SEMLOCK_KEY {text:?}: {error}"))
            .reason(&reasons::USAGE)
    })?))
}

/// A slot, and what the user called it.
#[derive(Debug)]
struct Named {
    slot: Slot,
    name: String,
    /// The session id; empty if it was not named by one.
    session: Vec<u8>,
}

impl Named {
    /// Whether this is what the user calls `other`: a session is only itself, a
    /// slot is whatever falls on it.
    fn means(&self, other: &Self) -> bool {
        let by_slot = self.session.is_empty() && self.slot == other.slot;
        by_slot || self.name == other.name
    }
}

impl From<&Sessions> for Which {
    fn from(sessions: &Sessions) -> Self {
        Self {
            all: sessions.all,
            sessions: sessions.sessions.iter().chain(&sessions.dashed).cloned().collect(),
            slots: sessions.slot.clone(),
        }
    }
}

/// The slots that the user named, in that order.
fn slots(which: &Which, block: Block) -> Result<Vec<Named>> {
    let every = |slot| Named { slot, name: "every slot".into(), session: Vec::new() };
    let all = block.all_slots().filter(|_| which.all).map(|slot| Ok(every(slot)));
    let by_session = which.sessions.iter().map(|id| session_slot(id, block));
    let by_number = which.slots.iter().map(|&index| numbered_slot(index, block));
    all.chain(by_session).chain(by_number).collect()
}

fn session_slot(id: &OsStr, block: Block) -> Result<Named> {
    let name = format!("session {id:?}");
    let slot = block.slot_of(id.as_bytes()).map_err(|error| Failure::slot(&name, error))?;
    Ok(Named { slot, name, session: id.as_bytes().into() })
}

fn numbered_slot(index: u16, block: Block) -> Result<Named> {
    let slots = block.slots();
    if index >= slots {
        let what = format!("use slot {index}: the block has {slots} slots, 0 to {}", slots - 1);
        let failure = Failure::new(Exit::NoSlot, what).reason(&reasons::NO_SLOT);
        return Err(failure.cause("the block is smaller").into());
    }
    Ok(Named { slot: Slot::new(index), name: format!("slot {index}"), session: Vec::new() })
}
