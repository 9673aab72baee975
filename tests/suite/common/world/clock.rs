//! What a machine that was restored from a snapshot hides: when its processes
//! started. Its clock stood still in between, and semlock can then not tell a
//! process that is older than a set from one that is younger.

use std::fs;
use std::sync::LazyLock;
use std::time::UNIX_EPOCH;

/// By how many seconds the computed boot is later than the real one.
static LOST: LazyLock<i64> = LazyLock::new(|| {
    let mounts = fs::read_to_string("/proc/mounts").unwrap();
    let from_boot = |line: &str| line.contains(" /dev devtmpfs ");
    let Ok(born) = fs::metadata("/dev").and_then(|dev| dev.created()) else { return 0 };
    if !mounts.lines().any(from_boot) {
        return 0;
    }
    computed_boot() - i64::try_from(born.duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
});

fn computed_boot() -> i64 {
    let stat = fs::read_to_string("/proc/stat").unwrap();
    let line = stat.lines().find_map(|line| line.strip_prefix("btime "));
    line.unwrap().parse().unwrap()
}

/// Options of unshare(1) for a time namespace in which the two agree, if they do
/// not agree here: start times and the boot move alike, so none changes.
pub fn corrected() -> Vec<String> {
    match *LOST {
        -2..=2 => Vec::new(),
        lost => vec!["--time".into(), "--boottime".into(), lost.to_string()],
    }
}
