//! `semlock create`: makes a block with the size, owner and mode that are wanted.

use std::io::{self, Write};

use anyhow::Result;
use nix::errno::Errno;
use nix::unistd::geteuid;

use super::Name;
use crate::cli::{CreateArgs, Format};
use crate::exit::Exit;
use crate::failure::{self, Failure, Notes, Wanted};
use crate::report::{self, CreateReport};
use crate::session::{Block, BlockError, DEFAULT_MODE};
use crate::system;
use crate::system::accounts::{self, Owner};
use crate::sysv::{DEFAULT_NSEMS, Error, Key, Set};

/// Makes the block, gives it its owner, says what it is and what to expect.
pub fn run(args: &CreateArgs) -> Result<Exit> {
    system::need_stdout()?;
    let key = super::key(args.key)?;
    let owner = args.owner.as_deref().map(owner).transpose()?;
    let nsems = args.nsems.unwrap_or(DEFAULT_NSEMS);
    let (block, notes) = match Block::create(key, nsems, mode(args)) {
        Ok(block) => (owned(block, owner, key)?, notes(args, nsems, owner)),
        Err(BlockError::Sysv(error)) if args.exist_ok && is_taken(key, error) => {
            (existing(key, nsems, &wanted(args, owner))?, Notes::new())
        }
        Err(error) => return Err(refused(&wanted(args, owner), key, &error).into()),
    };
    announce(key, block, notes, args.format).map_err(|error| unsaid(key, error))?;
    Ok(Exit::Done)
}

/// The answer is lost, the block is not. Who has closed a pipe wants no answer.
fn unsaid(key: Key, error: io::Error) -> anyhow::Error {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return error.into();
    }
    let failure = Failure::io("write to standard output", &error);
    failure.cause(format!("{} is there, as asked for", Name::Key(key))).into()
}

fn mode(args: &CreateArgs) -> u16 {
    args.mode.unwrap_or(DEFAULT_MODE)
}

fn owner(text: &str) -> Result<Owner, Failure> {
    accounts::owner(text).map_err(|error| {
        let exit = if error.is_mistake() { Exit::CannotCreate } else { Exit::System };
        Failure::new(exit, format!("make {text:?} the owner: {error}"))
    })
}

/// The block as it must be before anybody else can find a lock in it: if the
/// owner cannot be set, there is no block.
fn owned(block: Block, owner: Option<Owner>, key: Key) -> Result<Block> {
    let Some(owner) = owner else { return Ok(block) };
    block.set().chown(owner.uid, owner.gid).map_err(|error| {
        let _ = block.set().remove();
        let what = format!("give {} to its owner", Name::Key(key));
        match error.errno {
            Errno::EINVAL => Failure::new(Exit::CannotCreate, format!("{what}: {error}"))
                .cause("there is no such user or group id in this user namespace"),
            _ => Failure::sysv(&what, error),
        }
    })?;
    Ok(block)
}

/// Whether there is a set at the key. Of one that is larger than SEMMSL has come
/// to be since, semget(2) does not say so.
fn is_taken(key: Key, error: Error) -> bool {
    error.errno == Errno::EEXIST || error.errno == Errno::EINVAL && Set::open(key).is_ok()
}

/// The block that is there, if it is as asked for.
fn existing(key: Key, nsems: u16, wanted: &Wanted) -> Result<Block> {
    let name = Name::Key(key);
    let block = name.open_to("open")?.require(Some(nsems));
    let block = block.map_err(|error| name.failure("create", &error))?;
    match failure::not_as_asked(&format!("create {name}"), block.set(), nsems.into(), wanted) {
        Some(failure) => Err(failure.into()),
        None => Ok(block),
    }
}

fn refused(wanted: &Wanted, key: Key, error: &BlockError) -> Failure {
    match *error {
        BlockError::Sysv(error) => {
            Failure::creating(&format!("create {}", Name::Key(key)), error, wanted)
        }
        _ => Name::Key(key).failure("create", error),
    }
}

/// What was asked for beside key and size.
fn wanted(args: &CreateArgs, owner: Option<Owner>) -> Wanted {
    let Owner { uid, gid } = owner.unwrap_or_default();
    Wanted { mode: args.mode, uid, gid, owner: args.owner.clone() }
}

fn notes(args: &CreateArgs, nsems: u16, owner: Option<Owner>) -> Notes {
    if args.quiet {
        return Notes::new();
    }
    let uid = owner.and_then(|owner| owner.uid);
    failure::before_creating(nsems, mode(args), uid.unwrap_or_else(|| geteuid().as_raw()))
}

fn announce(key: Key, block: Block, notes: Notes, format: Format) -> io::Result<()> {
    let mut out = io::stdout();
    match format {
        Format::Json => {
            let block = super::summary(key, block);
            report::write_json(&mut out, &CreateReport { schema: 1, block, notes })
        }
        Format::Table => {
            for note in notes {
                failure::tell(&format!("note: {note}"));
            }
            let (name, semid) = (Name::Key(key), block.set().semid());
            let (nsems, slots) = (block.nsems(), block.slots());
            writeln!(out, "{name}: semid {semid}, {nsems} semaphores, {slots} slots")
        }
    }
}
