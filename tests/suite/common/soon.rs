//! How long a refusal may take.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::common::Finished;

const SOON: Duration = Duration::from_millis(250);

/// Enough for one run in which nothing else has the processors.
const RUNS: usize = 20;

/// Fails unless the command is refused a wait for itself, and soon. The machine may
/// be busy, which makes some runs slow; what semlock waits for makes all of them.
#[track_caller]
pub fn refuses_soon(command: impl Fn() -> Command) {
    let mut least = Duration::MAX;
    for _ in 0..RUNS {
        let command = command();
        let begin = Instant::now();
        let refused = Finished::of(command);
        least = least.min(begin.elapsed());
        refused.exits(75).complains(", which waits for this one, has a ");
        if least < SOON {
            return;
        }
    }
    panic!("refused after {least:?} at the soonest");
}
