//! `semlock create`: creates a block with the size, owner and mode that are wanted.

mod replace;

use std::io::{self, Write};

use anyhow::Result;
use nix::errno::Errno;
use nix::unistd::{getegid, geteuid};

use super::Name;
use crate::cli::{CreateArgs, Format};
use crate::exit::Exit;
use crate::failure::{self, Failure, Wanted, Warnings};
use crate::session::{Block, BlockSpec, DEFAULT_MODE};
use crate::system::accounts::{self, Owner};
use crate::system::{self, has_group, has_user};
use crate::sysv::{Call, DEFAULT_NSEMS, Error, Key, Set};
use crate::view::{self, CreateReport, ReplacedBlock};

/// Creates the block for its owner, says what it is and what to expect.
pub(super) fn run(args: &CreateArgs) -> Result<Exit> {
    system::require_stdout()?;
    let wish = Wish::of(args)?;
    let answer = if args.replace { replace::run(&wish)? } else { create(&wish, args.exist_ok)? };
    let key = wish.key;
    announce(key, answer, args).map_err(|error| unsaid(key, error))?;
    Ok(Exit::Done)
}

/// The block that is asked for.
struct Wish {
    key: Key,
    nsems: Option<u16>,
    wanted: Wanted,
}

/// What came of it.
struct Answer {
    block: Block,
    /// What it was created like; None if it was there before.
    created: Option<BlockSpec>,
    /// What was there before.
    replaced: Option<ReplacedBlock>,
    warnings: Warnings,
}

impl Wish {
    fn of(args: &CreateArgs) -> Result<Self> {
        let key = super::key(args.key)?;
        let owner = args.owner.as_deref().map(owner).transpose()?;
        let Owner { uid, gid } = owner.unwrap_or_default();
        let wanted = Wanted { mode: args.mode, uid, gid, owner: args.owner.clone() };
        Ok(Self { key, nsems: args.nsems, wanted })
    }

    /// What the block is to be like: what is not asked for is as that of `old`, or by
    /// default.
    fn spec(&self, old: Option<BlockSpec>) -> BlockSpec {
        let old = old.unwrap_or_else(|| BlockSpec {
            nsems: DEFAULT_NSEMS,
            uid: geteuid().as_raw(),
            gid: getegid().as_raw(),
            mode: DEFAULT_MODE,
        });
        BlockSpec {
            nsems: self.nsems.unwrap_or(old.nsems),
            uid: self.wanted.uid.unwrap_or(old.uid),
            gid: self.wanted.gid.unwrap_or(old.gid),
            mode: self.wanted.mode.unwrap_or(old.mode),
        }
    }

    /// Why there is no such block.
    fn refused(&self, what: &str, error: Error) -> Failure {
        let is_mapped =
            self.wanted.uid.is_none_or(has_user) && self.wanted.gid.is_none_or(has_group);
        if (error.call, error.errno) == (Call::Semctl("IPC_SET"), Errno::EINVAL) && !is_mapped {
            return not_mapped(self.key, format!(": {error}"));
        }
        Failure::creating(what, error, &self.wanted)
    }
}

impl Answer {
    /// A block that was created.
    fn created(block: Block, spec: BlockSpec) -> Self {
        let warnings = failure::before_creating(spec.nsems, spec.mode, spec.uid);
        Self { block, created: Some(spec), replaced: None, warnings }
    }

    /// A block that was there.
    fn found(block: Block) -> Self {
        Self { block, created: None, replaced: None, warnings: Warnings::new() }
    }
}

fn owner(text: &str) -> Result<Owner, Failure> {
    accounts::owner(text).map_err(|error| {
        let exit = if error.is_mistake() { Exit::CannotCreate } else { Exit::System };
        Failure::new(exit, format!("make {text:?} the owner: {error}"))
    })
}

fn create(wish: &Wish, exist_ok: bool) -> Result<Answer> {
    let (key, spec) = (wish.key, wish.spec(None));
    match spec.create(key) {
        Ok(block) => Ok(Answer::created(block, spec)),
        Err(error) if exist_ok && is_taken(key, error) => existing(wish, spec.nsems),
        Err(error) => Err(wish.refused(&format!("create {}", Name::Key(key)), error).into()),
    }
}

/// There is no such user or group for the kernel, which `said` so or would.
fn not_mapped(key: Key, said: impl std::fmt::Display) -> Failure {
    let what = format!("give {} to its owner{said}", Name::Key(key));
    Failure::new(Exit::CannotCreate, what)
        .cause("there is no such user or group id in this user namespace")
}

/// Whether there is a set at the key. Of one that is larger than SEMMSL has come
/// to be since, semget(2) does not say so.
fn is_taken(key: Key, error: Error) -> bool {
    error.errno == Errno::EEXIST || error.errno == Errno::EINVAL && Set::open(key).is_ok()
}

/// The block that is there, if it is as asked for.
fn existing(wish: &Wish, nsems: u16) -> Result<Answer> {
    let name = Name::Key(wish.key);
    let block = name.open_to("open")?.require(Some(nsems));
    let block = block.map_err(|error| name.failure("create", &error))?;
    let what = format!("create {name}");
    match failure::not_as_asked(&what, block.set(), nsems.into(), &wish.wanted) {
        Some(failure) => Err(failure.into()),
        None => Ok(Answer::found(block)),
    }
}

fn announce(key: Key, answer: Answer, args: &CreateArgs) -> io::Result<()> {
    let Answer { block, created, replaced, mut warnings } = answer;
    if args.quiet {
        warnings.clear();
    }
    let mut out = io::stdout();
    if args.format == Format::Json {
        let (block, created) = (super::summary(key, block), created.is_some());
        let report = CreateReport { schema: 1, block, created, replaced, notes: warnings };
        return view::write_json(&mut out, &report);
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
            writeln!(out, "nothing is replaced: it is as asked for already")
        }
        None => Ok(()),
    }
}

/// The answer is lost, the block is not. Who has closed a pipe wants no answer.
fn unsaid(key: Key, error: io::Error) -> anyhow::Error {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return error.into();
    }
    let failure = Failure::io("write to standard output", &error);
    failure.cause(format!("{} is there, as asked for", Name::Key(key))).into()
}
