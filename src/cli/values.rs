//! The values of options, read from text.

use std::num::IntErrorKind;
use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo};

/// The columns that the table of slots can have.
pub const COLUMNS: [&str; 12] = [
    "slot",
    "state",
    "readers",
    "writer",
    "persistent",
    "waiting",
    "last-pid",
    "age",
    "since",
    "holders",
    "waiters",
    "command",
];

/// The columns that the table of sets can have.
pub const SET_COLUMNS: [&str; 14] = [
    "namespace",
    "key",
    "key-hex",
    "semid",
    "nsems",
    "mode",
    "owner",
    "uid",
    "creator",
    "used",
    "changed",
    "waiting",
    "verdict",
    "evidence",
];

/// A key as `--key` and `$SEMLOCK_KEY` write it: decimal or 0x hexadecimal, 32 bits.
pub fn key(text: &str) -> Result<i32, String> {
    let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16).map(u32::cast_signed),
        None => text.parse::<i32>().or_else(|_| text.parse::<u32>().map(u32::cast_signed)),
    };
    match number {
        Ok(0) => Err("0 is IPC_PRIVATE, not the key of any set: name the set with --id".into()),
        Ok(key) => Ok(key),
        Err(_) => Err("a key is a number of 32 bits, decimal or 0x hexadecimal".into()),
    }
}

/// A number of semaphores that can be halved.
pub(super) fn nsems(text: &str) -> Result<u16, String> {
    let too_few = || Err("a block needs at least 2 semaphores".into());
    let too_many = || Err(format!("no system numbers more than {} semaphores in a set", u16::MAX));
    match text.parse::<i64>() {
        Ok(n) if n <= 0 => too_few(),
        Err(error) if *error.kind() == IntErrorKind::NegOverflow => too_few(),
        Err(error) if *error.kind() == IntErrorKind::PosOverflow => too_many(),
        Err(_) => Err("not a whole number".into()),
        Ok(n) => match u16::try_from(n) {
            Err(_) => too_many(),
            Ok(n) if n % 2 != 0 => {
                Err("must be even: half of the semaphores count readers, half flag writers".into())
            }
            Ok(n) => Ok(n),
        },
    }
}

pub(super) fn mode(text: &str) -> Result<u16, String> {
    match u16::from_str_radix(text, 8) {
        Ok(mode) if mode <= 0o777 => Ok(mode),
        _ => Err("a mode is an octal number from 0 to 0777".into()),
    }
}

/// The name of a column of either table.
pub(super) fn column(text: &str) -> Result<String, String> {
    let known = COLUMNS.iter().chain(&SET_COLUMNS).any(|&column| column == text);
    let all = || format!("slots have {}; sets have {}", COLUMNS.join(", "), SET_COLUMNS.join(", "));
    known.then(|| text.to_owned()).ok_or_else(all)
}

pub(super) fn percent(text: &str) -> Result<u8, String> {
    match text.trim_end_matches('%').parse() {
        Ok(percent @ 1..=100) => Ok(percent),
        _ => Err("a percentage is a whole number from 1 to 100".into()),
    }
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds")?;
    if seconds.is_sign_negative() && seconds != 0.0 {
        return Err("a wait cannot be negative".into());
    }
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

/// How long ago: jiff's friendly format, with days of 24 hours; a number alone is seconds.
pub(super) fn idle(text: &str) -> Result<SignedDuration, String> {
    let text = if text.parse::<u32>().is_ok() { format!("{text}s") } else { text.to_owned() };
    let span: Span = text.parse().map_err(|error: jiff::Error| error.to_string())?;
    let idle = span.to_duration(SpanRelativeTo::days_are_24_hours());
    let idle = idle.map_err(|error| error.to_string())?;
    if idle < SignedDuration::ZERO {
        return Err("a duration cannot be negative".into());
    }
    Ok(idle)
}
