//! Commands that look at processes and sets while a system call fails: nothing
//! that lives is harmed, and nothing false is said. Needs root and strace(1).
//!
//! As it is, of every system call the first, the middle and the last are made to
//! fail; with SEMLOCK_FAULTS=all, every one.

mod fault;

use std::sync::Mutex;
use std::thread;

use fault::scene::Scene;
use fault::tally::{Tally, wrongs};
use fault::{Fault, Task, faults, occurrences};

/// Scenes at the same time.
const WORKERS: usize = 2;

/// The faults of every task, from a run of each in which nothing fails.
fn all_faults() -> Vec<Fault> {
    let every = std::env::var_os("SEMLOCK_FAULTS").is_some_and(|value| value == "all");
    let mut scene = Scene::new();
    let of = |task| {
        let (run, trace) = scene.trace(task);
        let wrong = wrongs(&scene, &Fault::none(task), &run);
        assert!(wrong.is_empty(), "without a fault: {wrong:?}: {run:?}");
        let expected = i32::from(task == Task::Check);
        assert_eq!(run.status, expected, "without a fault: {run:?}");
        let kept = task == Task::Remove && Scene::exists(scene.orphan);
        assert!(!kept, "without a fault, the set that was left behind was kept: {run:?}");
        faults(task, &occurrences(&trace), every)
    };
    Task::ALL.into_iter().flat_map(of).collect()
}

/// Takes fault after fault, in a scene of its own.
fn work(left: &Mutex<Vec<Fault>>) -> Tally {
    let (mut scene, mut tally) = (Scene::new(), Tally::default());
    let next = || left.lock().unwrap().pop();
    while let Some(fault) = next() {
        let run = scene.under(&fault);
        tally.add(&scene, &fault, &run);
        if !scene.is_complete() {
            scene = Scene::new();
        }
    }
    tally
}

#[test]
#[ignore = "needs root"]
fn no_failed_call_costs_a_living_set_nor_makes_an_answer_false() {
    let left = Mutex::new(thread::scope(|scope| scope.spawn(all_faults).join().unwrap()));
    let mut tally = Tally::default();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(|| work(&left))).collect();
        for worker in workers {
            tally.merge(worker.join().unwrap());
        }
    });
    println!("{tally}");
    assert!(tally.is_clean(), "{tally}\n{}", tally.details());
}
