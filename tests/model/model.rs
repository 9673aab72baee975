//! A model of the protocol, checked in every state that a few clients can reach.
//!
//! What semlock does in the model is src/session itself, compiled on modelled semaphores
//! (`sysv`) and run call by call (`replay`). The semaphores (`kernel`) are compared with
//! Linux's (`linux`). The clients (`clients`) take turns in every possible order
//! (`protocol`), and each state must have the properties (`check`).
//!
//! It is an example, not a test: a test would be compiled with the unit tests in src/session,
//! which need the whole program. So its tests are listed here.

#[path = "../../src/session/mod.rs"]
#[allow(dead_code, unused_imports, clippy::pedantic, reason = "it is linted where it belongs")]
mod session;
mod sysv;

mod check;
mod clients;
mod kernel;
mod protocol;
mod replay;
mod state;

mod linux;
mod promises;
mod weaknesses;

use libtest_mimic::{Arguments, Trial};

/// Tests by their modules and names.
macro_rules! tests {
    ($($module:ident: $($name:ident)*;)*) => {
        vec![$($(Trial::test(stringify!($module::$name), || {
            $module::$name();
            Ok(())
        }),)*)*]
    };
}

fn main() {
    let tests = tests! {
        linux:
            the_model_does_what_the_kernel_does;
        promises:
            locks_exclude_each_other_and_leave_nothing_behind
            a_signal_does_not_cost_semlock_its_lock
            a_draining_writer_waits_for_the_readers_that_are_there
            pieces_in_slot_order_never_wait_for_each_other
            pieces_of_three_slots_never_wait_for_each_other
            draining_in_pieces_never_waits_for_ever
            a_persistent_lock_stays_until_its_own_session_is_unlocked
            a_persistent_read_lock_is_taken_back_beside_other_readers
            a_persistent_lock_in_pieces_stays_whole
            a_persistent_lock_that_was_forced_away_in_part_is_given_back
            a_persistent_lock_that_drains_waits_for_the_readers_that_are_there
            a_persistent_lock_that_drains_in_pieces_stays_whole
            unlock_takes_an_abandoned_lock_and_no_other
            unlock_that_is_killed_leaves_nothing_behind
            unlock_takes_no_lock_of_a_process_with_a_pid_that_was_used_before
            remove_takes_no_block_that_semlock_has_locked
            replace_takes_no_block_that_semlock_has_locked
            replace_by_another_size_takes_no_block_that_semlock_has_locked
            replace_always_leaves_a_block_at_the_key
            readers_that_come_and_go_keep_no_draining_writer_waiting;
        weaknesses:
            readers_that_come_and_go_keep_a_writer_waiting
            a_perl_client_goes_on_without_a_lock_when_its_block_is_removed
            a_perl_client_may_begin_to_wait_just_before_its_block_is_removed
            a_perl_client_goes_on_without_a_lock_after_a_signal
            a_lock_that_was_taken_by_force_excludes_nobody
            a_flag_that_is_lowered_without_undo_is_lowered_again_by_its_owner
            a_perl_client_with_another_size_excludes_nobody;
    };
    libtest_mimic::run(&Arguments::from_args(), tests).exit();
}
