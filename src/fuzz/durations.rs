//! Times of the command line.

use std::time::Duration;

use super::{UNITS, interval, time};
use crate::fuzz::{Input, Targets};
use crate::words::length;

impl Targets {
    pub(crate) fn durations(data: &[u8]) {
        if let Ok(text) = std::str::from_utf8(data) {
            of_text(text);
        }
        of_parts(Input::new(data));
    }
}

fn of_text(text: &str) {
    let Ok(read) = time(text) else {
        assert!(interval(text).is_err());
        return;
    };
    assert!(i64::try_from(read.as_secs()).is_ok(), "it fits into every clock");
    assert!(!text.starts_with(['-', '+']) && text.bytes().any(|byte| byte.is_ascii_digit()));
    assert_eq!(interval(text).ok(), Some(read).filter(|time| !time.is_zero()));
    // A floating-point number counts seconds up to 2^53, which is 285 million years.
    if read.as_secs() < 1 << 53 {
        let shown = length(read);
        assert_eq!(time(&shown), Ok(rounded(read)), "{text:?} is shown as {shown:?}");
    }
}

/// To whole milliseconds, unless it is shorter.
fn rounded(time: Duration) -> Duration {
    let is_short = time < Duration::from_millis(1);
    if is_short { time } else { Duration::new(time.as_secs(), time.subsec_millis() * 1_000_000) }
}

/// The sum of all parts, each with its unit.
fn of_parts(mut input: Input) {
    let numbers = UNITS.map(|_| input.u16());
    let parts = numbers.iter().zip(UNITS);
    let parts = parts.map(|(number, (unit, _))| format!("{number}{unit}"));
    let text = parts.collect::<Vec<_>>().concat();
    let [days, hours, minutes, seconds, millis] = numbers.map(u64::from);
    let sum = Duration::from_secs(days * 86400 + hours * 3600 + minutes * 60 + seconds);
    assert_eq!(time(&text), Ok(sum + Duration::from_millis(millis)), "{text}");
}
