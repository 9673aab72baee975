//! Workers at the same time, and the jobs that they take.

use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout};
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use super::worker::{self, Job, Outcome};

/// A worker, and the two ends of the talk with it.
struct Talk {
    directory: PathBuf,
    worker: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Talk {
    fn start(number: usize) -> Self {
        let name = format!("semlock-faults-{}-{number}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        fs::create_dir_all(&directory).unwrap();
        let mut worker = worker::start(&directory);
        let input = worker.stdin.take().unwrap();
        let output = BufReader::new(worker.stdout.take().unwrap());
        Self { directory, worker, input, output }
    }

    fn outcome(&mut self) -> Outcome {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("a worker said {line:?}: {error}"))
    }

    fn end(mut self) {
        drop(self.input);
        assert!(self.worker.wait().unwrap().success());
        fs::remove_dir_all(self.directory).unwrap();
    }
}

/// Has every job done, unless the time is over before. Returns what each run came to.
pub fn run(jobs: Vec<Job>, until: Option<Instant>) -> Vec<(usize, Outcome)> {
    let number = thread::available_parallelism().map_or(2, |number| number.get() + 1);
    let (jobs, outcomes) = (Mutex::new(VecDeque::from(jobs)), Mutex::new(Vec::new()));
    let next = || {
        let is_over = until.is_some_and(|until| Instant::now() > until);
        jobs.lock().unwrap().pop_front().filter(|_| !is_over)
    };
    thread::scope(|scope| {
        for number in 0..number {
            let (next, outcomes) = (&next, &outcomes);
            scope.spawn(move || {
                let mut talk = Talk::start(number);
                while let Some(job) = next() {
                    serde_json::to_writer(&mut talk.input, &job).unwrap();
                    writeln!(talk.input).unwrap();
                    for _ in 0..=job.faults.len() {
                        let outcome = talk.outcome();
                        outcomes.lock().unwrap().push((job.form, outcome));
                    }
                }
                talk.end();
            });
        }
    });
    outcomes.into_inner().unwrap()
}
