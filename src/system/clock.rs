//! The times of processes and of sets.
//!
//! The kernel counts the start of a process in ticks since its own start, and stores the
//! times of a set as whole seconds of the system's clock. The two can only be compared
//! through the time of the kernel's start, by the system's clock now.

use std::io;
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::{SysconfVar, sysconf};

use super::linux;

/// A set's time is a whole second, and the kernel's clock for it may be a tick late. So the
/// event was less than this after the time.
const STAMP: SignedDuration = SignedDuration::from_millis(1010);

/// If the kernel's start seems to have moved by more than this, the clock was set or the
/// machine was paused. Booting takes less.
const STEADY: SignedDuration = SignedDuration::from_secs(2);

/// When this kernel started, by the system's clock now, and how wrong that can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    booted: Timestamp,
    /// How long the kernel has been running.
    up: SignedDuration,
    /// How much earlier a process may have started by the clock of that time.
    doubt: SignedDuration,
    ticks_per_second: u64,
}

impl Clock {
    /// Reads the clock now.
    pub(crate) fn now() -> io::Result<Self> {
        let (up, now, paused) = both_clocks()?;
        let booted = now.checked_sub(up).map_err(io::Error::other)?;
        let ticks = sysconf(SysconfVar::CLK_TCK)?.and_then(|ticks| u64::try_from(ticks).ok());
        Ok(Self {
            booted,
            up,
            doubt: paused
                + first_file().map_or(SignedDuration::ZERO, |made| doubt(booted, made, up)),
            ticks_per_second: ticks.filter(|&ticks| ticks > 0).unwrap_or(100),
        })
    }

    /// A steady clock of a kernel that started at `booted`.
    pub(crate) fn steady(booted: Timestamp) -> Self {
        let (up, doubt) = (SignedDuration::MAX, SignedDuration::ZERO);
        Self { booted, up, doubt, ticks_per_second: 100 }
    }

    /// When a process started that started this many ticks after the kernel, rounded down.
    ///
    /// In a time namespace, the kernel may seem younger than a process. Its ticks are then
    /// negative, which is a large number here: the process started long ago.
    pub(super) fn start_time(&self, ticks: u64) -> Timestamp {
        let millis = ticks.saturating_mul(1000) / self.ticks_per_second;
        let after = SignedDuration::from_millis(i64::try_from(millis).unwrap_or(i64::MAX));
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

/// The kernel's age and the system's time, read at the same moment, and how long this
/// process was paused between the two readings, if it was at every try.
fn both_clocks() -> io::Result<(SignedDuration, Timestamp, SignedDuration)> {
    let age = || {
        let age = Duration::from(clock_gettime(ClockId::CLOCK_BOOTTIME)?);
        SignedDuration::try_from(age).map_err(io::Error::other)
    };
    let mut tries = 0;
    loop {
        let (before, now, after) = (age()?, Timestamp::now(), age()?);
        let paused = after - before;
        tries += 1;
        if paused < READ {
            return Ok((before, now, SignedDuration::ZERO));
        }
        if tries == MAX_TRIES {
            return Ok((before, now, paused));
        }
    }
}

/// Reading the clocks takes less than this unless the process is paused.
const READ: SignedDuration = SignedDuration::from_millis(5);

/// How often they are read.
const MAX_TRIES: usize = 10;

/// How much earlier than computed a process may have started by the clock that the times of
/// sets are from. `made` is the time of a file that was created when the kernel started.
///
/// A clock that was set forward by more than the kernel's age leaves no doubt: all earlier
/// times are before the kernel's start. A clock that was set back makes processes look
/// older than they are, so sets are kept.
fn doubt(booted: Timestamp, made: Timestamp, up: SignedDuration) -> SignedDuration {
    let step = booted.duration_since(made);
    if STEADY < step && step < up { step } else { SignedDuration::ZERO }
}

/// When the kernel created devtmpfs, which is one of its first steps. None if there is no
/// devtmpfs, or it has no birth time.
fn first_file() -> Option<Timestamp> {
    let mounts = linux::read_file("/proc/self/mountinfo").ok()?;
    let is_devtmpfs = mounts.split(|&byte| byte == b'\n').any(|line| {
        let mut words = linux::words(line);
        let (root, place) = (words.nth(3), words.next());
        let mut kind = words.skip_while(|&word| word != b"-");
        root == Some(b"/") && place == Some(b"/dev") && kind.nth(1) == Some(b"devtmpfs")
    });
    let made = is_devtmpfs.then(|| std::fs::metadata("/dev")?.created());
    let made = made?.ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Timestamp::new(made.as_secs().try_into().ok()?, 0).ok()
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

    #[test]
    fn a_step_of_the_clock_is_a_doubt_unless_it_is_longer_than_the_kernel_s_age() {
        let (hour, second) = (SignedDuration::from_hours(1), SignedDuration::from_secs(1));
        let step = |step: SignedDuration| doubt(at(0), at(0) - step, hour);
        assert_eq!(step(second), SignedDuration::ZERO);
        assert_eq!(step(second * 3), second * 3);
        assert_eq!(step(hour * 2), SignedDuration::ZERO);
        assert_eq!(step(-hour), SignedDuration::ZERO);
        let stepped = Clock { doubt: second * 60, ..Clock::steady(at(0)) };
        assert!(stepped.may_precede(at(60_000), at(7_000)));
        assert!(stepped.is_older_than_the_kernel(at(-2_000)));
        assert!(!stepped.is_older_than_the_kernel(at(-1_000)));
    }
}
