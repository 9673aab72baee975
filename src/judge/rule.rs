//! The rules that verdicts come from. Sets that are kept by the same rule are grouped.

use super::Verdict;
use crate::system::Pid;

/// The rule that decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    Awaited,
    /// This process used it last and lives.
    UsedLast(Pid),
    /// A holder of semlock has a lock in it.
    Held,
    /// It is a block with locks in it.
    Locked,
    /// This process could use it, and perhaps others.
    MayBeUsed(Pid),
    /// It was created, changed or used a moment ago.
    Recent,
    /// Its semaphores cannot be read.
    Unreadable,
    /// A process cannot be inspected.
    Unseen,
    /// It is older than the kernel by today's clock.
    OtherClock,
    /// Processes outside this container may use it.
    Outside,
    /// No living process could still use it.
    Orphaned,
}

impl Rule {
    pub(crate) fn verdict(self) -> Verdict {
        match self {
            Self::Awaited | Self::UsedLast(_) | Self::Held => Verdict::InUse,
            Self::Locked | Self::MayBeUsed(_) | Self::Recent => Verdict::Idle,
            Self::Unreadable | Self::Unseen | Self::OtherClock | Self::Outside => Verdict::Unknown,
            Self::Orphaned => Verdict::Orphaned,
        }
    }
}
