//! What can be said of a set.

use std::fmt;

use serde::{Serialize, Serializer};

/// Whether a set is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A process waits on it, was the last to use it and lives, or holds a lock in it.
    InUse,
    /// No process is seen to use it, but one might.
    Idle,
    /// No living process could still use it.
    Orphaned,
    /// Something that decides could not be read.
    Unknown,
}

impl Verdict {
    pub const ALL: [Self; 4] = [Self::InUse, Self::Idle, Self::Orphaned, Self::Unknown];

    /// Its name on the command line and in every format.
    pub fn name(self) -> &'static str {
        match self {
            Self::InUse => "in-use",
            Self::Idle => "idle",
            Self::Orphaned => "orphaned",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
