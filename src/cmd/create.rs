//! `semlock create`: makes a block with the size, owner and mode that are wanted.

use std::io::{self, Write};

use anyhow::Result;
use nix::errno::Errno;
use nix::unistd::geteuid;

use super::Name;
use crate::cli::{CreateArgs, Format};
use crate::diagnose::{self, Failure, Notes};
use crate::exit::Exit;
use crate::report::{self, CreateReport};
use crate::session::{Block, BlockError, DEFAULT_MODE};
use crate::system;
use crate::system::accounts::{self, Owner};
use crate::sysv::{DEFAULT_NSEMS, Error, Key, Set, SetInfo};

/// Makes the block, gives it its owner, says what it is and what to expect.
pub fn run(args: &CreateArgs) -> Result<Exit> {
    system::need_stdout()?;
    let key = super::key(args.key)?;
    let owner = args.owner.as_deref().map(owner).transpose()?;
    let nsems = args.nsems.unwrap_or(DEFAULT_NSEMS);
    let (block, notes) = match Block::create(key, nsems, mode(args)) {
        Ok(block) => (owned(block, owner, key)?, notes(args, nsems, owner)),
        Err(BlockError::Sysv(error)) if args.exist_ok && is_taken(key, error) => {
            let block = existing(key, nsems)?;
            (block, if args.quiet { Notes::new() } else { differences(block, args, owner) })
        }
        Err(error) => return Err(refused(args, key, &error).into()),
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

/// What was stated, and is not so in the block that was there already.
fn differences(block: Block, args: &CreateArgs, owner: Option<Owner>) -> Notes {
    let Ok(SetInfo { permissions: is, .. }) = block.set().info() else { return Notes::new() };
    let Owner { uid, gid } = owner.unwrap_or_default();
    let mut notes = Notes::new();
    if let Some(mode) = args.mode.filter(|&mode| mode != is.mode) {
        notes.push(format!("its mode is {:04o}, not {mode:04o}", is.mode));
    }
    for (what, is, wanted) in [("user", is.uid, uid), ("group", is.gid, gid)] {
        if let Some(wanted) = wanted.filter(|&wanted| wanted != is) {
            notes.push(format!("its owner is {what} {is}, not {what} {wanted}"));
        }
    }
    notes
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

fn existing(key: Key, nsems: u16) -> Result<Block> {
    let block = Name::Key(key).open_to("open")?;
    block.require(Some(nsems)).map_err(|error| Name::Key(key).failure("create", &error).into())
}

fn refused(args: &CreateArgs, key: Key, error: &BlockError) -> Failure {
    match *error {
        BlockError::Sysv(error) => {
            Failure::creating(&format!("create {}", Name::Key(key)), error, &options(args))
        }
        _ => Name::Key(key).failure("create", error),
    }
}

/// What was asked for beside key and size, for a command that asks for it again.
fn options(args: &CreateArgs) -> String {
    diagnose::create_options(args.mode, args.owner.as_deref())
}

fn notes(args: &CreateArgs, nsems: u16, owner: Option<Owner>) -> Notes {
    if args.quiet {
        return Notes::new();
    }
    let uid = owner.and_then(|owner| owner.uid);
    diagnose::before_creating(nsems, mode(args), uid.unwrap_or_else(|| geteuid().as_raw()))
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
                diagnose::tell(&format!("note: {note}"));
            }
            let (name, semid) = (Name::Key(key), block.set().semid());
            let (nsems, slots) = (block.nsems(), block.slots());
            writeln!(out, "{name}: semid {semid}, {nsems} semaphores, {slots} slots")
        }
    }
}
