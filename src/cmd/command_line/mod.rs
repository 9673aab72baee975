//! Command lines that are wrong, or that likely mean something else than they say.

mod corrections;
mod definition;
mod describe;
mod doubt;
mod explanation;
#[cfg(all(any(test, fuzzing), family = "linux"))]
#[path = "../../fuzz/command_line.rs"]
mod fuzz;
mod habits;
mod help;
mod line;
mod mistake;
mod shell_words;
mod similar;
mod subcommands;

use std::ffi::OsString;

use self::doubt::Doubt;
use crate::cli::{Cli, Command};
use crate::failure::Failure;

pub(super) use self::definition::{is_help_of_command, parse};
pub(super) use self::help::print_help;

/// The command line, if it can be meant as it is.
pub(super) fn checked(
    parsed: Result<Cli, clap::Error>,
    arguments: &[OsString],
) -> Result<Cli, Failure> {
    let cli = parsed.map_err(|mistake| mistake::explain(&mistake, arguments))?;
    match &cli.command {
        Command::Lock(args) => match Doubt::of(&args.args, arguments) {
            Some(doubt) => Err(explanation::explain(&doubt, &args.args, arguments)),
            None => Ok(cli),
        },
        _ => Ok(cli),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_clap_understands_may_still_be_refused() {
        let is_accepted = |line: &str| {
            let line: Vec<OsString> = line.split(' ').map(Into::into).collect();
            checked(parse(&line), &line).is_ok()
        };
        assert!(is_accepted("semlock status"));
        assert!(is_accepted("semlock lock a -- true"));
        assert!(!is_accepted("semlock lock a --"));
        assert!(!is_accepted("semlock lock --foo"));
    }
}
