//! `semlock -V` says the version; `semlock --version` also how it was built, and what it
//! uses on this system.

use crate::common::Sandbox;

const VERSION: &str = concat!("semlock ", env!("CARGO_PKG_VERSION"));

/// Each line of the long form after the first: a name and what it says.
fn facts(printed: &str) -> Vec<(&str, &str)> {
    printed.lines().skip(1).map(|line| line.split_once(": ").unwrap()).collect()
}

#[test]
fn both_forms_begin_with_the_same_line() {
    let sandbox = Sandbox::new();
    sandbox.run(["-V"]).exits(0).prints(&format!("{VERSION}\n")).is_said("");
    let long = sandbox.run(["--version"]);
    long.exits(0).is_said("");
    assert_eq!(long.stdout().lines().next(), Some(VERSION));
}

#[test]
fn the_long_form_says_how_semlock_was_built_and_what_it_uses_here() {
    let printed = Sandbox::new().run(["--version"]).stdout();
    let facts = facts(&printed);
    let names: Vec<_> = facts.iter().map(|(name, _)| *name).collect();
    let build = ["commit", "target", "linkage"];
    let platform = ["timed wait", "SEM_UNDO", "list of sets", "end of a process"];
    assert_eq!(names, [&build[..], &platform[..]].concat());
    let said = |name| facts.iter().find(|(fact, _)| *fact == name).unwrap().1;
    // What a debug build does not ask for, unless a packager has said it.
    assert_eq!(said("commit"), option_env!("SEMLOCK_COMMIT").unwrap_or("unknown"));
    let target = said("target");
    assert!(target.contains("-linux-gnu"), "{target}");
    assert_eq!(target.starts_with("x86_64-"), cfg!(target_arch = "x86_64"), "{target}");
    let linkage = if cfg!(target_feature = "crt-static") { "static" } else { "dynamic" };
    assert_eq!(said("linkage"), format!("{linkage}, glibc"));
    assert!(said("SEM_UNDO").starts_with("survives execve(2); "));
    let expected = if cfg!(semlock_portable) {
        ["semop(2), interrupted by a thread", "none", "polled"]
    } else {
        ["semtimedop(2)", "semctl(2), or /proc/sysvipc/sem", "pidfd"]
    };
    assert_eq!(["timed wait", "list of sets", "end of a process"].map(said), expected);
}
