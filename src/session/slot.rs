//! The slot of a session id: Perl's arithmetic, bit for bit.
//!
//! Apache::Session::Lock::Semaphore hashes with `h = 31 * h + ord(byte)` in ordinary Perl
//! numbers. These are unsigned 64-bit integers until a result does not fit; that step and
//! every later one uses floating point. Any other arithmetic, exact or wrapping, chooses
//! another slot for nearly every id longer than 13 bytes, and so excludes nobody.

use std::fmt;

/// One lock of a block: `0 <= index < nsems / 2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(u16);

impl Slot {
    /// The slot with this index.
    pub fn new(index: u16) -> Self {
        Self(index)
    }

    /// The index; also the number of the slot's reader semaphore.
    pub fn index(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a session id has no slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSlot {
    /// The id is empty: Apache::Session takes that as "create a new session".
    Empty,
    /// The hash is infinite, so its remainder is NaN, which Perl cannot pack for semop.
    TooLong,
}

impl fmt::Display for NoSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "it is empty",
            Self::TooLong => {
                "it is too long: its hash is past the largest number that Perl can hold"
            }
        })
    }
}

impl std::error::Error for NoSlot {}

/// The slot of a session id in a block of `nsems` semaphores (even, at least 2).
pub fn slot_of(id: &[u8], nsems: u16) -> Result<Slot, NoSlot> {
    if id.is_empty() {
        return Err(NoSlot::Empty);
    }
    let slots = nsems / 2;
    id.iter()
        .fold(Number::Integer(0), |hash, &byte| hash.times_31_plus(byte))
        .modulo(slots)
        .map(Slot)
        .ok_or(NoSlot::TooLong)
}

/// How many of a block's slots session ids of 13 bytes and more can have.
///
/// Their hash is a double above 2^64, and so a multiple of a large power of two. Only the
/// odd factor of the number of slots counts.
pub fn effective_slots(nsems: u16) -> u16 {
    let slots = nsems / 2;
    if slots == 0 { 0 } else { slots >> slots.trailing_zeros() }
}

/// A Perl number that is never negative: perlop(1), "Integer Arithmetic".
#[derive(Clone, Copy)]
enum Number {
    Integer(u64),
    Double(f64),
}

impl Number {
    fn times_31_plus(self, byte: u8) -> Self {
        self.times_31().plus(byte)
    }

    fn times_31(self) -> Self {
        match self {
            Self::Integer(n) => {
                n.checked_mul(31).map_or_else(|| Self::Double(31.0 * double(n)), Self::Integer)
            }
            Self::Double(x) => Self::Double(31.0 * x),
        }
    }

    fn plus(self, byte: u8) -> Self {
        match self {
            Self::Integer(n) => n
                .checked_add(byte.into())
                .map_or_else(|| Self::Double(double(n) + f64::from(byte)), Self::Integer),
            Self::Double(x) => Self::Double(x + f64::from(byte)),
        }
    }

    /// Perl's `%`: integer, or for a double `fmod(floor(x + 0.5), divisor)`.
    fn modulo(self, divisor: u16) -> Option<u16> {
        let exact = match self {
            Self::Integer(n) => n % u64::from(divisor),
            Self::Double(x) if x.is_infinite() => return None,
            Self::Double(x) => small((x + 0.5).floor() % f64::from(divisor)),
        };
        Some(u16::try_from(exact).expect("a remainder is below its divisor"))
    }
}

#[expect(clippy::cast_precision_loss, reason = "the loss is Perl's, and the point")]
fn double(n: u64) -> f64 {
    n as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a whole number in 0..65535"
)]
fn small(x: f64) -> u64 {
    x as u64
}

#[cfg(all(any(test, fuzzing), family = "linux"))]
#[path = "../fuzz/slots.rs"]
mod fuzz;

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;

    use super::*;

    /// Slots that Perl computed elsewhere: `ID NSEMS SLOT`, the id percent-encoded.
    const VECTORS: &str = include_str!("../../tests/vectors/slots.tsv");

    #[test]
    fn all_recorded_slots_are_perls() {
        let lines: Vec<_> = VECTORS.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(lines.len(), 2640);
        for line in lines {
            let [id, nsems, slot] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
            let id: Vec<u8> = percent_decode_str(id).collect();
            let found = slot_of(&id, nsems.parse().unwrap()).map(Slot::index);
            assert_eq!(found, Ok(slot.parse().unwrap()), "{line}");
        }
    }

    #[test]
    fn an_id_that_perl_cannot_hash_has_no_slot_and_says_why() {
        let no_slot = |id: &[u8]| slot_of(id, 32).unwrap_err();
        assert_eq!((no_slot(b""), no_slot(&[255; 215])), (NoSlot::Empty, NoSlot::TooLong));
        assert_eq!(no_slot(b"").to_string(), "it is empty");
        assert!(no_slot(&[255; 215]).to_string().starts_with("it is too long: its hash is past"));
    }

    #[test]
    fn only_the_odd_factor_of_the_slots_counts_for_long_ids() {
        for (nsems, slots) in [(0, 0), (1, 0), (2, 1), (6, 3), (32, 1), (34, 17), (48, 3)] {
            assert_eq!(effective_slots(nsems), slots, "{nsems}");
        }
    }

    #[test]
    fn a_sum_that_does_not_fit_is_a_double_as_a_product_is() {
        // 31 times this is 15 below 2^64, so that only the last byte does not fit.
        let hash = Number::Integer(u64::MAX / 31).times_31_plus(b'a');
        // 2^64 is 1 modulo 17.
        assert_eq!(hash.modulo(17), Some(1));
        assert_eq!(Slot::new(7).to_string(), "7");
    }
}
