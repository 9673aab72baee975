//! Command lines that are wrong, or mean something else than what is likely meant.

mod definition;
mod doubt;
mod explanation;
mod help;

use std::ffi::OsString;

use self::definition::Semlock;
pub(super) use self::definition::{is_help_of_command, parse};
use self::doubt::Doubt;
pub(super) use self::help::print_help;
use crate::cli::{Cli, Command};
use crate::failure::{self, Failure};

/// The command line, if it can be meant as it is.
pub(super) fn checked(
    parsed: Result<Cli, clap::Error>,
    arguments: &[OsString],
) -> Result<Cli, Failure> {
    let cli = parsed.map_err(|mistake| failure::usage(&mistake, arguments, &Semlock))?;
    match &cli.command {
        Command::Lock(args) => match Doubt::of(&args.args, arguments) {
            Some(doubt) => Err(explanation::explain(&doubt, &args.args, arguments)),
            None => Ok(cli),
        },
        _ => Ok(cli),
    }
}
