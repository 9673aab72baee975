//! The format of times in `-w`, `--watch`, `--idle` and `--waiting`.

use std::time::Duration;

/// The format, for the message that refuses anything else.
const FORMAT: &str = "a time is a number of seconds, such as 5 or 2.5, or has units, such as \
                      500ms, 5s, 2m, 1h30m or 7d";

/// Units in seconds. A month or a year has no fixed length.
const UNITS: [(&str, f64); 5] =
    [("d", 86400.0), ("h", 3600.0), ("m", 60.0), ("s", 1.0), ("ms", 0.001)];

/// Parses a time: seconds, or numbers with units, the largest unit first.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    if text.strip_prefix('-').and_then(duration).is_some() {
        return Err("a time cannot be negative".into());
    }
    let time = duration(text).ok_or(FORMAT)?;
    let fits = i64::try_from(time.as_secs()).is_ok();
    if fits { Ok(time) } else { Err("this is longer than any clock can measure".into()) }
}

/// Parses the interval of `--watch`, which is not 0.
pub(super) fn interval(text: &str) -> Result<Duration, String> {
    match time(text) {
        Ok(time) if time.is_zero() => Err("an interval must be longer than 0".into()),
        Err(why) if why == FORMAT => Err(format!("{why}; put a SESSION before --watch")),
        read => read,
    }
}

fn duration(text: &str) -> Option<Duration> {
    // Neither a sign nor "inf".
    let is_number = text.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    let number = if is_number { text.parse().ok() } else { None };
    number.map(of_seconds).or_else(|| with_units(text))
}

/// The longest time for anything longer.
fn of_seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// Each part is rounded to nanoseconds for itself: the sum may be too large for that.
fn with_units(mut text: &str) -> Option<Duration> {
    let (mut total, mut last) = (Duration::ZERO, f64::INFINITY);
    while !text.is_empty() {
        let (number, rest) = text.split_at(text.find(|c: char| c != '.' && !c.is_ascii_digit())?);
        let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        let (_, unit) = UNITS.iter().find(|(unit, _)| *unit == name)?;
        if *unit >= last {
            return None;
        }
        total = total.saturating_add(of_seconds(number.parse::<f64>().ok()? * unit));
        (text, last) = (rest, *unit);
    }
    last.is_finite().then_some(total)
}

#[cfg(all(any(test, fuzzing), family = "linux"))]
#[path = "../fuzz/durations.rs"]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_seconds_or_has_units() {
        for (text, millis) in [
            ("5", 5_000),
            ("2.5", 2_500),
            (".5", 500),
            ("5.", 5_000),
            ("0", 0),
            ("1e3", 1_000_000),
            ("500ms", 500),
            ("5s", 5_000),
            ("2m", 120_000),
            ("1.5h", 5_400_000),
            ("1h30m", 5_400_000),
            ("7d", 604_800_000),
            ("1d2h3m4s5ms", 93_784_005),
            ("65535d5ms", 5_662_224_000_005),
        ] {
            assert_eq!(time(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_in_plain_words() {
        for text in [
            "", " ", " 5", "5 ", "+5", "nan", "inf", "-inf", "infinity", "soon", ".", "s", "5x",
            "5M", "2mo", "1y", "1h30", "30m1h", "5s5s", "1m-30s", "1,5", "0x10", "--", "-x", "５",
            "1..5s",
        ] {
            assert_eq!(time(text), Err(FORMAT.into()), "{text}");
        }
        for text in ["-1", "-0.5", "-5s", "-1h30m"] {
            assert_eq!(time(text), Err("a time cannot be negative".into()), "{text}");
        }
        for text in ["1e19", "1e300", "1e999", "99999999999999999999", "999999999999999999d"] {
            assert!(time(text).is_err_and(|why| why.starts_with("this is longer")), "{text}");
        }
    }

    #[test]
    fn an_interval_is_not_0_and_no_session() {
        for text in ["0", "0.0", "0ms"] {
            assert_eq!(interval(text), Err("an interval must be longer than 0".into()), "{text}");
        }
        assert!(interval("abc").is_err_and(|why| why.ends_with("put a SESSION before --watch")));
        assert_eq!(interval("-1"), Err("a time cannot be negative".into()));
        assert_eq!(interval("3s"), Ok(Duration::from_secs(3)));
    }
}
