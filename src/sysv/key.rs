//! The name under which unrelated processes find the same set.

use std::fmt;

use super::platform::abi;

/// A System V IPC key. Written in decimal, or in hexadecimal as ipcs(1) does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(i32);

impl Key {
    /// `IPC_PRIVATE`: the key of a set that has none.
    pub const PRIVATE: Self = Self(abi::IPC_PRIVATE);

    /// The key with this `key_t`.
    pub const fn new(raw: i32) -> Self {
        Self(raw)
    }

    /// The key that a text names: decimal, which may have a sign, or 0x hexadecimal. None
    /// for anything else, or for more than 32 bits.
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

#[cfg(all(any(test, fuzzing), family = "linux"))]
#[path = "../fuzz/keys.rs"]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn a_key_is_decimal_or_hexadecimal_and_has_32_bits() {
        for (text, raw) in [
            ("31818", Some(31818)),
            ("0x7c4a", Some(31818)),
            ("0X7C4A", Some(31818)),
            ("-1", Some(-1)),
            ("4294967295", Some(-1)),
            ("0xffffffff", Some(-1)),
            ("-2147483648", Some(i32::MIN)),
            ("4294967296", None),
            ("-2147483649", None),
            ("", None),
            ("0x", None),
            ("+1", None),
            ("1_000", None),
            ("--1", None),
        ] {
            assert_eq!(Key::parse(text).map(Key::raw), raw, "{text:?}");
        }
        assert_eq!(format!("{:x} {}", Key::new(-1), Key::new(-1)), "0xffffffff -1");
    }
}
