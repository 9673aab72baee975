//! What clients can rely on, whatever the order of their calls.

use crate::check::{Promise, broken};
use crate::clients::Client;
use crate::protocol::Protocol;
use crate::session::Mode::{Read, Write};
use crate::sysv::Wait;

/// The session of most persistent locks.
const SESSION: &str = "a";

fn holds(name: &str, protocol: &Protocol, promises: &[Promise]) {
    if let Some(steps) = broken(name, protocol, promises) {
        panic!("{name}:\n{}", steps.join("\n"));
    }
}

/// More clients in `make model`, where there is time for them.
fn more(more: impl IntoIterator<Item = Client>) -> impl Iterator<Item = Client> {
    more.into_iter().take(if is_large() { usize::MAX } else { 0 })
}

pub fn is_large() -> bool {
    std::env::var_os("SEMLOCK_LARGE_MODEL").is_some()
}

fn kills() -> usize {
    if is_large() { 2 } else { 1 }
}

fn clients(
    few: impl IntoIterator<Item = Client>,
    many: impl IntoIterator<Item = Client>,
) -> Vec<Client> {
    few.into_iter().chain(more(many)).collect()
}

pub fn locks_exclude_each_other_and_leave_nothing_behind() {
    let few = [
        Client::Perl { mode: Read, slot: 0 },
        Client::Perl { mode: Write, slot: 0 },
        Client::lock(Write, &[0]),
        Client::lock_for_a_time(Read, &[0]),
    ];
    let many = [Client::lock(Read, &[0])];
    let protocol = Protocol::of(1, clients(few, many)).with_kills(kills());
    holds("locks", &protocol, &Promise::ALL);
}

pub fn a_signal_does_not_cost_semlock_its_lock() {
    let few =
        [Client::lock(Read, &[0]), Client::lock(Write, &[0]), Client::lock_for_a_time(Write, &[0])];
    let many = [Client::drain(&[0], Wait::Limited)];
    let protocol = Protocol::of(1, clients(few, many)).with_signals();
    holds("signals", &protocol, &Promise::ALL);
}

pub fn a_draining_writer_waits_for_the_readers_that_are_there() {
    let few = [
        Client::drain(&[0], Wait::Limited),
        Client::Perl { mode: Read, slot: 0 },
        Client::lock(Read, &[0]),
    ];
    let many = [Client::drain(&[0], Wait::Forever), Client::Perl { mode: Write, slot: 0 }];
    let protocol = Protocol::of(1, clients(few, many)).with_kills(kills());
    holds("drain", &protocol, &Promise::ALL);
}

pub fn pieces_in_slot_order_never_wait_for_each_other() {
    let few = [
        Client::lock(Write, &[0, 1]),
        Client::lock_for_a_time(Write, &[1, 0]),
        Client::Perl { mode: Read, slot: 1 },
    ];
    let many = [Client::lock(Write, &[1, 0])];
    let protocol = Protocol::of(2, clients(few, many)).with_kills(kills());
    holds("pieces", &protocol, &Promise::ALL);
}

pub fn pieces_of_three_slots_never_wait_for_each_other() {
    let few = [Client::lock(Read, &[2, 1, 0]), Client::lock(Write, &[2, 0])];
    let many = [Client::drain(&[1, 2, 0], Wait::Forever)];
    let protocol = Protocol::of(3, clients(few, many)).with_kills(kills());
    holds("pieces of three", &protocol, &Promise::ALL);
}

pub fn draining_in_pieces_never_waits_for_ever() {
    let few = [
        Client::drain(&[2, 1, 0], Wait::Limited),
        Client::lock(Read, &[0, 1, 2]),
        Client::Perl { mode: Write, slot: 2 },
    ];
    let many = [Client::drain(&[0, 1, 2], Wait::Forever)];
    let protocol = Protocol::of(3, clients(few, many)).with_kills(kills());
    holds("drain in pieces", &protocol, &Promise::ALL);
}

pub fn a_persistent_lock_stays_until_its_own_session_is_unlocked() {
    let few = [
        Client::persist(Write, &[0], SESSION),
        Client::persist(Write, &[0], "b"),
        Client::Unlock { slot: 0, session: SESSION },
    ];
    let many = [Client::Unlock { slot: 0, session: SESSION }, Client::lock(Read, &[0])];
    let protocol = Protocol::of(1, clients(few, many)).with_kills(kills());
    holds("persistent", &protocol, &Promise::ALL);
}

pub fn a_persistent_read_lock_is_taken_back_beside_other_readers() {
    let few = [
        Client::persist(Read, &[0], SESSION),
        Client::UnlockReader { slot: 0, session: SESSION },
        Client::lock(Read, &[0]),
    ];
    let many =
        [Client::Perl { mode: Write, slot: 0 }, Client::UnlockReader { slot: 0, session: SESSION }];
    let protocol = Protocol::of(1, clients(few, many)).with_kills(kills());
    holds("persistent reader", &protocol, &Promise::ALL);
}

pub fn a_persistent_lock_in_pieces_stays_whole() {
    let few = [Client::persist(Write, &[0, 1, 2], SESSION), Client::lock(Read, &[1])];
    let many = [Client::Unlock { slot: 2, session: SESSION }, Client::lock(Write, &[2])];
    holds("persistent in pieces", &Protocol::of(3, clients(few, many)), &Promise::ALL);
}

/// The last of its slots is forced away before it is persistent.
pub fn a_persistent_lock_that_was_forced_away_in_part_is_given_back() {
    let few = [Client::persist(Write, &[0, 1, 2], SESSION), Client::Reset { slot: 2 }];
    let many = [Client::lock(Read, &[0]), Client::Unlock { slot: 1, session: SESSION }];
    let protocol = Protocol::of(3, clients(few, many));
    holds("persistent by force", &protocol, &[Promise::NothingLost, Promise::NoDeadlock]);
}

pub fn a_persistent_lock_that_drains_waits_for_the_readers_that_are_there() {
    let few = [
        Client::drain_and_persist(&[0], SESSION),
        Client::Unlock { slot: 0, session: SESSION },
        Client::lock_for_a_time(Read, &[0]),
    ];
    let many = [Client::Perl { mode: Read, slot: 0 }];
    let protocol = Protocol::of(1, clients(few, many)).with_kills(kills());
    holds("drain and persist", &protocol, &Promise::ALL);
}

pub fn a_persistent_lock_that_drains_in_pieces_stays_whole() {
    let few = [Client::drain_and_persist(&[0, 1, 2], SESSION), Client::lock(Read, &[2, 1])];
    let many = [Client::Perl { mode: Write, slot: 1 }, Client::lock(Read, &[0, 1])];
    holds("drain and persist in pieces", &Protocol::of(3, clients(few, many)), &Promise::ALL);
}

/// An abandoned lock keeps others waiting, and stays if it is unlocked before it is there.
const WITH_ABANDONED: [Promise; 4] =
    [Promise::Exclusion, Promise::KeptInUse, Promise::NothingTaken, Promise::GivenBack];

pub fn unlock_takes_an_abandoned_lock_and_no_other() {
    let few = [
        Client::Abandon { slot: 0 },
        Client::UnlockAbandoned { slot: 0 },
        Client::UnlockAbandoned { slot: 0 },
        Client::lock(Write, &[0]),
    ];
    let many = [Client::drain(&[0], Wait::Forever)];
    let protocol = Protocol::of(1, clients(few, many)).with_kills(kills());
    holds("abandoned", &protocol, &WITH_ABANDONED);
}

pub fn unlock_that_is_killed_leaves_nothing_behind() {
    let few = [
        Client::UnlockAbandoned { slot: 0 },
        Client::drain(&[0], Wait::Limited),
        Client::lock(Read, &[0]),
    ];
    let many = [Client::lock(Write, &[0])];
    let protocol = Protocol::of(1, clients(few, many)).with_kills(kills());
    holds("unlock killed", &protocol, &Promise::ALL);
}

pub fn unlock_takes_no_lock_of_a_process_with_a_pid_that_was_used_before() {
    let few = [
        Client::drain(&[0], Wait::Forever),
        Client::UnlockAbandoned { slot: 0 },
        Client::lock(Write, &[0]),
    ];
    let many = [Client::lock(Read, &[0])];
    let protocol = Protocol::of(1, clients(few, many)).endless();
    holds("reused pids", &protocol, &Promise::ALL);
}

pub fn remove_takes_no_block_that_semlock_has_locked() {
    let few = [Client::Remove, Client::lock(Write, &[0]), Client::lock_for_a_time(Read, &[1])];
    let many = [Client::drain(&[0], Wait::Limited)];
    let protocol = Protocol::of(2, clients(few, many)).with_kills(kills());
    holds("remove", &protocol, &Promise::ALL);
}

pub fn replace_takes_no_block_that_semlock_has_locked() {
    let few = [
        Client::Replace { slots: 1 },
        Client::persist(Write, &[0], SESSION),
        Client::lock(Write, &[0]),
        Client::lock(Read, &[0]),
    ];
    let many = [Client::Replace { slots: 1 }];
    let protocol = Protocol::of(1, clients(few, many)).with_kills(kills());
    holds("replace", &protocol, &Promise::ALL);
}

pub fn replace_by_another_size_takes_no_block_that_semlock_has_locked() {
    let few = [
        Client::Replace { slots: 2 },
        Client::persist(Write, &[0], SESSION),
        Client::lock_for_a_time(Read, &[0]),
    ];
    let many = [Client::Replace { slots: 3 }];
    let protocol = Protocol::of(1, clients(few, many)).with_kills(kills());
    holds("replace by another size", &protocol, &Promise::ALL);
}

/// A smaller block, and one that the kernel refuses.
pub fn replace_always_leaves_a_block_at_the_key() {
    let promises = [&Promise::ALL[..], &[Promise::BlockThere]].concat();
    let few = [
        Client::Replace { slots: 1 },
        Client::Replace { slots: 5 },
        Client::drain(&[1, 0], Wait::Limited),
    ];
    let many = [Client::lock(Write, &[0])];
    holds("replace leaves a block", &Protocol::of(2, clients(few, many)), &promises);
}

pub fn readers_that_come_and_go_keep_no_draining_writer_waiting() {
    let few = [
        Client::drain(&[0], Wait::Forever),
        Client::Perl { mode: Read, slot: 0 },
        Client::Perl { mode: Read, slot: 0 },
    ];
    let many = [Client::lock(Write, &[0])];
    let protocol =
        Protocol { waits_for_ever: Some(0), ..Protocol::of(1, clients(few, many)).endless() };
    holds("no starvation", &protocol, &[Promise::NoStarvation]);
}
