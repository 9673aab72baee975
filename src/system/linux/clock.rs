//! The clock that start times of processes are counted by.

use std::io;
use std::num::NonZeroU64;
use std::path::Path;
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::{SysconfVar, sysconf};

use crate::system::Clock;
use crate::system::clock::STEADY;
use crate::system::words::{read_file, words};

/// Reads the clock now.
pub(crate) fn clock() -> io::Result<Clock> {
    reckoned(both_clocks()?, first_file())
}

/// The clock by these readings and the time of the first file.
fn reckoned(
    (up, now, paused): (SignedDuration, Timestamp, SignedDuration),
    made: Option<Timestamp>,
) -> io::Result<Clock> {
    let booted = now.checked_sub(up).map_err(io::Error::other)?;
    let step = made.map_or(SignedDuration::ZERO, |made| doubt(booted, made, up));
    Ok(Clock { booted, up, doubt: paused + step })
}

/// When a process started that started this many ticks after the kernel, rounded down.
///
/// In a time namespace, the kernel may seem younger than a process. Its ticks are then
/// negative, which is a large number here: the process started long ago.
pub(super) fn start_time(clock: &Clock, ticks: u64) -> Timestamp {
    let per_second = sysconf(SysconfVar::CLK_TCK).ok().flatten();
    let per_second = per_second.and_then(|ticks| NonZeroU64::new(ticks.try_into().ok()?));
    let millis = ticks.saturating_mul(1000) / per_second.map_or(100, NonZeroU64::get);
    clock.after_boot(SignedDuration::from_millis(i64::try_from(millis).unwrap_or(i64::MAX)))
}

/// The kernel's age and the system's time, read at the same moment, and how long this
/// process was paused between the two readings, if it was at every try.
fn both_clocks() -> io::Result<(SignedDuration, Timestamp, SignedDuration)> {
    let age = || {
        let age = Duration::from(clock_gettime(ClockId::CLOCK_BOOTTIME)?);
        SignedDuration::try_from(age).map_err(io::Error::other)
    };
    steadily(|| Ok((age()?, Timestamp::now(), age()?)))
}

/// Reads the clocks until this process was not paused, but not forever. `read` returns the
/// kernel's age before and after the system's time.
fn steadily(
    mut read: impl FnMut() -> io::Result<(SignedDuration, Timestamp, SignedDuration)>,
) -> io::Result<(SignedDuration, Timestamp, SignedDuration)> {
    for _ in 1..MAX_TRIES {
        let (before, now, after) = read()?;
        if after - before < READ {
            return Ok((before, now, SignedDuration::ZERO));
        }
    }
    let (before, now, after) = read()?;
    Ok((before, now, after - before))
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
    if is_devtmpfs(&mounts) { created("/dev") } else { None }
}

/// Whether /dev is a devtmpfs, by mountinfo: proc(5).
fn is_devtmpfs(mounts: &[u8]) -> bool {
    mounts.split(|&byte| byte == b'\n').any(|line| {
        let mut words = words(line);
        let (root, place) = (words.nth(3), words.next());
        let mut kind = words.skip_while(|&word| word != b"-");
        root == Some(b"/") && place == Some(b"/dev") && kind.nth(1) == Some(b"devtmpfs")
    })
}

/// When a file was created, as a whole second.
fn created(path: impl AsRef<Path>) -> Option<Timestamp> {
    let made = std::fs::metadata(path).and_then(|file| file.created()).ok()?;
    let made = made.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Timestamp::from_second(made.as_secs().try_into().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::own_root;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(millis).unwrap()
    }

    #[test]
    fn a_step_of_the_clock_is_a_doubt_unless_it_is_longer_than_the_kernel_s_age() {
        let (hour, second) = (SignedDuration::from_hours(1), SignedDuration::from_secs(1));
        let step = |step: SignedDuration| doubt(at(0), at(0) - step, hour);
        assert_eq!(step(second * 2), SignedDuration::ZERO);
        assert_eq!(step(second * 3), second * 3);
        assert_eq!(step(hour), SignedDuration::ZERO);
        assert_eq!(step(-hour), SignedDuration::ZERO);
        let stepped = Clock { doubt: second * 60, ..Clock::steady(at(0)) };
        assert!(stepped.may_precede(at(60_000), at(7_000)));
        assert!(stepped.is_older_than_the_kernel(at(-2_000)));
        assert!(!stepped.is_older_than_the_kernel(at(-1_000)));
    }

    #[test]
    fn the_kernel_started_when_proc_stat_says() {
        let clock = clock().unwrap();
        let stat = std::fs::read_to_string("/proc/stat").unwrap();
        let booted = stat.lines().find_map(|line| line.strip_prefix("btime ")).unwrap();
        let difference = clock.booted.as_second() - booted.parse::<i64>().unwrap();
        assert!((-2..=2).contains(&difference), "{difference}");
        let now = Timestamp::now().duration_since(clock.booted);
        let since = now - clock.up;
        assert!(since >= SignedDuration::ZERO && since < SignedDuration::from_mins(1), "{since}");
    }

    #[test]
    fn a_process_started_its_ticks_after_the_kernel() {
        let clock = Clock { up: SignedDuration::from_secs(100), ..Clock::steady(at(5_000)) };
        assert_eq!(start_time(&clock, 0), at(5_000));
        // A hundred ticks are a second on every Linux: USER_HZ.
        assert_eq!(start_time(&clock, 1_234), at(17_340));
        assert_eq!(start_time(&clock, u64::MAX), Timestamp::MIN, "in a time namespace");
    }

    #[test]
    fn the_clocks_are_read_again_while_the_process_is_paused() {
        let pauses = |pauses: &[i64]| {
            let mut tries = 0;
            let (before, _, paused) = steadily(|| {
                let before = SignedDuration::from_secs(tries);
                let pause = pauses[usize::try_from(tries).unwrap().min(pauses.len() - 1)];
                tries += 1;
                Ok((before, at(0), before + SignedDuration::from_millis(pause)))
            })
            .unwrap();
            (tries, before.as_secs(), paused.as_millis())
        };
        assert_eq!(pauses(&[0]), (1, 0, 0));
        assert_eq!(pauses(&[4]), (1, 0, 0));
        assert_eq!(pauses(&[5, 60, 4]), (3, 2, 0));
        assert_eq!(pauses(&[7]), (10, 9, 7), "the last reading counts, with its pause");
    }

    #[test]
    fn a_pause_and_a_step_of_the_clock_are_doubts_that_add_up() {
        let (up, paused) = (SignedDuration::from_secs(100), SignedDuration::from_millis(7));
        let clock = |made| reckoned((up, at(150_000), paused), made).unwrap();
        assert_eq!(clock(None), Clock { booted: at(50_000), up, doubt: paused });
        assert_eq!(clock(Some(at(20_000))).doubt, SignedDuration::from_millis(30_007));
    }

    #[test]
    fn the_first_file_is_the_root_of_a_devtmpfs() {
        let now = Timestamp::now();
        assert!(first_file().is_none_or(|made| made < now), "of this machine");
        let devtmpfs = "25 30 0:6 / /dev rw - devtmpfs udev rw\n";
        let files = [("proc/self/mountinfo", devtmpfs), ("dev/null", "")];
        let made = own_root::with_files(&files, first_file).unwrap();
        assert!(now.duration_since(made).abs() < SignedDuration::from_secs(5), "{made}");
        let files = [("proc/self/mountinfo", ""), ("dev/null", "")];
        assert_eq!(own_root::with_files(&files, first_file), None);
    }

    #[test]
    fn a_devtmpfs_is_known_by_its_mount() {
        let line = |root, place, kind| format!("25 30 0:6 {root} {place} rw - {kind} udev rw\n");
        let proc = line("/", "/proc", "proc");
        for (root, place, kind, expected) in [
            ("/", "/dev", "devtmpfs", true),
            ("/null", "/dev", "devtmpfs", false),
            ("/", "/dev/null", "devtmpfs", false),
            ("/", "/dev", "tmpfs", false),
        ] {
            let mounts = format!("{proc}{}{proc}", line(root, place, kind));
            assert_eq!(is_devtmpfs(mounts.as_bytes()), expected, "{root} {place} {kind}");
        }
        let optional = b"25 30 0:6 / /dev rw,nosuid shared:2 master:1 - devtmpfs udev rw\n";
        assert!(is_devtmpfs(optional));
    }

    #[test]
    fn a_file_has_the_time_of_its_creation() {
        let path = std::env::temp_dir().join(format!("semlock-clock-{}", std::process::id()));
        let before = Timestamp::now();
        std::fs::write(&path, "").unwrap();
        let made = created(&path);
        std::fs::remove_file(&path).unwrap();
        let made = made.expect("this file system has birth times");
        let age = before.duration_since(made);
        assert!(age.abs() < SignedDuration::from_secs(5), "{age}");
        assert_eq!((made.subsec_nanosecond(), created(&path)), (0, None));
    }
}
