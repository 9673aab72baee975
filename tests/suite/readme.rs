//! The README's session purger does what the README says.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::{Finished, Sandbox, assert_free, perl};

const README: &str = include_str!("../../README.md");

/// The script in the README that begins with `first`.
fn script(first: &str) -> String {
    let blocks = README.split("```sh\n").skip(1);
    let block =
        blocks.map(|text| text.split("```").next().unwrap()).find(|text| text.starts_with(first));
    block.unwrap_or_else(|| panic!("no script begins with {first:?}")).into()
}

#[test]
fn the_purger_removes_old_sessions_and_leaves_those_that_perl_has_open() {
    let (sandbox, block) = Sandbox::with_block(34);
    let sessions = sandbox.directory.join("sessions");
    fs::create_dir(&sessions).unwrap();
    let [open, old, new] = ["0d9e", "1c8f", "-2b70"].map(|id| sessions.join(id));
    for (file, age) in [(&open, "40 days ago"), (&old, "40 days ago"), (&new, "today")] {
        fs::write(file, "").unwrap();
        Finished::of(touch(file, age)).exits(0);
    }
    let mut perl = perl(&sandbox, 34);
    assert_eq!(perl.ask("read 0d9e"), "held");
    purge(&sandbox, &sessions).exits(0).prints("in use, skipped: ./0d9e\n");
    assert_eq!([&open, &old, &new].map(|file| file.exists()), [true, false, true]);
    assert_eq!(perl.ask("release"), "released");
    Finished::of(touch(&new, "40 days ago")).exits(0);
    purge(&sandbox, &sessions).exits(0).prints("");
    assert_eq!(fs::read_dir(&sessions).unwrap().count(), 0);
    assert_free(block);
}

#[test]
fn the_purger_stops_when_there_is_no_block() {
    let sandbox = Sandbox::new();
    let file = sandbox.directory.join("1c8f");
    fs::write(&file, "").unwrap();
    Finished::of(touch(&file, "40 days ago")).exits(0);
    purge(&sandbox, &sandbox.directory).exits(1).complains("cannot purge ./1c8f");
    assert!(file.exists());
}

fn touch(file: &Path, age: &str) -> Command {
    let mut touch = Command::new("touch");
    touch.args(["-d", age, "--"]).arg(file);
    touch
}

fn purge(sandbox: &Sandbox, directory: &Path) -> Finished {
    let mut purge = sandbox.program("sh");
    purge.args(["-c", &script("#!/bin/sh\n# purge-sessions"), "purge-sessions"]).arg(directory);
    Finished::of(purge)
}
