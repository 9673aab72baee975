//! What `cargo test --test faults` does: workers try faults, and their sum is shown.

mod calls;
mod choice;
mod crew;
mod fault;
mod forms;
mod place;
mod registers;
mod report;
mod scene;
mod snapshot;
mod tally;
mod terminal;
mod tracer;
mod unwind;
mod verdict;
mod watchdog;
mod worker;

use std::env;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use choice::{Choice, faults_of};
use fault::Fault;
use forms::FORMS;
use tally::Tally;
use worker::Job;

/// How many faults a sample has, and how long it may take. On a slow machine, it has fewer.
const SAMPLE: usize = 1000;
const SAMPLE_TIME: Duration = Duration::from_secs(25);

/// How often a fault is tried whose call is not made: on a busy machine, semlock looks at some
/// processes more often than on a quiet one.
const TRIES: usize = 8;

/// Faults of one job.
const JOB: usize = 40;

pub fn run() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "worker") {
        worker::work();
        return ExitCode::SUCCESS;
    }
    // Of `cargo test NAME`, which asks for tests with that name.
    if arguments.iter().any(|word| !word.starts_with('-') && !"faults".contains(word)) {
        return ExitCode::SUCCESS;
    }
    if !nix::unistd::geteuid().is_root() {
        println!("faults: none is tried: that needs root");
        return ExitCode::SUCCESS;
    }
    let which = env::var("SEMLOCK_FAULTS").ok();
    let seed = env::var("SEMLOCK_SEED")
        .map_or_else(|_| fastrand::u64(..), |seed| seed.parse().expect("SEMLOCK_SEED is a number"));
    let tally = all(which.as_deref(), seed);
    println!("{tally}");
    if tally.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn all(which: Option<&str>, seed: u64) -> Tally {
    let begin = Instant::now();
    let mut random = fastrand::Rng::with_seed(seed);
    let chosen = |form: &usize| {
        which.is_none_or(|which| which == "all" || FORMS[*form].name.starts_with(which))
    };
    let forms = (0..FORMS.len()).filter(chosen);
    let jobs = forms.map(|form| Job { form, faults: Vec::new() }).collect();
    let every = env::var_os("SEMLOCK_EVERY_CALL").is_some();
    let choice = if every { Choice::Every } else { Choice::Few };
    let mut tally = Tally::new(seed, which.is_none());
    let mut faults = Vec::new();
    for (form, outcome) in crew::run(jobs, None) {
        let (calls, left_out) = choice.of(&outcome.calls, &mut random);
        faults.extend(faults_of(&calls).map(|fault| (form, fault)));
        tally.leave_out(&left_out);
        tally.add(form, &outcome);
    }
    faults.sort_by_key(|&(form, fault)| (form, fault.task, fault.call, fault.occurrence));
    tally.known = faults.len();
    if which.is_none() {
        random.shuffle(&mut faults);
        faults.truncate(SAMPLE);
        faults.sort_by_key(|&(form, _)| form);
    }
    let until = which.is_none().then(|| begin + SAMPLE_TIME);
    for _ in 0..TRIES {
        if faults.is_empty() {
            break;
        }
        let mut jobs = jobs_of(&faults);
        random.shuffle(&mut jobs);
        for (form, outcome) in crew::run(jobs, until) {
            tally.add(form, &outcome);
        }
        faults.retain(|fault| tally.missed.contains(fault));
    }
    tally.time = begin.elapsed();
    tally
}

fn jobs_of(faults: &[(usize, Fault)]) -> Vec<Job> {
    let of_one_form = faults.chunk_by(|(one, _), (other, _)| one == other);
    let jobs = of_one_form.flat_map(|faults| faults.chunks(JOB));
    jobs.map(|faults| Job {
        form: faults[0].0,
        faults: faults.iter().map(|&(_, fault)| fault).collect(),
    })
    .collect()
}
