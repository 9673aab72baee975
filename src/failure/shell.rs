//! Commands for a shell, as words that are quoted when they are printed.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::Path;
use std::sync::OnceLock;

use crate::system::{Pid, printable};

/// A command that can be copied into a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShellCommand {
    words: Vec<OsString>,
}

/// How commands reach the IPC namespace that semlock works in, if it is not the shell's.
struct Namespace {
    semlock: [OsString; 2],
    nsenter: Vec<OsString>,
}

static NAMESPACE: OnceLock<Namespace> = OnceLock::new();

/// From now on, commands are for the IPC namespace that the user called `name`, with this
/// file, and for the user namespace through which it was entered, if any.
pub(crate) fn set_namespace(name: &OsStr, file: &Path, users: Option<&Path>) {
    let option =
        |name: &str, file: &Path| [OsStr::new(name), file.as_os_str()].join(OsStr::new("="));
    let users = users.map(|users| ["--preserve-credentials".into(), option("--user", users)]);
    let ipc = option("--ipc", file);
    let words = [OsString::from("nsenter")].into_iter().chain(users.into_iter().flatten());
    let _ = NAMESPACE.set(Namespace {
        semlock: ["--ipc-namespace".into(), name.into()],
        nsenter: words.chain([ipc]).collect(),
    });
}

/// Whether commands are for another IPC namespace than the shell's.
pub(super) fn is_elsewhere() -> bool {
    NAMESPACE.get().is_some()
}

impl ShellCommand {
    pub(crate) fn new<W: Into<OsString>>(words: impl IntoIterator<Item = W>) -> Self {
        Self { words: words.into_iter().map(Into::into).collect() }
    }

    /// `semlock SUBCOMMAND`, in the namespace that this semlock works in.
    pub(crate) fn semlock(subcommand: &str) -> Self {
        let namespace = NAMESPACE.get().into_iter().flat_map(|namespace| namespace.semlock.clone());
        Self::new(["semlock".into()].into_iter().chain(namespace)).arg(subcommand)
    }

    /// `semlock SUBCOMMAND` in the IPC namespace of a process, if one is given.
    pub(crate) fn semlock_in(process: Option<Pid>, subcommand: &str) -> Self {
        match process {
            Some(pid) => Self::new(["semlock"]).option("--ipc-namespace", pid).arg(subcommand),
            None => Self::semlock(subcommand),
        }
    }

    /// `kill PID`, with SIGKILL if the process would survive SIGTERM.
    pub(crate) fn kill(pid: Pid, hard: bool) -> Self {
        Self::new(["kill"]).args(hard.then_some("-KILL")).arg(pid.to_string())
    }

    /// The command of another program, in the namespace that this semlock works in.
    pub(super) fn there(self) -> Self {
        let nsenter = NAMESPACE.get().into_iter().flat_map(|namespace| namespace.nsenter.clone());
        Self::new(nsenter.chain(self.words))
    }

    /// By a program that runs it as another user, such as `sudo`.
    pub(super) fn through(self, program: &str) -> Self {
        Self::new([program]).args(self.words)
    }

    #[must_use]
    pub(crate) fn arg(mut self, word: impl Into<OsString>) -> Self {
        self.words.push(word.into());
        self
    }

    #[must_use]
    pub(crate) fn args<W: Into<OsString>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.words.extend(words.into_iter().map(Into::into));
        self
    }

    /// Adds an option and its value.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "most values are numbers")]
    pub(crate) fn option(self, name: &str, value: impl ToString) -> Self {
        self.arg(name).arg(value.to_string())
    }

    /// Whether its text is exact: a message can show every character of its words.
    pub(super) fn is_exact(&self) -> bool {
        let is_shown = |word: &OsString| word.to_str().is_some_and(|word| printable(word) == word);
        self.words.iter().all(is_shown)
    }
}

impl fmt::Display for ShellCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.words.iter().map(|word| word.to_string_lossy());
        let words: Vec<_> = words.map(|word| quoted(&word).into_owned()).collect();
        f.write_str(&words.join(" "))
    }
}

/// A word as a shell reads it. In `NAME=VALUE` only the value is quoted.
pub(crate) fn quoted(word: &str) -> Cow<'_, str> {
    match word.split_once('=') {
        Some((name, value)) if is_plain(name) => format!("{name}={}", by_shlex(value)).into(),
        _ => by_shlex(word),
    }
}

/// shlex fails only for a NUL, which no word of a command can have.
fn by_shlex(text: &str) -> Cow<'_, str> {
    if is_plain(text) { text.into() } else { shlex::try_quote(text).unwrap_or_default() }
}

/// shlex would quote the commas of a list, too.
fn is_plain(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/,+@%".contains(c);
    !text.is_empty() && text.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_every_word_as_it_was() {
        let words = [
            "",
            "a b",
            "it's",
            "$x",
            "`x`",
            "--session=-a",
            "--session=",
            "a='b c'",
            "=x",
            "~",
            "*",
            "\\",
            "a\"b",
            "#",
            "kernel.sem=1 2 3 4",
            "ü",
            "!",
            "x=~/y",
            "{a,b}",
            "--x=y=z",
        ];
        for word in words {
            let echo = ShellCommand::new(["printf", "%s", word]).to_string();
            let said = std::process::Command::new("sh").args(["-c", &echo]).output().unwrap();
            assert_eq!(String::from_utf8(said.stdout).unwrap(), word, "{echo}");
        }
    }

    #[test]
    fn words_are_quoted_only_where_they_must_be() {
        for (word, text) in [
            ("--session=-a", "--session=-a"),
            ("kernel.sem=1 2", "kernel.sem='1 2'"),
            ("undo,timed-wait", "undo,timed-wait"),
            ("a b", "'a b'"),
            ("", "''"),
            ("--session=", "--session=''"),
            ("it's", "\"it's\""),
        ] {
            assert_eq!(quoted(word), text);
        }
    }

    #[test]
    fn a_command_with_what_cannot_be_shown_is_not_exact() {
        assert!(ShellCommand::new(["a b", "ü", "'"]).is_exact());
        assert!(!ShellCommand::new(["a\nb"]).is_exact());
        assert!(!ShellCommand::new(["a\u{202e}b"]).is_exact());
    }

    #[test]
    fn a_command_is_made_of_its_parts() {
        let pid = Pid::new(7).unwrap();
        assert_eq!(ShellCommand::kill(pid, false).to_string(), "kill 7");
        assert_eq!(ShellCommand::kill(pid, true).to_string(), "kill -KILL 7");
        let inside = ShellCommand::semlock_in(Some(pid), "remove");
        assert_eq!(inside.to_string(), "semlock --ipc-namespace 7 remove");
        let here = ShellCommand::semlock_in(None, "remove").option("--id", 5).arg("x");
        assert_eq!(here.to_string(), "semlock remove --id 5 x");
        let changed = ShellCommand::new(["sysctl", "-w"]).there().through("sudo");
        assert_eq!(changed.to_string(), "sudo sysctl -w");
    }
}
