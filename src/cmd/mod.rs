//! The subcommands, a file each, and what several of them share.

mod acquire;
mod busy;
mod create;
mod hold;
mod in_use;
mod inspect;
mod keep;
mod left;
mod lock;
mod name;
mod namespace;
mod obstacle;
mod parent;
mod persist;
mod probe_max;
mod progress;
mod remove;
mod screen;
mod select;
mod status;
mod undo;
mod unlock;
mod uses;
mod waiting;

use std::ffi::OsString;
use std::mem::ManuallyDrop;

use anyhow::Result;
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};

use self::name::{Name, Named, key, session_slot, slots, tags};
use crate::cli::{self, Cli, Command};
use crate::exit::Exit;
use crate::failure;
use crate::holder::Order;
use crate::probe;
use crate::report::BlockSummary;
use crate::session::{Block, effective_slots};
use crate::system::{self, Called, Pid};
use crate::sysv::Key;

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
        Err(mut answer) => {
            failure::make_printable(&mut answer);
            return Ok(usage(&answer));
        }
    };
    if let Some(name) = cli.ipc_namespace() {
        namespace::enter(name)?;
    }
    match cli.command {
        Command::Create(args) => create::run(&args.args),
        Command::Lock(args) => lock::run(args.args),
        Command::Unlock(args) => unlock::run(&args.args),
        Command::Status(args) => status::run(&args.args),
        Command::Remove(args) => remove::run(&args.args),
        Command::ProbeMax(args) => probe_max::run(&args.args),
    }
}

/// What `Cli::try_parse_from` does, but leaves clap's memory to the end of the
/// process, which is near: freeing it is an eighth of what parsing costs.
fn parse(arguments: Vec<OsString>) -> Result<Cli, clap::Error> {
    let mut definition = ManuallyDrop::new(Cli::command().term_width(screen::help_width()));
    let matches = definition.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches_mut(&mut ManuallyDrop::new(matches))
        .map_err(|error| error.format(&mut definition))
}

/// `--help` and `--version` are answers, anything else is a mistake. What is wrong
/// with a value is said as of a value that the kernel refuses.
fn usage(answer: &clap::Error) -> Exit {
    match (answer.use_stderr(), failure::form()) {
        (true, failure::Form::Json) => failure::report(&failure::usage(answer).into()),
        (true, _) if answer.kind() == ErrorKind::ValueValidation => {
            failure::report(&failure::usage(answer).into())
        }
        (true, _) => {
            failure::tell_usage(answer);
            Exit::Usage
        }
        (false, _) => match system::need_stdout().and_then(|()| screen::print_help(answer)) {
            Ok(()) => Exit::Done,
            Err(error) => failure::report(&error.into()),
        },
    }
}

/// What a block is, for an answer that programs read.
fn summary(key: Key, block: Block) -> BlockSummary {
    let nsems = block.nsems();
    BlockSummary {
        key: key.raw(),
        key_hex: format!("{key:x}"),
        semid: block.set().semid(),
        nsems,
        slots: block.slots(),
        effective_slots: effective_slots(nsems),
    }
}

/// A process that a semaphore names, for people.
fn called(pid: i32) -> String {
    let Some(pid) = Pid::new(pid) else { return "a process of another pid namespace".into() };
    let command = system::process(pid).and_then(|process| process.command().clone()).shown();
    Called(pid, command.as_ref()).to_string()
}
