//! What a system calls its limits on semaphores, how they are raised, and what provides
//! semaphores: the words of messages.
//!
//! Each system states this as data in a file `remedy.rs` of its own.

#[cfg(test)]
pub(crate) mod families;

use super::Limits;

/// The words of one system.
#[derive(Debug)]
pub(crate) struct Remedies {
    /// What holds the sets that a process can reach, such as "this IPC namespace".
    pub place: &'static str,
    /// Its settings. One that is not here cannot be changed, or is not known.
    pub settings: &'static [Setting],
    /// The limits that semop(2) may have reached where it fails with ENOSPC.
    pub semop_enospc: &'static [Limit],
    /// The command by which a user runs another as root, where every installation has it.
    pub as_root: Option<&'static str>,
    /// The most sets that it can number, whatever its limits say.
    pub max_sets: u32,
    /// What lets it number more.
    pub more_sets: Option<&'static str>,
    /// Why it may have no semaphores.
    pub absent: Absence,
    /// What may refuse a call that the mode of the set allows.
    pub policy: &'static str,
}

/// One setting, with one limit or several.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    /// Its name.
    pub name: &'static str,
    /// Its numbers, in this order.
    pub limits: &'static [Limit],
    /// How it is changed.
    pub change: Change,
}

/// A limit by its traditional name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// Semaphores in one set.
    Semmsl,
    /// Semaphores in all sets together.
    Semmns,
    /// Operations in one semop(2).
    Semopm,
    /// Sets.
    Semmni,
    /// Processes with undo entries.
    Semmnu,
    /// Undo entries of a process: semaphores that it has changed with `SEM_UNDO`.
    Semume,
}

/// How a setting is changed.
#[allow(dead_code, reason = "no system has them all")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// By this command and `NAME=NUMBERS`, until the next boot.
    Command {
        /// The command.
        words: &'static [&'static str],
        /// What makes it permanent.
        keeper: &'static str,
    },
    /// By a line in a file.
    Line {
        /// The file.
        file: &'static str,
        /// Between the name and the number.
        separator: &'static str,
        /// What puts it into effect.
        then: &'static str,
    },
    /// In another way, with `NUMBER` for the number.
    Words(&'static str),
}

/// Why a system has no semaphores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Absence {
    /// The cause.
    pub cause: &'static str,
    /// What helps.
    pub fix: Option<&'static str>,
}

/// Why semaphore calls fail here, as far as this process can see.
#[derive(Debug)]
pub(crate) struct Obstacle {
    /// Whether something refuses the calls, though the system has them.
    pub refused: bool,
    /// The cause.
    pub cause: String,
    /// What helps.
    pub fix: Option<&'static str>,
    /// What shows it.
    pub evidence: Vec<String>,
}

impl Setting {
    /// Its numbers; None if one of them is not known.
    pub(crate) fn numbers(&self, limits: Limits) -> Option<String> {
        let numbers: Option<Vec<_>> = self.limits.iter().map(|limit| limit.of(limits)).collect();
        Some(numbers?.iter().map(u32::to_string).collect::<Vec<_>>().join(" "))
    }
}

impl Limit {
    fn of(self, limits: Limits) -> Option<u32> {
        match self {
            Self::Semmsl => Some(limits.semmsl),
            Self::Semmns => Some(limits.semmns),
            Self::Semopm => Some(limits.semopm),
            Self::Semmni => Some(limits.semmni),
            Self::Semmnu | Self::Semume => None,
        }
    }
}
