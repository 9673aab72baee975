//! Processes as Linux's /proc tells them: proc(5).

use jiff::{SignedDuration, Timestamp};
use nix::time::{ClockId, clock_gettime};
use procfs::process::{Process, Stat};

fn stat(pid: i32) -> Option<Stat> {
    Process::new(pid).ok()?.stat().ok()
}

/// Whether the process has ended and only waits for its parent to ask how. One
/// whose first thread has ended while others run is not a zombie.
pub(super) fn is_zombie(pid: i32) -> bool {
    stat(pid).is_some_and(|stat| matches!(stat.state, 'Z' | 'X') && stat.num_threads <= 1)
}

/// When the process started, by today's clock: accurate to about a second unless
/// the clock was set since.
pub(super) fn started(pid: i32) -> Option<Timestamp> {
    let ticks = stat(pid)?.starttime;
    let since_boot = clock_gettime(ClockId::CLOCK_BOOTTIME).ok()?;
    let ticks_a_second = procfs::ticks_per_second();
    let age = i64::try_from(ticks / ticks_a_second).ok()?;
    Timestamp::now()
        .checked_sub(SignedDuration::from_secs(since_boot.tv_sec() - age))
        .ok()
}

pub(super) fn command(pid: i32) -> Option<String> {
    let process = Process::new(pid).ok()?;
    match process.cmdline() {
        Ok(words) if !words.is_empty() => Some(words.join(" ")),
        _ => process.stat().ok().map(|stat| stat.comm),
    }
}
