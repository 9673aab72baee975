//! The name under which unrelated processes find the same set.

use std::fmt;

/// A System V IPC key. Written in decimal, or in hexadecimal as ipcs(1) does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(i32);

impl Key {
    /// `IPC_PRIVATE`: what the key of a set that has none reads as.
    pub const PRIVATE: Self = Self(libc::IPC_PRIVATE);

    /// The key with this `key_t`.
    pub const fn new(raw: i32) -> Self {
        Self(raw)
    }

    /// The key that a text of digits is: decimal, which may have a sign, or 0x
    /// hexadecimal; None if it is anything else, or more than 32 bits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = |text: &str, radix| {
            let are_digits = !text.is_empty() && text.chars().all(|digit| digit.is_digit(radix));
            are_digits.then(|| i64::from_str_radix(text, radix).ok()).flatten()
        };
        let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
        let number = match (hexadecimal, text.strip_prefix('-')) {
            (Some(hexadecimal), _) => digits(hexadecimal, 16)?,
            (None, Some(negative)) => -digits(negative, 10)?,
            (None, None) => digits(text, 10)?,
        };
        let raw = u32::try_from(number).map(u32::cast_signed);
        raw.or_else(|_| i32::try_from(number)).ok().map(Self)
    }

    /// The `key_t`.
    pub const fn raw(self) -> i32 {
        self.0
    }
}

/// Decimal, as Perl programs and `--key` write it.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Hexadecimal with all eight digits, as ipcs(1) shows it.
impl fmt::LowerHex for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:08x}", self.0)
    }
}
