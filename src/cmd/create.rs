//! `semlock create`: creates a block with this size, owner and mode.

mod replace;
mod request;

use std::io::{self, Write};

use anyhow::Result;

use self::request::{BlockRequest, BlockResult, is_taken};
use super::shared::{Name, summary};
use crate::cli::{CreateArgs, Format};
use crate::exit::Exit;
use crate::failure::{self, Failure};
use crate::json;
use crate::system;
use crate::sysv::Key;
use crate::view::CreateReport;

/// Creates or replaces the block, says what it is, and warns of what to expect.
pub(super) fn run(args: &CreateArgs) -> Result<Exit> {
    system::require_stdout()?;
    let request = BlockRequest::of(args)?;
    let result =
        if args.replace { replace::run(&request)? } else { create(&request, args.exist_ok)? };
    let key = request.key;
    announce(key, result, args).map_err(|error| not_announced(key, error))?;
    Ok(Exit::Done)
}

fn create(request: &BlockRequest, exist_ok: bool) -> Result<BlockResult> {
    let (key, spec) = (request.key, request.spec(None));
    match spec.create(key) {
        Ok(block) => Ok(BlockResult::created(block, spec)),
        Err(error) if exist_ok && is_taken(key, error) => existing(request, spec.nsems),
        Err(error) => Err(request.refused(&format!("create {}", Name::Key(key)), error).into()),
    }
}

/// The block that exists, if it is as requested.
fn existing(request: &BlockRequest, nsems: u16) -> Result<BlockResult> {
    let name = Name::Key(request.key);
    let block = name.open_to("open")?.require(Some(nsems));
    let block = block.map_err(|error| name.failure("create", &error))?;
    let what = format!("create {name}");
    match failure::other_owner_or_mode(&what, block.set(), nsems.into(), &request.wanted) {
        Some(failure) => Err(failure.into()),
        None => Ok(BlockResult::found(block)),
    }
}

fn announce(key: Key, result: BlockResult, args: &CreateArgs) -> io::Result<()> {
    let BlockResult { block, created, replaced, mut warnings } = result;
    if args.quiet {
        warnings.clear();
    }
    let mut out = io::stdout();
    if args.format == Format::Json {
        let (block, created) = (summary(key, block), created.is_some());
        let report = CreateReport { schema: 1, block, created, replaced, notes: warnings };
        return json::write(&mut out, &report);
    }
    for warning in &warnings {
        failure::warn(warning);
    }
    let (name, semid) = (Name::Key(key), block.set().semid());
    let (nsems, slots) = (block.nsems(), block.slots());
    writeln!(out, "{name}: semid {semid}, {nsems} semaphores, {slots} slots")?;
    match replaced {
        Some(replaced) => writeln!(out, "{replaced}"),
        None if args.replace && created.is_none() => {
            writeln!(out, "nothing to replace: it is already as requested")
        }
        None => Ok(()),
    }
}

/// The answer is lost, the block is not. A reader that closed the pipe wants no answer.
fn not_announced(key: Key, error: io::Error) -> anyhow::Error {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return error.into();
    }
    let failure = Failure::io("write to standard output", &error);
    failure.cause(format!("{} exists, as requested", Name::Key(key))).into()
}
