//! The file that a process runs, and whether that is a shell.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use super::code::file_name;
use super::{Entry, Pid, platform};

/// What a process runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Executable {
    /// The name of the file, without its directories.
    pub file: Entry<Vec<u8>>,
    /// What it does, if it is a shell.
    pub shell: Shell,
}

/// Whether a process runs a shell. A shell does not call semop(2) itself, but may pass a
/// semid in a variable to a program that does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shell {
    /// It does not, or it may not be looked at.
    No,
    /// A user types its commands.
    Interactive,
    /// It runs a script, or has ended, or whether it runs one cannot be read.
    Script,
}

/// The file names of shells.
const SHELLS: &[&[u8]] = &[
    b"sh", b"ash", b"bash", b"dash", b"fish", b"ksh", b"ksh93", b"lksh", b"mksh", b"oksh", b"posh",
    b"rbash", b"rc", b"tcsh", b"csh", b"yash", b"zsh", b"zsh5", b"busybox",
];

/// Options of these shells whose next word is their value, not a script.
const WITH_VALUE: &[&[u8]] = &[b"--rcfile", b"--init-file", b"-o", b"+o", b"-O", b"+O"];

impl Shell {
    /// Whether this is the name of a shell.
    pub(crate) fn is_name(name: &[u8]) -> bool {
        SHELLS.contains(&name)
    }
}

impl Executable {
    pub(super) fn of(pid: Pid) -> Self {
        let file = file_of(pid);
        let shell = match &file {
            Entry::Is(name) if Shell::is_name(name) => shell_of(pid),
            Entry::Is(_) | Entry::Unreadable(_) => Shell::No,
            // It has ended, or is ending.
            Entry::Gone => Shell::Script,
        };
        Self { file, shell }
    }
}

/// The name of the file that a process runs, without its directories.
pub(super) fn file_of(pid: Pid) -> Entry<Vec<u8>> {
    platform::executable(pid).map(|path| file_name(&path).to_vec())
}

fn shell_of(pid: Pid) -> Shell {
    let words = platform::command_line(pid);
    let terminal = platform::standard_input(pid).map(|file| is_terminal(&file));
    match (words, terminal) {
        (Entry::Is(words), Entry::Is(true)) if !has_script(&words) => Shell::Interactive,
        _ => Shell::Script,
    }
}

fn is_terminal(file: &[u8]) -> bool {
    [&b"/dev/pts/"[..], b"/dev/tty", b"/dev/console"].iter().any(|name| file.starts_with(name))
}

/// Whether a shell was given a script, or a command with `-c`.
fn has_script(words: &[OsString]) -> bool {
    let mut options = words.iter().skip(1).map(|word| word.as_bytes());
    while let Some(word) = options.next() {
        let is_short = word.starts_with(b"-") && !word.starts_with(b"--");
        match word {
            b"--" | b"-" => return options.next().is_some(),
            b"-s" => return false,
            value if WITH_VALUE.contains(&value) => drop(options.next()),
            option if is_short && option.contains(&b'c') => return true,
            option if option.starts_with(b"-") || option.starts_with(b"+") => {}
            _ => return true,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_of_a_shell_tells_whether_it_runs_a_script() {
        for (line, script) in [
            ("bash", false),
            ("-bash", false),
            ("bash -i", false),
            ("bash --rcfile x", false),
            ("bash --norc -o vi", false),
            ("sh -s a b", false),
            ("bash x.sh", true),
            ("bash --rcfile x y.sh", true),
            ("sh -c true", true),
            ("bash -lc true", true),
            ("sh -eu x", true),
            ("sh -- x", true),
            ("sh --", false),
        ] {
            let words: Vec<_> = line.split(' ').map(OsString::from).collect();
            assert_eq!(has_script(&words), script, "{line}");
        }
    }

    #[test]
    fn a_deleted_file_keeps_its_name() {
        assert_eq!(file_name(b"/usr/bin/bash (deleted)"), b"bash");
        assert_eq!(file_name(b"/usr/bin/php8.2"), b"php8.2");
    }
}
