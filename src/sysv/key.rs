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
