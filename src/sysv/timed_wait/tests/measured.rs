//! How exact the waits are and what they cost. With more rounds, and the figures printed:
//! `SEMLOCK_ROUNDS=200 cargo test --lib timed_wait -- --nocapture`.

use std::env;
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;

use super::{LONG, Table, Within, ways};

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// How long each way takes, in turns.
fn in_turns(
    rounds: usize,
    mut time: impl FnMut(Within) -> Duration,
) -> Vec<(&'static str, Vec<Duration>)> {
    let mut times: Vec<_> = ways().map(|(name, within)| (name, within, Vec::new())).collect();
    for _ in 0..rounds {
        for (_, within, times) in &mut times {
            times.push(time(*within));
        }
    }
    times.into_iter().map(|(name, _, times)| (name, times)).collect()
}

#[test]
fn it_ends_when_the_time_is_up_and_not_before() {
    const TIME: Duration = Duration::from_millis(50);
    let rounds = env::var("SEMLOCK_ROUNDS").map_or(20, |rounds| rounds.parse().unwrap());
    let table = Table::new();
    let all = in_turns(rounds, |within| {
        let begin = Instant::now();
        assert_eq!(table.wait(within, TIME), Err(Errno::EAGAIN));
        begin.elapsed()
    });
    for (name, times) in all {
        let errors = times.iter().map(|time| time.checked_sub(TIME).expect("not before"));
        let mut errors: Vec<_> = errors.collect();
        let (error, worst) = (median(&mut errors), errors[errors.len() - 1]);
        println!(
            "{name}: {rounds} waits of {TIME:?}: error {error:?} in the median, {worst:?} at worst"
        );
        assert!(error < TIME / 2, "{name}: {error:?}");
    }
}

#[test]
fn operations_that_need_not_wait_cost_as_much_as_by_the_native_call() {
    let table = Table::new();
    let all = in_turns(2000, |within| {
        table.raise();
        let begin = Instant::now();
        assert_eq!(table.wait(within, LONG), Ok(()));
        begin.elapsed()
    });
    let medians: Vec<_> =
        all.into_iter().map(|(name, mut times)| (name, median(&mut times))).collect();
    println!("done at once: {medians:?}");
    if let [(_, emulated), (_, native)] = medians[..] {
        assert!(emulated < native * 5, "{emulated:?} {native:?}");
    }
}

#[test]
fn a_wait_that_another_ends_costs_a_thread_more_than_by_the_native_call() {
    const ROUNDS: usize = 1000;
    let table = Table::new();
    let all = thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..ROUNDS * ways().count() {
                table.until_waiting(1);
                table.raise();
            }
        });
        in_turns(ROUNDS, |within| {
            let begin = Instant::now();
            assert_eq!(table.wait(within, LONG), Ok(()));
            begin.elapsed()
        })
    });
    let medians: Vec<_> =
        all.into_iter().map(|(name, mut times)| (name, median(&mut times))).collect();
    println!("raised by another: {medians:?}");
    assert!(medians.iter().all(|(_, time)| *time < Duration::from_millis(10)));
}
