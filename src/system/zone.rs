//! The time zone in which times are shown.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use jiff::tz::TimeZone;

/// The possible sizes of a time zone file, in bytes: at least the header of tzfile(5), and
/// far less than the maximum. A shorter file may be one of the kernel's, which have no size
/// and may make a reader wait.
const SIZES: std::ops::RangeInclusive<u64> = 44..=1 << 20;

/// The zone that `TZ` names, or else the machine's zone. UTC if the file is not a time zone
/// file but, for example, a device that never ends.
pub(crate) fn zone() -> TimeZone {
    match std::env::var_os("TZ") {
        Some(chosen) if names_an_odd_file(&chosen) => TimeZone::UTC,
        Some(_) => TimeZone::system(),
        None => machine_zone().unwrap_or(TimeZone::UTC),
    }
}

/// The machine's zone, without its name: searching for that among all zones would take
/// longer than everything else.
fn machine_zone() -> Option<TimeZone> {
    const FILE: &str = "/etc/localtime";
    if is_odd(Path::new(FILE)) {
        return None;
    }
    TimeZone::tzif(FILE, &fs::read(FILE).ok()?).ok()
}

/// Whether `TZ` is the path of a file that is not a time zone file. The name of a zone, or
/// a POSIX rule, is not a path.
fn names_an_odd_file(chosen: &OsStr) -> bool {
    let bytes = chosen.as_bytes();
    let path = Path::new(OsStr::from_bytes(bytes.strip_prefix(b":").unwrap_or(bytes)));
    // It replaces the machine's directory of zones.
    let named = std::env::var_os("TZDIR").map(|directory| Path::new(&directory).join(path));
    let is_zone = |name| TimeZone::posix(name).is_ok() || TimeZone::get(name).is_ok();
    named.is_some_and(|named| is_odd(&named)) || is_odd(path) && !path.to_str().is_some_and(is_zone)
}

/// Whether there is a file that is not a regular file of a possible size.
fn is_odd(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() || !SIZES.contains(&found.len()))
}
