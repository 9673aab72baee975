//! The numbers by which the kernel names sets and accounts, each a type of its own.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::Serialize;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($raw:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub struct $name($raw);

        impl $name {
            /// The id with this number.
            pub const fn new(raw: $raw) -> Self {
                Self(raw)
            }

            /// The number.
            pub const fn raw(self) -> $raw {
                self.0
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<Self, ParseIntError> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// The id that the kernel gives a set, for semop(2) and semctl(2). 0 is a valid one.
    Semid(i32)
}
id! {
    /// A user id: credentials(7).
    Uid(u32)
}
id! {
    /// A group id: credentials(7).
    Gid(u32)
}

impl Semid {
    /// The id of the set at a place in the kernel's table: `IXSEQ_TO_IPCID` of sys/ipc.h on
    /// the BSDs, macOS and Cygwin.
    #[allow(dead_code, reason = "not on every system")]
    pub(super) fn at_place(index: i32, seq: u16) -> Self {
        Self(i32::from(seq) << 16 | (index & 0xffff))
    }
}

impl Uid {
    /// The superuser.
    pub const ROOT: Self = Self(0);

    /// The effective one of this process.
    pub fn own() -> Self {
        Self(nix::unistd::geteuid().as_raw())
    }
}

impl Gid {
    /// The effective one of this process.
    pub fn own() -> Self {
        Self(nix::unistd::getegid().as_raw())
    }
}

#[cfg(test)]
mod tests {
    use super::Semid;

    #[test]
    fn a_semid_is_an_index_and_a_sequence_number() {
        for (index, seq, semid) in
            [(0, 0, 0), (5, 1, 65_541), (0xffff, 0x7fff, i32::MAX), (0x1_0001, 2, 0x2_0001)]
        {
            assert_eq!(Semid::at_place(index, seq), Semid(semid));
        }
    }
}
