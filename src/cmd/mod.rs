//! The subcommands: a file each, its parts in the folder of the same name, and what
//! several share in `shared`.

mod command_line;
mod complete;
mod create;
mod hold;
mod ipc_namespace;
mod lock;
mod probe_max;
mod remove;
mod shared;
mod status;
mod unlock;
mod version;

use std::ffi::OsString;

use anyhow::Result;
use clap::error::ErrorKind;
use nix::sys::signal::{SigSet, Signal};

use crate::cli::{self, Command};
use crate::exit::Exit;
use crate::failure;
use crate::holder::HolderArgs;
use crate::probe;
use crate::system;

/// Runs what the command line asks for. A holder and a plain `lock` are recognized without
/// clap, which would take longer than the lock.
pub fn run(arguments: &[OsString]) -> Result<Exit> {
    if cli::asks_for_json(arguments) {
        failure::set_format(failure::MessageFormat::Json);
    }
    if let Some(args) = HolderArgs::parse(arguments) {
        return hold::hold(&args);
    }
    if probe::is_worker(arguments) {
        probe::run_worker(arguments)?;
        return Ok(Exit::Done);
    }
    if let Some(words) = complete::words(arguments) {
        return Ok(complete::run(words));
    }
    if let Some(args) = cli::plain_lock(arguments) {
        return lock::run(&args);
    }
    let cli = match command_line::parse(arguments) {
        Err(answer)
            if is_help(&answer) && !command_line::is_help_of_command(&answer, arguments) =>
        {
            return help(&answer);
        }
        parsed => command_line::checked(parsed, arguments)?,
    };
    if let Some(name) = cli.ipc_namespace() {
        ipc_namespace::enter(name)?;
    }
    if !matches!(cli.command, Command::Lock(_)) {
        outlive_full_files()?;
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

/// A file that has reached its limit (RLIMIT_FSIZE) makes writing fail, instead of ending
/// semlock before it has said what it did. COMMAND of `lock` would inherit this.
fn outlive_full_files() -> Result<()> {
    Ok(SigSet::from(Signal::SIGXFSZ).thread_block()?)
}

/// Whether clap shows help or the version instead of reporting a mistake.
fn is_help(answer: &clap::Error) -> bool {
    let unasked = answer.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    unasked || !answer.use_stderr()
}

/// Help that was asked for is an answer. Help that was not is an error.
fn help(answer: &clap::Error) -> Result<Exit> {
    if answer.use_stderr() {
        failure::show(&answer.to_string());
        return Ok(Exit::Usage);
    }
    system::require_stdout()?;
    command_line::print_help(answer)?;
    if answer.kind() == ErrorKind::DisplayVersion {
        version::print_rest(&answer.to_string())?;
    }
    Ok(Exit::Done)
}
