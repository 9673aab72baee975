//! The time zone that the caller has chosen.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use jiff::tz::TimeZone;

/// How many bytes a description of a time zone has: at least the header of
/// tzfile(5), and no more than this by far. What is shorter may be one of the
/// kernel's files that has no size, and whose reader waits.
const SIZES: std::ops::RangeInclusive<u64> = 44..=1 << 20;

/// The zone that `TZ` names, else that of the machine; UTC where the file that
/// would be read is no description of a zone, such as a device that never ends.
pub(crate) fn zone() -> TimeZone {
    match std::env::var_os("TZ") {
        Some(chosen) if names_an_odd_file(&chosen) => TimeZone::UTC,
        Some(_) => TimeZone::system(),
        None => machines().unwrap_or(TimeZone::UTC),
    }
}

/// The machine's zone, from its file alone: to look for its name among all that there
/// are would take longer than everything else that is shown.
fn machines() -> Option<TimeZone> {
    const FILE: &str = "/etc/localtime";
    if is_odd(Path::new(FILE)) {
        return None;
    }
    TimeZone::tzif(FILE, &fs::read(FILE).ok()?).ok()
}

/// Whether `TZ` is a path, and that of a file which is no description of a zone.
/// What is the name of a zone, or a rule as POSIX has it, is not read as a path.
fn names_an_odd_file(chosen: &OsStr) -> bool {
    let bytes = chosen.as_bytes();
    let path = Path::new(OsStr::from_bytes(bytes.strip_prefix(b":").unwrap_or(bytes)));
    // The directory that has the zones by name, in place of the machine's.
    let named = std::env::var_os("TZDIR").map(|directory| Path::new(&directory).join(path));
    let is_zone = |name| TimeZone::posix(name).is_ok() || TimeZone::get(name).is_ok();
    named.is_some_and(|named| is_odd(&named)) || is_odd(path) && !path.to_str().is_some_and(is_zone)
}

/// Whether there is something else than a file of the right size.
fn is_odd(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() || !SIZES.contains(&found.len()))
}
