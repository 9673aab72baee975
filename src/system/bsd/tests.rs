//! What is made of the kernels' answers, with records of four bytes.

#![allow(dead_code, reason = "Linux does not read the records")]

mod kinfo;
mod strings;

use jiff::Timestamp;
use nix::errno::Errno;

use super::process::Task;
use super::record::Record;
use super::{Activity, Entry, Pid};
use crate::sysv::{Gid, Uid};
use kinfo::Kinfo;

fn process(pid: i32) -> Kinfo {
    Kinfo {
        pid,
        record: Record {
            name: b"php".to_vec(),
            ended: false,
            parent: 1,
            group: pid,
            session: 0,
            has_terminal: false,
            stack: 0,
        },
        is_kernel: false,
        started: Timestamp::from_second(7).unwrap(),
        uids: [33, 0, 33],
        gids: [33, 33, 8],
        groups: vec![4, 4, 5],
        waits_for: Vec::new(),
        threads: Some(1),
    }
}

fn read(record: &[u8]) -> Option<Kinfo> {
    Some(process(i32::from_ne_bytes(record.try_into().ok()?))).filter(|info| info.pid >= 0)
}

fn answer(pids: &[i32]) -> Vec<u8> {
    pids.iter().copied().flat_map(i32::to_ne_bytes).collect()
}

#[test]
fn every_record_of_an_answer_is_read_or_none_is() {
    let both = answer(&[7, 8]);
    assert_eq!(kinfo::records(&both, 4, read).unwrap(), [process(7), process(8)]);
    assert_eq!(kinfo::records(&[], 4, read).unwrap(), []);
    assert!(kinfo::records(&both[..7], 4, read).is_err(), "cut off");
    assert!(kinfo::records(&answer(&[7, -1]), 4, read).is_err(), "not understood");
    assert!(kinfo::records(&both[..1], 4, |_| Some(process(7))).is_err(), "too short");
}

#[test]
fn an_answer_about_one_process_has_one_record_of_it() {
    let pid = Pid::new(7).unwrap();
    assert_eq!(kinfo::only(vec![process(7)], pid), Entry::Is(process(7)));
    assert_eq!(kinfo::only(vec![], pid), Entry::Gone);
    assert_eq!(kinfo::only(vec![process(8)], pid), Entry::Unreadable(Errno::EIO));
    assert_eq!(kinfo::only(vec![process(7), process(7)], pid), Entry::Unreadable(Errno::EIO));
}

#[test]
fn a_process_has_the_union_of_its_ids_and_roots_rights_by_any_of_them() {
    let Task::Process(process) = process(7).task() else { panic!("it is a process") };
    let ids = &process.credentials;
    assert_eq!(
        (&ids.uids[..], &ids.gids[..]),
        (&[0, 33].map(Uid::new)[..], &[8, 33].map(Gid::new)[..])
    );
    assert_eq!(ids.groups, [4, 5].map(Gid::new));
    assert!(ids.ipc_owner && ids.sys_admin);
    assert_eq!((process.parent, process.session), (Pid::new(1), None));
}

#[test]
fn the_kernels_own_processes_are_told_from_others() {
    let kernel = Kinfo { is_kernel: true, ..process(7) };
    assert!(matches!(kernel.task(), Task::KernelThread));
    assert_eq!(process(0).listed(), None);
    assert!(matches!(process(-1).task(), Task::KernelThread));
}

#[test]
fn a_process_that_started_later_is_another_entry_of_the_list() {
    let later = Kinfo { started: Timestamp::from_second(8).unwrap(), ..process(7) };
    assert_ne!(process(7).listed(), later.listed());
    assert_eq!(process(7).listed(), process(7).listed());
}

#[test]
fn a_wait_for_a_semaphore_is_recognized() {
    let waits = |what: &[u8]| Kinfo { waits_for: what.to_vec(), ..process(7) }.activity();
    assert_eq!(waits(b"semwait"), Activity::Semop);
    assert_eq!(waits(b"select"), Activity::Hidden);
    assert_eq!(waits(b""), Activity::Hidden);
}

#[test]
fn a_time_that_is_none_is_long_ago() {
    assert_eq!(kinfo::time(7_i64, 500_000_i64), Timestamp::new(7, 500_000_000).unwrap());
    assert_eq!(kinfo::time(u64::MAX, 0), Timestamp::MIN);
    assert_eq!(kinfo::time(7, i32::MAX), Timestamp::MIN);
}

#[test]
fn a_text_ends_at_its_zero_byte_or_with_its_field() {
    assert_eq!(kinfo::text(b"php\0x"), b"php");
    assert_eq!(kinfo::text(b"php"), b"php");
    assert_eq!(kinfo::text(b""), b"");
}

#[test]
fn a_setting_is_on_off_or_missing() {
    assert_eq!(kinfo::flag(Ok(vec![1, 0, 0, 0])), Some(true));
    assert_eq!(kinfo::flag(Ok(vec![0; 4])), Some(false));
    assert_eq!(kinfo::flag(Ok(vec![])), None);
    assert_eq!(kinfo::flag(Err(Errno::ENOENT)), None);
}

#[test]
fn strings_may_follow_pointers_to_them() {
    let pointers = [0x1000_usize, 0x1005, 0].map(usize::to_ne_bytes).concat();
    let answer = [&pointers[..], b"perl\0-e\0"].concat();
    assert_eq!(strings::after_pointers(&answer), Some(&b"perl\0-e\0"[..]));
    let none = 0_usize.to_ne_bytes();
    assert_eq!(strings::after_pointers(&none), Some(&b""[..]));
    assert_eq!(strings::after_pointers(&pointers[..2 * size_of::<usize>()]), None);
    assert_eq!(strings::after_pointers(b""), None);
}
