//! A process with namespaces of its own, which runs what it reads from its standard input.

use std::io::{self, BufRead, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nix::sys::prctl::set_child_subreaper;
use serde::{Deserialize, Serialize};

use super::calls;
use super::fault::Fault;
use super::forms::{FORMS, Form};
use super::report;
use super::scene::{Run, Scene};
use super::tracer::{Call, End};
use super::verdict::{Expected, Wrong, judge};

/// Some faults of one form. The first run is one without a fault. A job without faults finds
/// out the places of the calls.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    pub form: usize,
    pub faults: Vec<Fault>,
}

/// What a run came to.
#[derive(Debug, Serialize, Deserialize)]
pub struct Outcome {
    pub fault: Option<Fault>,
    pub end: End,
    pub happened: bool,
    pub wrong: Vec<Wrong>,
    /// All about it, if something is wrong.
    pub details: String,
    /// Of the run without a fault.
    pub calls: Vec<Call>,
}

/// Starts one in the private namespaces that each needs. The first process of a pid
/// namespace owns no locks, so a shell is that.
pub fn start(directory: &Path) -> Child {
    let mut worker = Command::new("unshare");
    worker.args(["--ipc", "--pid", "--fork", "--mount-proc", "--kill-child"]);
    worker.args(["sh", "-c", "setsid \"$0\" worker; exit"]).arg(std::env::current_exe().unwrap());
    worker.current_dir(directory).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
}

/// The life of one, in a directory of its own.
pub fn work() {
    set_child_subreaper(true).unwrap();
    let mut scene = Scene::new(std::env::current_dir().unwrap());
    for line in io::stdin().lock().lines() {
        let job: Job = serde_json::from_str(&line.unwrap()).unwrap();
        one_job(&mut scene, &job);
    }
    scene.tear_down();
}

fn one_job(scene: &mut Scene, job: &Job) {
    let form = &FORMS[job.form];
    let run =
        if job.faults.is_empty() { quickest(scene, form) } else { scene.run(form, None, false) };
    let expected = Expected { before: scene.before.clone(), run };
    tell(None, judge(form, None, &expected, &expected.run), &expected, &expected.run);
    for &fault in &job.faults {
        let run = scene.run(form, Some(fault), false);
        tell(Some(fault), judge(form, Some(fault), &expected, &run), &expected, &run);
    }
}

/// The run of a few that makes the fewest calls, for all others come to these, too. semlock looks
/// again at processes that have not come to rest, and at what a lock waits for if that takes long.
fn quickest(scene: &mut Scene, form: &'static Form) -> Run {
    scene.run(form, None, false);
    let runs = [(); 3].map(|()| scene.run(form, None, true));
    runs.into_iter().min_by_key(|run| run.calls.len()).unwrap()
}

fn tell(fault: Option<Fault>, wrong: Vec<Wrong>, expected: &Expected, run: &Run) {
    let details = if wrong.is_empty() { String::new() } else { details(expected, run) };
    let calls = if fault.is_none() { run.calls.clone() } else { Vec::new() };
    let happened = run.happened.is_some();
    let outcome = Outcome { fault, end: run.end, happened, wrong, details, calls };
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, &outcome).unwrap();
    writeln!(out).unwrap();
}

#[expect(clippy::format_push_string, reason = "only what is wrong is written")]
fn details(expected: &Expected, run: &Run) -> String {
    let Run { end, stdout, stderr, done, after, left, lost, hung, .. } = run;
    let Expected { before, run: without } = expected;
    let mut text = format!("{end:?}\nstdout: {stdout}\nstderr: {stderr}\n");
    if (done, after) != (&without.done, &without.after) {
        text += &format!("before: {before:?}\ndone: {done:?}, not {:?}\n", without.done);
        text += &format!("after: {after:?}, not {:?}\n", without.after);
    }
    for line in report::missing(&without.stdout, stdout) {
        text += &format!("missing: {line}\n");
    }
    for call in run.calls.iter().filter(|call| !calls::is_known(call.number)) {
        text += &format!("not in calls.rs: {}\n", calls::name(call.number));
    }
    text + &format!("left: {left:?}, lost: {lost}, hung: {hung:?}\n")
}
