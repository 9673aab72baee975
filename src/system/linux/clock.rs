//! The clock that start times of processes are counted by.

use std::io;
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::{SysconfVar, sysconf};

use crate::system::Clock;
use crate::system::clock::STEADY;
use crate::system::words::{read_file, words};

/// Reads the clock now.
pub(crate) fn clock() -> io::Result<Clock> {
    let (up, now, paused) = both_clocks()?;
    let booted = now.checked_sub(up).map_err(io::Error::other)?;
    let step = first_file().map_or(SignedDuration::ZERO, |made| doubt(booted, made, up));
    Ok(Clock { booted, up, doubt: paused + step })
}

/// When a process started that started this many ticks after the kernel, rounded down.
///
/// In a time namespace, the kernel may seem younger than a process. Its ticks are then
/// negative, which is a large number here: the process started long ago.
pub(super) fn start_time(clock: &Clock, ticks: u64) -> Timestamp {
    let per_second = sysconf(SysconfVar::CLK_TCK).ok().flatten();
    let per_second = per_second.and_then(|ticks| u64::try_from(ticks).ok());
    let millis = ticks.saturating_mul(1000) / per_second.filter(|&ticks| ticks > 0).unwrap_or(100);
    clock.after_boot(SignedDuration::from_millis(i64::try_from(millis).unwrap_or(i64::MAX)))
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
    let mounts = read_file("/proc/self/mountinfo").ok()?;
    let is_devtmpfs = mounts.split(|&byte| byte == b'\n').any(|line| {
        let mut words = words(line);
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
