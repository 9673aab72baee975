//! How numbers, names and times are written for people.

use std::collections::BTreeSet;
use std::fmt;
use std::str::Utf8Chunk;
use std::time::Duration;

use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A name with its number, or the number alone.
pub(crate) fn named(name: Option<&impl fmt::Display>, id: impl fmt::Display) -> String {
    name.map_or_else(|| id.to_string(), |name| format!("{name} ({id})"))
}

/// "1 set", "2 sets", "2 waiting processes".
pub(crate) fn counted(number: impl TryInto<u32>, noun: &str) -> String {
    let number = number.try_into().unwrap_or(u32::MAX);
    let ending = match number {
        1 => "",
        _ if noun.ends_with('s') => "es",
        _ => "s",
    };
    format!("{number} {noun}{ending}")
}

/// "2026-11-23 07:48:13" by the clock of `zone`.
pub(crate) fn exact(then: Timestamp, zone: &TimeZone) -> String {
    const PRINTER: DateTimePrinter = DateTimePrinter::new().separator(b' ').precision(Some(0));
    PRINTER.datetime_to_string(&zone.to_datetime(then))
}

/// "3 minutes ago"
pub(crate) fn ago(then: Timestamp, now: Timestamp) -> String {
    let (number, unit) = rounded(then, now);
    format!("{} ago", counted(number, unit.name()))
}

/// The same as one short word: "3min".
pub(crate) fn age(then: Timestamp, now: Timestamp) -> String {
    let (number, unit) = rounded(then, now);
    format!("{number}{}", unit.short())
}

/// "2s", "500ms", "1m30s", as times are written on the command line.
pub(crate) fn length(time: Duration) -> String {
    let millis = time.as_millis();
    if millis == 0 {
        return format!("{}ms", time.as_secs_f64() * 1000.0);
    }
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms")];
    let mut rest = millis;
    let parts = units.into_iter().filter_map(|(unit, name)| {
        let number = rest / unit;
        rest %= unit;
        (number > 0).then(|| format!("{number}{name}"))
    });
    parts.collect()
}

/// Removes every repetition.
pub(crate) fn each_once<T: Ord + Clone>(words: &mut Vec<T>) {
    let mut seen = BTreeSet::new();
    words.retain(|word| seen.insert(word.clone()));
}

/// Bytes as text. Those that are not UTF-8 are escaped, so that different bytes look
/// different.
pub(crate) fn readable(bytes: &[u8]) -> String {
    let text = |chunk: Utf8Chunk<'_>| {
        chunk.valid().to_owned() + &chunk.invalid().escape_ascii().to_string()
    };
    bytes.utf8_chunks().map(text).collect()
}

#[derive(Clone, Copy)]
enum Unit {
    Second,
    Minute,
    Hour,
    Day,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    fn short(self) -> &'static str {
        match self {
            Self::Second => "s",
            Self::Minute => "min",
            Self::Hour => "h",
            Self::Day => "d",
        }
    }
}

/// In the largest unit that gives at least two.
fn rounded(then: Timestamp, now: Timestamp) -> (u32, Unit) {
    let age = now.duration_since(then).max(SignedDuration::ZERO);
    let (number, unit) = match age.as_secs() {
        seconds @ 0..120 => (seconds, Unit::Second),
        seconds @ 120..7200 => (seconds / 60, Unit::Minute),
        seconds @ 7200..172_800 => (seconds / 3600, Unit::Hour),
        seconds => (seconds / 86400, Unit::Day),
    };
    (u32::try_from(number).unwrap_or(u32::MAX), unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_are_counted() {
        assert_eq!(counted(1, "set"), "1 set");
        assert_eq!(counted(0, "set"), "0 sets");
        assert_eq!(counted(2, "process"), "2 processes");
    }

    #[test]
    fn an_age_is_in_the_largest_unit_that_gives_at_least_two() {
        let now = Timestamp::UNIX_EPOCH;
        for (seconds, short, long) in [
            (-5, "0s", "0 seconds ago"),
            (119, "119s", "119 seconds ago"),
            (120, "2min", "2 minutes ago"),
            (7199, "119min", "119 minutes ago"),
            (7200, "2h", "2 hours ago"),
            (172_800, "2d", "2 days ago"),
        ] {
            let then = now - SignedDuration::from_secs(seconds);
            assert_eq!((age(then, now).as_str(), ago(then, now).as_str()), (short, long));
        }
    }

    #[test]
    fn a_duration_is_written_as_on_the_command_line() {
        for (millis, written) in
            [(0, "0ms"), (500, "500ms"), (2000, "2s"), (90_000, "1m30s"), (86_400_000, "1d")]
        {
            assert_eq!(length(Duration::from_millis(millis)), written);
        }
        assert_eq!(length(Duration::from_micros(100)), "0.1ms");
    }

    #[test]
    fn different_bytes_look_different() {
        assert_eq!(readable("日".as_bytes()), "日");
        assert_eq!(readable(b"a\xffb"), "a\\xffb");
    }

    #[test]
    fn repetitions_are_removed() {
        let mut words = vec!["b", "a", "b"];
        each_once(&mut words);
        assert_eq!(words, ["b", "a"]);
    }
}
