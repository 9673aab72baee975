//! `--help` and `--version`, as wide and as coloured as the terminal.

use std::env;
use std::io::{self, Write};

use crate::failure;
use crate::system;

/// The width of help where neither the terminal nor the environment has one.
const USUAL_WIDTH: usize = 80;

/// Longer lines are hard to read.
const MAX_WIDTH: usize = 100;

/// The width of help: that of the terminal, else of `$COLUMNS`.
pub(super) fn help_width() -> usize {
    let columns = || env::var("COLUMNS").ok()?.parse().ok().filter(|&columns| columns > 0);
    let width = system::stdout_width().map(usize::from);
    width.or_else(columns).unwrap_or(USUAL_WIDTH).min(MAX_WIDTH)
}

/// Prints help or the version, coloured if that is fit and wanted.
pub(crate) fn print_help(answer: &clap::Error) -> io::Result<()> {
    let (text, mut out) = (answer.render(), io::stdout());
    let coloured = failure::is_coloured(&out);
    let text = if coloured { text.ansi().to_string() } else { text.to_string() };
    out.write_all(text.as_bytes())?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    use crate::cmd::command_line::parse;
    use crate::hostile::assert_harmless;

    #[test]
    fn help_has_no_control_character_whatever_the_program_is_called() {
        for line in ["", "--help", "-h", "--version", "-V", "lock --help", "status -h", "help lock"]
        {
            assert_harmless(line, |_, texts| {
                let name = OsString::from_vec(texts.bytes());
                let words = [name].into_iter().chain(line.split_whitespace().map(Into::into));
                let answer = parse(&words.collect::<Vec<_>>()).unwrap_err().render();
                format!("{answer}\n{}", answer.ansi())
            });
        }
    }
}
