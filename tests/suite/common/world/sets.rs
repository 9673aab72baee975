//! The kernel's own list of the sets, read without semlock's code.

use std::fs;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::common::until;

/// A line of /proc/sysvipc/sem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    pub key: i64,
    pub semid: i32,
    pub mode: u32,
    pub nsems: u32,
    pub uid: u32,
    pub cuid: u32,
    /// In seconds since 1970; 0 if there was none.
    pub otime: u64,
    pub ctime: u64,
}

pub fn sets() -> Vec<Line> {
    let list = fs::read_to_string("/proc/sysvipc/sem").unwrap();
    let mut sets: Vec<_> = list.lines().skip(1).map(parse).collect();
    sets.sort_by_key(|set| set.semid);
    sets
}

fn parse(line: &str) -> Line {
    let fields: Vec<_> = line.split_whitespace().collect();
    let number = |index: usize| fields[index].parse::<i64>().unwrap();
    let small = |index: usize| u32::try_from(number(index)).unwrap();
    let time = |index: usize| u64::try_from(number(index)).unwrap();
    Line {
        key: number(0),
        semid: number(1).try_into().unwrap(),
        // In octal.
        mode: u32::from_str_radix(fields[2], 8).unwrap(),
        nsems: small(3),
        uid: small(4),
        cuid: small(6),
        otime: time(8),
        ctime: time(9),
    }
}

pub fn semids() -> Vec<i32> {
    sets().iter().map(|set| set.semid).collect()
}

#[track_caller]
pub fn line(semid: i32) -> Line {
    sets().into_iter().find(|set| set.semid == semid).expect("the set")
}

#[track_caller]
pub fn by_key(key: i64) -> Line {
    sets().into_iter().find(|set| set.key == key).expect("a set with the key")
}

/// The one set that there is.
#[track_caller]
pub fn only() -> Line {
    let sets = sets();
    assert_eq!(sets.len(), 1, "{sets:?}");
    sets[0]
}

/// Waits until a process that starts now has started in a later second than that
/// in which any set was changed or used.
pub fn until_the_sets_are_past() {
    let newest = sets().iter().map(|set| set.otime.max(set.ctime)).max().unwrap_or(0);
    until("the sets are older than what starts now", || {
        thread::sleep(Duration::from_millis(20));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        now.as_secs() > newest + 1
    });
}
