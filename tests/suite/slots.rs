//! semlock finds the slot that Perl finds, for any session id.

use std::env;
use std::process::Command;

use crate::common::{Running, encode};
use fastrand::Rng;
use semlock::session::{NoSlot, effective_slots, slot_of};

#[test]
fn fresh_random_ids_fall_on_the_slots_that_the_perl_of_this_machine_uses() {
    let mut random = seeded();
    let mut perl = Perl::start();
    for nsems in interesting_sizes() {
        for _ in 0..60 {
            let length = random.usize(1..=206);
            let id: Vec<u8> = (0..length).map(|_| random.u8(1..)).collect();
            perl.agrees(&id, nsems);
        }
    }
}

#[test]
fn ids_as_applications_make_them_fall_on_the_slots_that_perl_uses() {
    let mut random = seeded();
    let mut perl = Perl::start();
    for nsems in interesting_sizes() {
        for length in [8, 12, 13, 14, 16, 24, 32, 40, 64] {
            perl.agrees(&hex(&mut random, length), nsems);
        }
    }
}

#[test]
fn an_id_has_no_slot_exactly_where_perl_dies() {
    let mut perl = Perl::start();
    for byte in [1, b'0', b'f', b'z', 127, 128, 255] {
        for length in 195..=215 {
            perl.agrees(&vec![byte; length], 32);
        }
    }
    assert_eq!(slot_of(&[255; 215], 32), Err(NoSlot::TooLong));
    assert_eq!(slot_of(b"", 32), Err(NoSlot::Empty));
}

#[test]
fn ids_of_207_to_300_bytes_are_refused_exactly_where_perl_dies() {
    let mut random = seeded();
    let mut perl = Perl::start();
    for nsems in interesting_sizes() {
        for _ in 0..20 {
            let length = random.usize(207..=300);
            let id: Vec<u8> = (0..length).map(|_| random.u8(1..)).collect();
            perl.agrees(&id, nsems);
        }
    }
}

#[test]
fn long_ids_fall_on_as_many_slots_as_semlock_says_and_no_more() {
    let mut random = seeded();
    for nsems in [2, 8, 10, 14, 16, 24, 32, 34, 48, 62, 64, 100, 250, 1000, 1024, 32000] {
        let ids = (0..20_000).map(|_| slot_of(&hex(&mut random, 32), nsems).unwrap());
        let seen: std::collections::BTreeSet<_> = ids.collect();
        assert_eq!(seen.len(), usize::from(effective_slots(nsems)), "nsems {nsems}");
    }
}

/// Every small even number, the powers of two, and some that administrators choose.
fn interesting_sizes() -> Vec<u16> {
    let small = (2..=64).step_by(2);
    let powers = (7..=15).map(|exponent| 1 << exponent);
    let chosen = [100, 124, 250, 500, 1000, 1018, 8000, 10_000, 31_998, 32_000, 32_766, 65_534];
    small.chain(powers).chain(chosen).collect()
}

/// The real module, asked through tests/perl/slots.pl.
struct Perl(Running);

impl Perl {
    fn start() -> Self {
        let mut perl = Command::new("perl");
        perl.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/perl/slots.pl"));
        Self(Running::start(perl))
    }

    #[track_caller]
    fn agrees(&mut self, id: &[u8], nsems: u16) {
        let encoded = encode(id);
        let perls = self.0.ask(&format!("{nsems} {encoded}"));
        let ours = slot_of(id, nsems).map_or_else(|_| "dies".into(), |slot| slot.to_string());
        assert_eq!(ours, perls, "nsems {nsems}, id {encoded}");
    }
}

/// Random numbers that SEMLOCK_SEED repeats.
fn seeded() -> Rng {
    let seed = env::var("SEMLOCK_SEED")
        .map_or_else(|_| Rng::new().get_seed(), |seed| seed.parse().unwrap());
    println!("to repeat this: SEMLOCK_SEED={seed}");
    Rng::with_seed(seed)
}

fn hex(random: &mut Rng, length: usize) -> Vec<u8> {
    (0..length).map(|_| b"0123456789abcdef"[random.usize(..16)]).collect()
}
