//! `status --all --format json` writes each set when it is judged, however slow its reader is.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::common::schema::assert_valid;
use crate::common::{Finished, Running, Sandbox, leaving_it_to_others, until};
use semlock::sysv::Set;

const LIST: [&str; 4] = ["status", "--all", "--format", "json"];

/// More sets than a pipe and a buffer have room for.
const MANY: usize = 1000;

fn with_sets(number: usize) -> (Sandbox, Vec<Set>) {
    let sandbox = Sandbox::new();
    let sets = (0..number).map(|_| Set::create_private(1, 0o600).unwrap()).collect();
    (sandbox, sets)
}

/// The list and its beginning, with so many sets at least. It waits until more is read.
fn waiting(sandbox: &Sandbox, sets: usize) -> (Running, Vec<u8>) {
    let mut list = Running::start(sandbox.semlock(LIST));
    let mut beginning = Vec::new();
    let mut objects = 0;
    // The document and its limits are objects, too.
    while objects < sets + 2 {
        let part = list.bytes(500);
        objects += String::from_utf8_lossy(&part).matches('{').count();
        beginning.extend(part);
    }
    until("the list waits for its reader", || list.waits_for_its_reader());
    (list, beginning)
}

/// The whole document.
fn read_to_the_end(list: Running, mut bytes: Vec<u8>) -> Value {
    bytes.extend(list.hear_the_rest().bytes());
    let document = serde_json::from_slice(&bytes).unwrap();
    assert_valid(&document);
    document
}

#[test]
fn the_first_sets_are_written_before_the_last_is_judged() {
    let (sandbox, sets) = with_sets(MANY);
    let (list, bytes) = waiting(&sandbox, 1);
    sets.last().unwrap().remove().unwrap();
    let document = read_to_the_end(list, bytes);
    let listed = document["sets"].as_array().unwrap().iter().map(|set| set["semid"].as_i64());
    let others = sets[..MANY - 1].iter().map(|set| Some(set.semid().raw().into()));
    assert!(listed.eq(others), "{:#}", document["sets"]);
    assert_eq!(document["limits"]["sets_used"], MANY);
    assert_eq!(document["summary"][0]["sets"], MANY - 1);
}

/// The memory that the list has taken, in bytes, when nearly all of it is written; and how
/// much that is.
fn peak(number: usize) -> (usize, usize) {
    let (sandbox, _sets) = with_sets(number);
    let (list, beginning) = waiting(&sandbox, number - 300);
    let status = fs::read_to_string(format!("/proc/{}/status", list.pid())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kilobytes: usize = peak.trim().trim_end_matches(" kB").parse().unwrap();
    (1024 * kilobytes, beginning.len())
}

#[test]
fn a_document_of_many_sets_takes_less_memory_than_it_is_long() {
    let (few, many) = (peak(MANY), peak(16 * MANY));
    let (more_memory, longer) = (many.0.saturating_sub(few.0), many.1 - few.1);
    assert!(more_memory < longer, "{more_memory} bytes for {longer}");
}

#[test]
fn a_process_that_uses_a_set_while_the_reader_is_slow_is_seen() {
    let (sandbox, sets) = with_sets(MANY);
    let last = sets.last().unwrap();
    let use_it = "semop($ARGV[0], pack('s!3', 0, 1, 0)) or die; $| = 1; print qq(used\\n); <STDIN>";
    let is_seen = |slow| {
        let (list, bytes) = waiting(&sandbox, 1);
        let mut perl = Command::new("perl");
        perl.args(["-e", use_it, &last.semid().to_string()]);
        let mut perl = Running::start(perl);
        assert_eq!(perl.line(), "used");
        // Nothing can be observed but the clock.
        leaving_it_to_others(|| thread::sleep(slow));
        let document = read_to_the_end(list, bytes);
        let set = &document["sets"][MANY - 1];
        assert_eq!(set["sempid"], perl.pid());
        set["program"] == "perl" && set["otime"].is_string()
    };
    // A survey of a busy machine takes long, and counts as recent for longer.
    assert!([1, 5, 20].map(Duration::from_secs).into_iter().any(is_seen));
}

#[test]
fn a_reader_that_has_read_enough_ends_it_without_a_word() {
    let (sandbox, _sets) = with_sets(MANY);
    let list = "{ semlock status --all --format json; echo $? >&2; } | head -c 100";
    let finished = Finished::of(sandbox.shell(list));
    finished.exits(0).is_said("141\n");
    assert_eq!(finished.stdout().len(), 100);
}

#[test]
fn a_document_that_could_not_be_written_to_its_end_is_no_json_and_an_error() {
    let (sandbox, _sets) = with_sets(MANY);
    let list = "trap '' XFSZ; ulimit -f 100; exec semlock status --all --format json >list";
    let finished = Finished::of(sandbox.shell(list));
    finished.exits(71).complains("\"error\":\"cannot write to standard output");
    let written = fs::read(sandbox.directory.join("list")).unwrap();
    assert_eq!(written.len(), 51_200);
    assert!(serde_json::from_slice::<Value>(&written).is_err());
}
