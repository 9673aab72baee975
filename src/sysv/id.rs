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
