//! What fixes a failure, as a value.

use std::fmt;

use super::line::LONGEST;
use super::shell::ShellCommand;

/// What fixes a failure: commands for a shell wherever there are some, what has to
/// be said beside them, and who may run them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fix {
    what: What,
    notes: Vec<String>,
    by: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    /// One after the other, as long as each succeeds.
    Commands(Vec<ShellCommand>),
    /// The command that failed.
    Again,
    /// What no command does.
    Words(String),
}

impl Fix {
    /// To run again what has failed.
    pub(crate) fn again() -> Self {
        What::Again.into()
    }

    /// The same after other commands. Where it is no command, they are left out.
    #[must_use]
    pub(crate) fn after(mut self, before: impl IntoIterator<Item = ShellCommand>) -> Self {
        if let What::Commands(commands) = &mut self.what {
            commands.splice(..0, before);
        }
        self
    }

    /// Adds what has to be said: a condition, or what else it does.
    #[must_use]
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Says who may do it: "as root (0)".
    #[must_use]
    pub(crate) fn by(mut self, who: String) -> Self {
        self.by = Some(who);
        self
    }

    /// Whether the same is to be done by the same user, whatever the notes say.
    pub(crate) fn does_the_same_as(&self, other: &Self) -> bool {
        (&self.what, &self.by) == (&other.what, &other.by)
    }

    /// Whether a shell runs it.
    pub(crate) fn is_command(&self) -> bool {
        matches!(self.what, What::Commands(_))
    }

    /// Whether its text can be copied into a shell as it is.
    pub(crate) fn is_exact(&self) -> bool {
        match &self.what {
            What::Commands(commands) => {
                let fits = self.to_string().chars().nth(LONGEST).is_none();
                fits && commands.iter().all(ShellCommand::is_exact)
            }
            What::Again | What::Words(_) => true,
        }
    }
}

impl From<What> for Fix {
    fn from(what: What) -> Self {
        Self { what, notes: Vec::new(), by: None }
    }
}

impl From<ShellCommand> for Fix {
    fn from(command: ShellCommand) -> Self {
        What::Commands(vec![command]).into()
    }
}

impl From<String> for Fix {
    fn from(words: String) -> Self {
        What::Words(words).into()
    }
}

impl From<&str> for Fix {
    fn from(words: &str) -> Self {
        words.to_owned().into()
    }
}

/// `as USER: COMMAND && COMMAND  # NOTE; NOTE`
impl fmt::Display for Fix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.what, &self.by) {
            (What::Again, None) => f.write_str("run it again")?,
            (What::Again, Some(by)) => write!(f, "run it {by}")?,
            (What::Words(words), None) => f.write_str(words)?,
            (What::Words(words), Some(by)) => write!(f, "{by}: {words}")?,
            (What::Commands(commands), by) => {
                by.iter().try_for_each(|by| write!(f, "{by}: "))?;
                let commands: Vec<_> = commands.iter().map(ToString::to_string).collect();
                f.write_str(&commands.join(" && "))?;
            }
        }
        if self.notes.is_empty() { Ok(()) } else { write!(f, "  # {}", self.notes.join("; ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fix_says_who_may_run_which_commands_and_what_to_know() {
        let remove = ShellCommand::new(["semlock", "remove"]);
        let create = ShellCommand::new(["semlock", "create", "--owner", "a b"]);
        let fix = Fix::from(create).after([remove]).note("first").note("second");
        assert_eq!(
            fix.by("as root (0)".into()).to_string(),
            "as root (0): semlock remove && semlock create --owner 'a b'  # first; second"
        );
        assert_eq!(Fix::again().by("as root (0)".into()).to_string(), "run it as root (0)");
        assert_eq!(Fix::again().note("why").to_string(), "run it again  # why");
    }
}
