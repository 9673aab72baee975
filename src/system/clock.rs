//! The times of processes and of sets.
//!
//! A kernel may count the start of a process from its own start, as Linux does. It stores the
//! times of a set as whole seconds of the system's clock. The two can only be compared
//! through the time of the kernel's start, by the system's clock now.

use std::io;

use jiff::{SignedDuration, Timestamp};

use super::platform;

/// A set's time is a whole second, and the kernel's clock for it may be a tick late. So the
/// event was less than this after the time.
const STAMP: SignedDuration = SignedDuration::from_millis(1010);

/// If the kernel's start seems to have moved by more than this, the clock was set or the
/// machine was paused. Booting takes less.
pub(super) const STEADY: SignedDuration = SignedDuration::from_secs(2);

/// When this kernel started, by the system's clock now, and how wrong that can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    pub(super) booted: Timestamp,
    /// How long the kernel has been running.
    pub(super) up: SignedDuration,
    /// How much earlier a process may have started by the clock of that time.
    pub(super) doubt: SignedDuration,
}

impl Clock {
    /// Reads the clock now.
    pub(crate) fn now() -> io::Result<Self> {
        platform::clock()
    }

    /// A steady clock of a kernel that started at `booted`.
    pub(crate) fn steady(booted: Timestamp) -> Self {
        let (up, doubt) = (SignedDuration::MAX, SignedDuration::ZERO);
        Self { booted, up, doubt }
    }

    /// The time that was this long after the kernel's start. A process cannot have started
    /// later than now: then it was long ago.
    pub(super) fn after_boot(&self, after: SignedDuration) -> Timestamp {
        if after > self.up.saturating_add(STEADY) {
            return Timestamp::MIN;
        }
        self.booted.checked_add(after).unwrap_or(Timestamp::MIN)
    }

    /// Whether a process that started at `started` may have existed at an event that a set
    /// records as `then`.
    pub(crate) fn may_precede(&self, started: Timestamp, then: Timestamp) -> bool {
        started.duration_since(then) < STAMP + self.doubt
    }

    /// Whether `then` is before the kernel's start by the clock now. Then the clock was set
    /// forward since, and cannot tell which processes existed.
    pub(crate) fn is_older_than_the_kernel(&self, then: Timestamp) -> bool {
        then.duration_since(self.booted) < -STAMP
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(millis).unwrap()
    }

    #[test]
    fn a_time_of_a_set_means_any_moment_in_its_second() {
        let clock = Clock::steady(at(0));
        for (started, precedes) in [(6_900, true), (7_050, true), (7_990, true), (8_020, false)] {
            assert_eq!(clock.may_precede(at(started), at(7_000)), precedes, "{started}");
        }
    }
}
