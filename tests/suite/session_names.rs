//! `status --sessions`: which session names fall on the slots that are in use.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::common::{Finished, Sandbox, encode, perl};
use semlock::session::slot_of;
use serde_json::{Value, json};

/// A sandbox with a block, a locked session, and a directory with these files.
fn with_files(names: &[&[u8]]) -> Sandbox {
    let (sandbox, _block) = Sandbox::with_block(32);
    let directory = sandbox.directory.join("sessions");
    fs::create_dir(&directory).unwrap();
    for name in names {
        File::create(directory.join(OsStr::from_bytes(name))).unwrap();
    }
    fs::create_dir(directory.join("directory")).unwrap();
    sandbox
}

/// The one slot that is in use, and what falls on it.
fn slot(document: &Value) -> (u64, &Value) {
    assert_eq!(document["slots"].as_array().unwrap().len(), 1, "{document:#}");
    let slot = &document["slots"][0];
    (slot["slot"].as_u64().unwrap(), &slot["sessions"])
}

/// Short names of which so many fall on the slot of the first.
fn sharing(number: usize) -> Vec<String> {
    let here = slot_of(b"s0", 32).unwrap();
    let names = (0..).map(|at| format!("s{at}"));
    names.filter(|name| slot_of(name.as_bytes(), 32) == Ok(here)).take(number).collect()
}

#[test]
fn a_comma_in_a_name_separates_no_names() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["a,b"]);
    std::fs::write(sandbox.directory.join("names"), "a,b\n").unwrap();
    let words = ["status", "--sessions", "names"];
    sandbox.run(words).exits(0).contains("1 session falls on it: a\\u{2c}b\n");
    let columns = ["--columns", "sessions", "--no-headers"];
    let cells = sandbox.run([&words[..], &columns].concat()).stdout();
    assert_eq!(cells.trim(), "a\\u{2c}b");
    assert_eq!(holder.finish(), 0);
}

#[test]
fn a_locked_slot_shows_the_sessions_in_a_directory_that_fall_on_it() {
    let names = sharing(3);
    let files: Vec<_> = names.iter().map(String::as_bytes).chain([&b"other"[..]]).collect();
    let sandbox = with_files(&files);
    let mut application = perl(&sandbox, 32);
    assert_eq!(application.ask(&format!("write {}", encode(b"s0"))), "held");
    let here = slot_of(b"s0", 32).unwrap().index();
    let report = sandbox.run(["status", "--sessions", "sessions", "--format", "json"]).json();
    let mut sorted = names.clone();
    sorted.sort();
    assert_eq!(slot(&report), (here.into(), &json!(sorted)));
    assert_eq!(report["session_names"], json!({ "total": 4, "without_slot": 0 }));
    let line = format!("\nslot {here}: 3 sessions fall on it: {}\n", sorted.join(", "));
    sandbox.run(["status", "--sessions", "sessions"]).exits(0).contains(&line);
    let cell = format!(" {here}  {}\n", sorted.join(","));
    let columns = ["--columns", "slot,sessions", "--no-headers"];
    sandbox.run([&["status", "--sessions", "sessions"], &columns[..]].concat()).prints(&cell);
    sandbox.run([&["status"], &columns[..]].concat()).prints(&format!(" {here}  ?\n"));
}

#[test]
fn lines_of_a_file_or_of_standard_input_are_names_too() {
    let sandbox = with_files(&[]);
    let names = sharing(8);
    let file = sandbox.directory.join("list");
    fs::write(&file, format!("{}\n\n{}\n", names.join("\n"), names[0])).unwrap();
    sandbox.run(["lock", "--persist", "s0"]).exits(0);
    let shown = sandbox.run(["status", "--sessions", "list"]);
    shown.exits(0).contains(": 8 sessions fall on it: ").contains(", and 3 more\n");
    let mut piped = sandbox.semlock(["status", "--sessions", "-", "--format", "json"]);
    piped.stdin(Stdio::from(File::open(&file).unwrap()));
    let report = Finished::of(piped).exits(0).json();
    assert_eq!(slot(&report).1.as_array().unwrap().len(), 8);
    sandbox.run(["status", "--sessions", "sessions"]).exits(0).contains(": none of 0 session ids");
}

#[test]
fn a_file_with_the_line_ends_of_windows_has_the_same_names() {
    let sandbox = with_files(&[]);
    fs::write(sandbox.directory.join("list"), "s0\r\n\r\nb\rc\r\r\n").unwrap();
    for name in ["s0", "b\rc\r"] {
        let here = slot_of(name.as_bytes(), 32).unwrap().index().to_string();
        sandbox.run(["lock", "--persist", "--slot", &here]).exits(0);
        let status = ["status", "--sessions", "list", "--format", "json", name];
        let report = sandbox.run(status).exits(0).json();
        assert_eq!(slot(&report).1, &json!([name]));
        assert_eq!(report["session_names"]["total"], 2);
    }
}

#[test]
fn names_without_a_slot_are_counted_and_others_bytes_change_no_terminal() {
    let sandbox = with_files(&[&[b'x'; 250], b"gr\xc3\x1b[31m"]);
    let here = slot_of(b"gr\xc3\x1b[31m", 32).unwrap().index().to_string();
    sandbox.run(["lock", "--persist", "--slot", &here]).exits(0);
    let shown = sandbox.run(["status", "--sessions", "sessions"]);
    shown
        .exits(0)
        .contains("1 session falls on it: gr\\xc3\\u{1b}[31m\n")
        .contains("\n1 of 2 session ids is too long to have a slot\n");
    let report = sandbox.run(["status", "--sessions", "sessions", "--format", "json"]).json();
    assert_eq!(slot(&report).1, &json!(["gr\u{fffd}\u{1b}[31m"]));
    assert_eq!(report["session_names"]["without_slot"], 1);
}

#[test]
fn what_cannot_be_read_or_has_no_slots_is_refused() {
    let sandbox = with_files(&[]);
    let refused = sandbox.run(["status", "--sessions", "nowhere"]);
    refused.exits(71).complains("cannot read session ids from \"nowhere\": No such file");
    sandbox.run(["status", "--all", "--sessions", "sessions"]).exits(64);
    sandbox.run(["status", "--owner", "root", "--sessions", "sessions"]).exits(64);
    sandbox.run(["create", "-q", "--key", "7", "--mode", "0600"]).exits(0);
    let block = sandbox.run(["status", "--key", "7", "--sessions", "sessions"]);
    block.exits(0).contains("no slot is in use");
}

#[test]
fn many_names_take_little_time() {
    let sandbox = with_files(&[]);
    let names: Vec<_> = (0..100_000_u32).map(|at| format!("{at:032x}\n")).collect();
    fs::write(sandbox.directory.join("list"), names.concat()).unwrap();
    sandbox.run(["lock", "--persist", "s0"]).exits(0);
    let begin = Instant::now();
    let report = sandbox.run(["status", "--sessions", "list", "--format", "json"]).json();
    assert_eq!(report["session_names"]["total"], 100_000);
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
}

#[test]
fn a_directory_with_a_fifo_and_links_is_listed_and_nothing_in_it_is_opened() {
    let sandbox = with_files(&[b"plain"]);
    let place = sandbox.directory.join("sessions");
    nix::unistd::mkfifo(&place.join("fifo"), nix::sys::stat::Mode::from_bits_truncate(0o666))
        .unwrap();
    for (name, target) in [("endless", "/dev/zero"), ("dangling", "nowhere"), ("itself", "itself")]
    {
        std::os::unix::fs::symlink(target, place.join(name)).unwrap();
    }
    let report =
        sandbox.run(["status", "--sessions", "sessions", "--format", "json"]).exits(0).json();
    assert_eq!(report["session_names"]["total"], 5);
}
