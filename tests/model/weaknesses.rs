//! What no client can rely on. Each is a known weakness: the search must find it, and the
//! manual names it.

use crate::check::{Promise, broken};
use crate::clients::Client;
use crate::protocol::Protocol;
use crate::session::Mode::{Read, Write};

/// Finds the weakness, shows how it comes about, and looks for these words in the manual.
fn is_known(name: &str, protocol: &Protocol, promise: Promise, page: &str, words: &str) {
    let steps = broken(name, protocol, &[promise]).expect(name);
    println!("{}", steps.join("\n"));
    let path = format!("{}/man/{page}", env!("CARGO_MANIFEST_DIR"));
    let manual = std::fs::read_to_string(&path).expect(&path).replace('\\', "");
    assert!(manual.contains(words), "{page} does not say: {words}");
}

const PERL_WRITER: Client = Client::Perl { mode: Write, slot: 0 };
const PERL_READER: Client = Client::Perl { mode: Read, slot: 0 };

pub fn readers_that_come_and_go_keep_a_writer_waiting() {
    let clients = vec![Client::lock(Write, &[0]), PERL_READER, PERL_READER];
    let protocol = Protocol { waits_for_ever: Some(0), ..Protocol::of(1, clients).endless() };
    let words = "readers whose locks overlap never leave the slot free";
    is_known("starvation", &protocol, Promise::NoStarvation, "semlock-lock.1", words);
}

pub fn a_perl_client_goes_on_without_a_lock_when_its_block_is_removed() {
    let clients = vec![Client::RemoveByForce, PERL_WRITER, PERL_WRITER];
    let words = "The Perl module continues without a lock when its block is gone";
    is_known("removed", &Protocol::of(1, clients), Promise::Exclusion, "semlock-remove.1", words);
}

pub fn a_perl_client_may_begin_to_wait_just_before_its_block_is_removed() {
    let clients = vec![Client::Remove, PERL_WRITER, PERL_WRITER];
    let words = "a client that begins to wait at that moment loses its block";
    is_known("remove", &Protocol::of(1, clients), Promise::Exclusion, "semlock-remove.1", words);
}

pub fn a_perl_client_goes_on_without_a_lock_after_a_signal() {
    let protocol = Protocol::of(1, vec![PERL_WRITER, PERL_WRITER]).with_signals();
    let words = "continues without one if a signal interrupts its wait";
    is_known("signal", &protocol, Promise::Exclusion, "semlock-lock.1", words);
}

pub fn a_lock_that_was_taken_by_force_excludes_nobody() {
    let clients = vec![PERL_WRITER, Client::Reset { slot: 0 }, Client::lock(Write, &[0])];
    let words = "others can get the lock while it still works";
    is_known("force", &Protocol::of(1, clients), Promise::Exclusion, "semlock-unlock.1", words);
}

pub fn a_flag_that_is_lowered_without_undo_is_lowered_again_by_its_owner() {
    let clients = vec![Client::lock(Write, &[0]), Client::Lower { slot: 0 }];
    let words = "takes the lock of the next holder";
    is_known("lower", &Protocol::of(1, clients), Promise::NothingTaken, "semlock-unlock.1", words);
}

pub fn a_perl_client_with_another_size_excludes_nobody() {
    let clients = vec![Client::Replace { slots: 2 }, PERL_WRITER, Client::lock(Write, &[0])];
    let words = "The application and the block must agree on it";
    let promise = Promise::Exclusion;
    is_known("other size", &Protocol::of(1, clients), promise, "semlock-create.1", words);
}
