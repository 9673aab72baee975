//! Waits of tests: until something is seen, or until enough time has passed.

use std::thread;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use semlock::session::Block;
use semlock::sysv::{SetInfo, all_sets};

use super::leaving_it_to_others;

/// How long anything may take that should take no time.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How old sets must be to be called orphaned, and a second, as their times are
/// whole seconds.
pub const OLD: SignedDuration = SignedDuration::from_secs(11);

/// How old they must be for what is started then not to be taken for something that
/// their creator has started, and a second.
pub const LONG_SETTLED: SignedDuration = SignedDuration::from_secs(61);

/// Waits until `seen` says so, looking again and again; fails after a minute.
#[track_caller]
pub fn until(what: &str, mut seen: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !seen() {
        assert!(Instant::now() < end, "not seen within a minute: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Waits until every set was last changed or used so long ago.
pub fn until_the_sets_are_older_than(age: SignedDuration) {
    let newest = all_sets().unwrap().iter().filter_map(SetInfo::last_change).max().unwrap();
    until_the_clock_is_past(newest + age);
}

/// Waits until what happens next is certainly later than what has happened: the kernel's
/// times are whole seconds, and differ by less than one more.
pub fn until_it_is_later() {
    until_the_clock_is_past(Timestamp::now() + SignedDuration::from_secs(2));
}

/// Nothing can be observed but the clock.
fn until_the_clock_is_past(then: Timestamp) {
    leaving_it_to_others(|| {
        while Timestamp::now() <= then {
            thread::sleep(Duration::from_millis(50));
        }
    });
}

/// Waits until as many processes wait for semaphores of `block` as said.
#[track_caller]
pub fn until_waiting(block: Block, number: i32) {
    let set = block.set();
    let waiting = |semnum| set.ncnt(semnum).unwrap() + set.zcnt(semnum).unwrap();
    until("processes waiting in the block", || {
        (0..block.nsems()).map(u32::from).map(waiting).sum::<i32>() == number
    });
}
