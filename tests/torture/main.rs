//! Torture: Perl and semlock in every form on the same few sessions, many of them killed or
//! stopped at any moment, while an administrator works beside them, limits change and pids
//! are reused. A witness that knows nothing of semaphores sees whether two are ever in
//! together that must not be (witness.c). At the end, nothing is left.
//!
//! `make torture` makes a million acquisitions, `make test` fewer. Both say what they did.

mod administrator;
mod arena;
mod chaos;
mod client;
mod end;
mod page;
mod persistent;
mod phase;
mod seat;
mod tally;
mod witnessed;
mod world;

use std::env;

use tally::{Goals, Tally};
use world::{Inside, World};

/// How many acquisitions a test makes if nobody asks for more.
const FEW: u64 = 60_000;

#[test]
fn whatever_happens_to_the_others_nobody_is_in_without_a_lock_and_nothing_is_left() {
    let Some(inside) = Inside::of_this_process() else {
        let test = "whatever_happens_to_the_others_nobody_is_in_without_a_lock_and_nothing_is_left";
        return World::new().run_inside(test);
    };
    let goals = Goals::of(number("SEMLOCK_TORTURE").unwrap_or_else(few));
    let seed = number("SEMLOCK_SEED").unwrap_or_else(|| fastrand::u64(..1 << 32));
    let tally = Tally::new(goals, seed);
    for round in 0..goals.rounds() {
        for phase in phase::Phase::of_round(&tally, round) {
            phase.run(&inside.arena);
        }
    }
    tally.report();
}

/// An ordinary user repeats what root has shown, so a fifth is enough.
fn few() -> u64 {
    if env::var_os("SEMLOCK_FEW_ROUNDS").is_some() { FEW / 5 } else { FEW }
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name}={value}")))
}
