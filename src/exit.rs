//! Exit statuses. `manual/exit_statuses.rs` says what each one means.

/// An exit status of semlock itself. The numbers from 64 to 77 are those of sysexits(3).
#[expect(missing_docs, reason = "semlock(1) has a table of them")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Done,
    No,
    Usage,
    NoSlot,
    NoBlock,
    Unavailable,
    Bug,
    System,
    CannotCreate,
    Busy,
    Permission,
    CannotRun,
    NotFound,
    /// Any other: what `-E` sets for busy, or the status of COMMAND or of a holder.
    Chosen(u8),
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::No => 1,
            Self::Usage => 64,
            Self::NoSlot => 65,
            Self::NoBlock => 66,
            Self::Unavailable => 69,
            Self::Bug => 70,
            Self::System => 71,
            Self::CannotCreate => 73,
            Self::Busy => 75,
            Self::Permission => 77,
            Self::CannotRun => 126,
            Self::NotFound => 127,
            Self::Chosen(code) => code,
        }
    }

    /// The worse of two results: the one with the larger number.
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        if other.code() > self.code() { other } else { self }
    }
}
