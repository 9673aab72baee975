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
    loop {
        return match spec.create(key) {
            Ok(block) => Ok(BlockResult::created(block, spec)),
            Err(error) if exist_ok && is_taken(key, error) => match existing(request, spec.nsems) {
                Err(failure) if has_vanished(&failure) => continue,
                found => found,
            },
            Err(error) => Err(request.refused(&format!("create {}", Name::Key(key)), error).into()),
        };
    }
}

/// Whether the block that was there has been removed in the meantime.
fn has_vanished(failure: &anyhow::Error) -> bool {
    failure.downcast_ref::<Failure>().is_some_and(|failure| failure.exit == Exit::NoBlock)
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

fn announce(key: Key, mut result: BlockResult, args: &CreateArgs) -> io::Result<()> {
    if args.quiet {
        result.warnings.clear();
    }
    if args.format == Format::Table {
        result.warnings.drain(..).for_each(|warning| failure::warn(&warning));
    }
    write(key, result, args, &mut io::stdout())
}

/// Writes which block it is, and what it replaced.
fn write(key: Key, result: BlockResult, args: &CreateArgs, out: &mut impl Write) -> io::Result<()> {
    let BlockResult { block, created, replaced, warnings } = result;
    if args.format == Format::Json {
        let (block, created) = (summary(key, block), created.is_some());
        let report = CreateReport { schema: 1, block, created, replaced, notes: warnings };
        return json::write(out, &report);
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};
    use crate::session::Block;
    use crate::sysv::{Gid, Permissions, Semid, Set, SetInfo, Uid};
    use crate::view::made::{Maker, assert_renders};

    fn arguments(format: &str) -> CreateArgs {
        match Cli::parse_from(["semlock", "create", "--replace", format]).command {
            Command::Create(args) => args.args,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_create_says_has_no_control_character() {
        let (key, semid, nsems) = (Key::new(1), Semid::new(2), 4);
        let [uid, cuid] = [Uid::new(3); 2];
        let [gid, cgid] = [Gid::new(4); 2];
        let permissions = Permissions { uid, gid, cuid, cgid, mode: 0o700 };
        let info = SetInfo { key, semid, nsems, permissions, otime: None, ctime: None };
        let block = Block::with_info(Set::from_id(semid), &info).unwrap();
        for format in ["--format=table", "--format=json"] {
            let args = arguments(format);
            assert_renders("the answer of create", |maker, _, out| {
                let replaced = maker.maybe(Maker::replaced);
                let warnings = maker.strings();
                let result = BlockResult { block, created: None, replaced, warnings };
                write(key, result, &args, out)
            });
        }
    }
}
