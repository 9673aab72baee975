//! The values of options, read from text.

use std::time::Duration;

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
    match text.parse::<i128>() {
        Ok(n) if n <= 0 => Err("a block needs at least 2 semaphores".into()),
        Ok(n) if n % 2 != 0 => {
            Err("must be even: half of the semaphores count readers, half flag writers".into())
        }
        Ok(n) => u16::try_from(n)
            .map_err(|_| "no system numbers more than 65535 semaphores in a set".into()),
        Err(_) => Err("not a whole number".into()),
    }
}

pub(super) fn mode(text: &str) -> Result<u16, String> {
    match u16::from_str_radix(text, 8) {
        Ok(mode) if mode <= 0o777 => Ok(mode),
        _ => Err("a mode is an octal number from 0 to 0777".into()),
    }
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds")?;
    if seconds.is_sign_negative() && seconds != 0.0 {
        return Err("a wait cannot be negative".into());
    }
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}
