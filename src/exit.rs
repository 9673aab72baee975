//! Exit statuses: one table for the program, its manual and its tests.

/// An exit status of semlock itself. The numbers from 64 to 77 are those of sysexits(3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// The answer is no.
    No,
    /// Wrong usage.
    Usage,
    /// A session id that has no slot.
    NoSlot,
    /// No such block.
    NoBlock,
    /// No System V semaphores here, or the set was removed in the meantime.
    Unavailable,
    /// A bug in semlock.
    Bug,
    /// A system limit, or another system call that failed.
    System,
    /// Cannot be created as requested.
    CannotCreate,
    /// Busy.
    Busy,
    /// Permission denied.
    Permission,
    /// COMMAND cannot be run.
    CannotRun,
    /// COMMAND was not found.
    NotFound,
    /// Any other: what `-E` sets for busy, or the status of COMMAND or of a holder.
    Chosen(u8),
}

impl Exit {
    /// Every status with a fixed number, and its line in the manual.
    pub const TABLE: [(Self, &str); 13] = [
        (Self::Done, "Done."),
        (
            Self::No,
            "The answer is no: the session is not locked, --check found a problem, or probe-max did not find what was required.",
        ),
        (Self::Usage, "Wrong usage."),
        (
            Self::NoSlot,
            "A session id that has no slot: it is empty, or too long for Perl's numbers.",
        ),
        (Self::NoBlock, "No such block."),
        (
            Self::Unavailable,
            "There are no System V semaphores here, or the set was removed in the meantime.",
        ),
        (Self::Bug, "A bug in semlock; please report it."),
        (Self::System, "A system limit was reached, or another system call failed."),
        (Self::CannotCreate, "The block cannot be created as requested."),
        (
            Self::Busy,
            "Busy: not locked in time (-E sets another status), or in use and so not removed or unlocked.",
        ),
        (Self::Permission, "Permission denied."),
        (Self::CannotRun, "COMMAND was found, but cannot be run."),
        (Self::NotFound, "COMMAND was not found."),
    ];

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
