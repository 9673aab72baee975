//! `semlock create`: makes a block with the size, owner and mode that are wanted.

use std::io::{self, Write};

use anyhow::Result;
use nix::errno::Errno;

use super::Name;
use crate::cli::CreateArgs;
use crate::diagnose::Failure;
use crate::exit::Exit;
use crate::process::accounts::{self, Owner};
use crate::session::{Block, BlockError};
use crate::sysv::{DEFAULT_NSEMS, Error, Key};

/// Makes the block, gives it its owner, and says what it is.
pub fn run(args: &CreateArgs) -> Result<Exit> {
    let key = super::key(args.key)?;
    let owner = args.owner.as_deref().map(owner).transpose()?;
    let nsems = args.nsems.unwrap_or(DEFAULT_NSEMS);
    let block = match Block::create(key, nsems, args.mode) {
        Ok(block) => owned(block, owner, key)?,
        Err(BlockError::Sysv(Error { errno: Errno::EEXIST, .. })) if args.exist_ok => {
            existing(key, nsems)?
        }
        Err(error) => return Err(refused(key, &error).into()),
    };
    announce(key, block)?;
    Ok(Exit::Done)
}

fn owner(text: &str) -> Result<Owner, Failure> {
    accounts::owner(text).map_err(|error| {
        Failure::new(Exit::CannotCreate, format!("make {text:?} the owner: {error}"))
    })
}

/// The block as it must be before anybody else can find a lock in it: if the
/// owner cannot be set, there is no block.
fn owned(block: Block, owner: Option<Owner>, key: Key) -> Result<Block> {
    let Some(owner) = owner else { return Ok(block) };
    block.set().chown(owner.uid, owner.gid).map_err(|error| {
        let _ = block.set().remove();
        Failure::sysv(&format!("give {} to its owner", Name::Key(key)), error)
    })?;
    Ok(block)
}

fn existing(key: Key, nsems: u16) -> Result<Block> {
    let block = Name::Key(key).open_to("open")?;
    block.require(Some(nsems)).map_err(|error| Name::Key(key).failure("create", &error).into())
}

fn refused(key: Key, error: &BlockError) -> Failure {
    let failure = Name::Key(key).failure("create", error);
    match error {
        BlockError::Sysv(Error { errno: Errno::EEXIST, .. }) => {
            failure.fix("semlock create --exist-ok takes it as it is")
        }
        _ => failure,
    }
}

fn announce(key: Key, block: Block) -> Result<()> {
    let (semid, nsems, slots) = (block.set().semid(), block.nsems(), block.slots());
    if !nsems.is_power_of_two() {
        let _ = writeln!(
            io::stderr(),
            "semlock: note: {nsems} is no power of 2, as the Perl module's manual asks for; it works with any even number"
        );
    }
    writeln!(io::stdout(), "{}: semid {semid}, {nsems} semaphores, {slots} slots", Name::Key(key))?;
    Ok(())
}
