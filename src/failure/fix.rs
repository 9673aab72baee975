//! What fixes a failure, as a value.

use std::fmt;

use super::line::MAX_LINE;
use super::shell::ShellCommand;

/// What fixes a failure: commands wherever possible, notes, and who may run them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fix {
    instruction: Instruction,
    notes: Vec<String>,
    by: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Instruction {
    /// One after the other, as long as each succeeds.
    Commands(Vec<ShellCommand>),
    /// The command that failed.
    Again,
    /// Something that no command does.
    Words(String),
}

impl Fix {
    /// Running the failed command again.
    pub(crate) fn again() -> Self {
        Instruction::Again.into()
    }

    /// Runs other commands first. A fix without commands ignores them.
    #[must_use]
    pub(crate) fn after(mut self, before: impl IntoIterator<Item = ShellCommand>) -> Self {
        if let Instruction::Commands(commands) = &mut self.instruction {
            commands.splice(..0, before);
        }
        self
    }

    /// Adds a note: a condition, or what else the fix does.
    #[must_use]
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Sets who may run it: "as root (0)".
    #[must_use]
    pub(crate) fn by(mut self, who: String) -> Self {
        self.by = Some(who);
        self
    }

    /// Whether the same is to be done by the same user, whatever the notes say.
    pub(crate) fn does_the_same_as(&self, other: &Self) -> bool {
        (&self.instruction, &self.by) == (&other.instruction, &other.by)
    }

    /// Whether a shell runs it.
    pub(crate) fn is_command(&self) -> bool {
        matches!(self.instruction, Instruction::Commands(_))
    }

    /// Whether its text can be copied into a shell as it is.
    pub(crate) fn is_exact(&self) -> bool {
        match &self.instruction {
            Instruction::Commands(commands) => {
                let fits = self.to_string().chars().nth(MAX_LINE).is_none();
                fits && commands.iter().all(ShellCommand::is_exact)
            }
            Instruction::Again | Instruction::Words(_) => true,
        }
    }
}

impl From<Instruction> for Fix {
    fn from(instruction: Instruction) -> Self {
        Self { instruction, notes: Vec::new(), by: None }
    }
}

impl From<ShellCommand> for Fix {
    fn from(command: ShellCommand) -> Self {
        Instruction::Commands(vec![command]).into()
    }
}

impl From<String> for Fix {
    fn from(words: String) -> Self {
        Instruction::Words(words).into()
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
        match (&self.instruction, &self.by) {
            (Instruction::Again, None) => f.write_str("run it again")?,
            (Instruction::Again, Some(by)) => write!(f, "run it {by}")?,
            (Instruction::Words(words), None) => f.write_str(words)?,
            (Instruction::Words(words), Some(by)) => write!(f, "{by}: {words}")?,
            (Instruction::Commands(commands), by) => {
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
