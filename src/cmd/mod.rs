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
mod usage;
mod uses;
mod waiting;

use std::ffi::OsString;

use anyhow::Result;
use clap::error::ErrorKind;

use self::name::{Name, Named, key, session_slot, slots, tags};
use crate::cli::{self, Command};
use crate::exit::Exit;
use crate::failure;
use crate::holder::HolderArgs;
use crate::probe;
use crate::session::{Block, effective_slots};
use crate::system::{self, Pid, ProcessName, Text};
use crate::sysv::Key;
use crate::view::BlockSummary;

/// Does what the command line asks for: a holder's, a plain lock's, or any other.
pub fn run(arguments: &[OsString]) -> Result<Exit> {
    if cli::asks_for_json(arguments) {
        failure::set_format(failure::Format::Json);
    }
    if let Some(args) = HolderArgs::parse(arguments) {
        return hold::hold(&args);
    }
    if probe::is_worker(arguments) {
        probe::run_worker(arguments)?;
        return Ok(Exit::Done);
    }
    if let Some(args) = cli::plain_lock(arguments) {
        return lock::run(&args);
    }
    let cli = match usage::parse(arguments) {
        Err(answer) if is_help(&answer) && !usage::is_help_of_command(&answer, arguments) => {
            return help(&answer);
        }
        parsed => usage::checked(parsed, arguments)?,
    };
    if let Some(name) = cli.ipc_namespace() {
        namespace::enter(name)?;
    }
    match cli.command {
        Command::Create(args) => create::run(&args.args),
        Command::Lock(args) => lock::run(&args.args),
        Command::Unlock(args) => unlock::run(&args.args),
        Command::Status(args) => status::run(&args.args),
        Command::Remove(args) => remove::run(&args.args),
        Command::ProbeMax(args) => probe_max::run(&args.args),
    }
}

/// Whether clap has no mistake to report, but something to show.
fn is_help(answer: &clap::Error) -> bool {
    let unasked = answer.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    unasked || !answer.use_stderr()
}

/// `--help` and `--version` are answers; help that nobody asked for is none.
fn help(answer: &clap::Error) -> Result<Exit> {
    if answer.use_stderr() {
        failure::show(&answer.to_string());
        return Ok(Exit::Usage);
    }
    system::require_stdout()?;
    screen::print_help(answer)?;
    Ok(Exit::Done)
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
    called_by(pid, |pid| system::find(pid).and_then(|process| process.command().clone()).shown())
}

/// The same where its command line is found otherwise.
fn called_by(pid: i32, command: impl FnOnce(Pid) -> Option<Text>) -> String {
    let Some(pid) = Pid::new(pid) else { return "a process of another pid namespace".into() };
    ProcessName(pid, command(pid).as_ref()).to_string()
}
