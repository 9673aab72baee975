//! The answers of the four kernels, as their sources lay them out on 64-bit machines.

#![allow(dead_code, unused_imports, reason = "Linux makes none of their calls")]

#[path = "../abi.rs"]
mod common;
#[path = "../dragonfly/mod.rs"]
mod dragonfly;
mod ffi;
#[path = "../freebsd/mod.rs"]
mod freebsd;
#[path = "../netbsd/mod.rs"]
mod netbsd;
#[path = "../openbsd/mod.rs"]
mod openbsd;
#[path = "../tunables.rs"]
mod tunables;

use jiff::Timestamp;

use crate::sysv::{Gid, Key, Limits, Permissions, Semid, SetInfo, Uid};

/// Bytes of the kernel, in which single fields are set.
struct Bytes(Vec<u8>);

impl Bytes {
    fn zeros(length: usize) -> Self {
        Self(vec![0; length])
    }

    fn with<const N: usize>(mut self, at: usize, field: [u8; N]) -> Self {
        self.0[at..at + N].copy_from_slice(&field);
        self
    }
}

const OWNER: [u8; 4] = 1001_u32.to_ne_bytes();
const GROUP: [u8; 4] = 1002_u32.to_ne_bytes();
const CREATOR: [u8; 4] = 70_000_u32.to_ne_bytes();
const CREATORS_GROUP: [u8; 4] = 4_u32.to_ne_bytes();
const KEY: [u8; 8] = (-5_i64).to_ne_bytes();
const OTIME: [u8; 8] = 1_764_115_200_i64.to_ne_bytes();
const CTIME: [u8; 8] = 1_764_115_201_i64.to_ne_bytes();

/// The set that the tests write into a table, at the place 1.
fn written() -> SetInfo {
    SetInfo {
        key: Key::new(-5),
        semid: Semid::new((7 << 16) | 1),
        nsems: 40_000,
        permissions: Permissions {
            uid: Uid::new(1001),
            gid: Gid::new(1002),
            cuid: Uid::new(70_000),
            cgid: Gid::new(4),
            mode: 0o640,
        },
        otime: Timestamp::from_second(1_764_115_200).ok(),
        ctime: Timestamp::from_second(1_764_115_201).ok(),
    }
}

/// A table of three places of `size` bytes, after `start` bytes.
fn in_the_middle(start: usize, size: usize, record: &Bytes) -> Vec<u8> {
    let mut table = vec![0; start + 3 * size];
    table[start + size..start + 2 * size].copy_from_slice(&record.0);
    table
}

fn freebsd_record(mode: u16) -> Bytes {
    Bytes::zeros(80)
        .with(0, CREATOR)
        .with(4, CREATORS_GROUP)
        .with(8, OWNER)
        .with(12, GROUP)
        .with(16, mode.to_ne_bytes())
        .with(18, 7_u16.to_ne_bytes())
        .with(24, KEY)
        .with(40, 40_000_u16.to_ne_bytes())
        .with(48, OTIME)
        .with(56, CTIME)
}

#[test]
fn the_table_of_freebsd_has_sets_and_free_places() {
    let table = in_the_middle(0, 80, &freebsd_record(0o1640));
    assert_eq!(freebsd::sets_of(&table, 3).unwrap(), [written()]);
    let removed = in_the_middle(0, 80, &freebsd_record(0));
    assert_eq!(freebsd::sets_of(&removed, 3).unwrap(), []);
    assert_eq!(freebsd::sets_of(&[], 0).unwrap(), []);
}

#[test]
fn a_table_of_freebsd_of_another_size_is_an_error() {
    let table = in_the_middle(0, 80, &freebsd_record(0o1640));
    for (bytes, places) in [(240, 2), (240, 4), (239, 3), (1, 0), (0, 1), (240, u32::MAX)] {
        assert!(freebsd::sets_of(&table[..bytes], places).is_err(), "{bytes} {places}");
    }
}

/// What `sem_sysctl_info` of NetBSD begins with: its seminfo.
fn netbsd_answer(record: &Bytes) -> Vec<u8> {
    let mut answer = in_the_middle(40, 56, record);
    let numbers = [30, 3, 60, 31, 61, 100, 10, 100, 32767, 16384_i32];
    answer[..40].copy_from_slice(&numbers.map(i32::to_ne_bytes).concat());
    answer
}

fn netbsd_record(mode: u32) -> Bytes {
    Bytes::zeros(56)
        .with(0, KEY)
        .with(8, OWNER)
        .with(12, GROUP)
        .with(16, CREATOR)
        .with(20, CREATORS_GROUP)
        .with(24, mode.to_ne_bytes())
        .with(28, 7_i16.to_ne_bytes())
        .with(32, 40_000_u16.to_ne_bytes())
        .with(40, OTIME)
        .with(48, CTIME)
}

#[test]
fn the_answer_of_netbsd_has_limits_sets_and_free_places() {
    let answer = netbsd_answer(&netbsd_record(0o1640));
    let limits = Limits { semmsl: 61, semmns: 60, semopm: 100, semmni: 3 };
    assert_eq!(netbsd::limits_of(&answer).unwrap(), limits);
    assert_eq!(netbsd::sets_of(&answer).unwrap(), [written()]);
    assert_eq!(netbsd::sets_of(&netbsd_answer(&netbsd_record(0o640))).unwrap(), []);
}

#[test]
fn an_answer_of_netbsd_that_is_cut_off_is_an_error() {
    let answer = netbsd_answer(&netbsd_record(0o1640));
    for bytes in [0, 39, 40, 41, 96, 207] {
        assert!(netbsd::sets_of(&answer[..bytes]).is_err(), "{bytes}");
    }
    assert!(netbsd::limits_of(&answer[..40]).is_ok());
    assert!(netbsd::limits_of(&answer[..39]).is_err());
    assert!(netbsd::limits_of(&[0xff; 40]).is_err(), "negative limits");
}

/// What `sem_sysctl_info` of OpenBSD begins with: its seminfo.
fn openbsd_answer(record: &Bytes) -> Vec<u8> {
    let mut answer = in_the_middle(40, 112, record);
    let numbers = [3, 60, 31, 61, 100, 10, 100, 32767, 16384_i32];
    answer[..36].copy_from_slice(&numbers.map(i32::to_ne_bytes).concat());
    answer
}

fn openbsd_record(nsems: u16) -> Bytes {
    Bytes::zeros(112)
        .with(0, CREATOR)
        .with(4, CREATORS_GROUP)
        .with(8, OWNER)
        .with(12, GROUP)
        .with(16, 0o640_u32.to_ne_bytes())
        .with(20, 7_u16.to_ne_bytes())
        .with(24, KEY)
        .with(40, nsems.to_ne_bytes())
        .with(48, OTIME)
        .with(64, CTIME)
}

#[test]
fn the_answer_of_openbsd_has_limits_sets_and_free_places() {
    let answer = openbsd_answer(&openbsd_record(40_000));
    let limits = Limits { semmsl: 61, semmns: 60, semopm: 100, semmni: 3 };
    assert_eq!(openbsd::limits_of(&answer).unwrap(), limits);
    // The kernel counts four bytes less than its struct has.
    for length in [answer.len(), answer.len() - 4] {
        assert_eq!(openbsd::sets_of(answer[..length].to_vec()).unwrap(), [written()]);
    }
    assert_eq!(openbsd::sets_of(openbsd_answer(&openbsd_record(0))).unwrap(), []);
}

#[test]
fn an_answer_of_openbsd_that_is_cut_off_is_an_error() {
    let answer = openbsd_answer(&openbsd_record(40_000));
    for bytes in [0, 35, 36, 40, 41, 264, 260, 370] {
        assert!(openbsd::sets_of(answer[..bytes].to_vec()).is_err(), "{bytes}");
    }
    assert!(openbsd::limits_of(&answer[..35]).is_err());
}

#[test]
fn ids_of_dragonfly_have_sixteen_bits() {
    let bytes = Bytes::zeros(104)
        .with(0, 7_u16.to_ne_bytes())
        .with(2, 4_u16.to_ne_bytes())
        .with(4, 1001_u16.to_ne_bytes())
        .with(6, 1002_u16.to_ne_bytes())
        .with(8, 0o1640_u16.to_ne_bytes())
        .with(16, KEY)
        .with(32, 40_000_u16.to_ne_bytes())
        .with(56, CTIME);
    let header = common::read::<dragonfly::abi::semid_ds>(&bytes.0).unwrap();
    let found = dragonfly::abi::info(Semid::new(65536 * 7 + 1), &header);
    let permissions = Permissions { cuid: Uid::new(7), ..written().permissions };
    // The kernel does not note the last operation: when the set was last changed is unknown.
    assert_eq!(found, SetInfo { permissions, otime: None, ctime: None, ..written() });
}
