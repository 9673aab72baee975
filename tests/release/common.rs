//! A directory for each test, and the programs that the tests run in it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The source.
pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// An empty directory for a test. Each run empties the one that the run before has left.
pub fn directory(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if directory.exists() {
        fs::remove_dir_all(&directory).unwrap();
    }
    fs::create_dir_all(&directory).unwrap();
    directory
}

/// The source as it is now, in a repository of its own: the one of the source may be in any
/// state, or missing.
pub fn repository(name: &str) -> PathBuf {
    let copy = directory(name);
    let script = "tar --create --exclude=./target --exclude=./.git . | tar --extract -C \"$1\"";
    succeeds(program("sh", Path::new(ROOT)).args(["-c", script, "sh"]).arg(&copy));
    git(&copy, &["init", "--quiet", "--initial-branch", "main"]);
    git(&copy, &["add", "--all"]);
    git(&copy, &["commit", "--quiet", "--message", "all"]);
    copy
}

/// A program without what cargo and git of this run have in their environment.
pub fn program(name: impl AsRef<OsStr>, directory: &Path) -> Command {
    let mut command = Command::new(name);
    command.current_dir(directory).envs([
        ("GIT_AUTHOR_NAME", "Tester"),
        ("GIT_AUTHOR_EMAIL", "tester@example.org"),
        ("GIT_COMMITTER_NAME", "Tester"),
        ("GIT_COMMITTER_EMAIL", "tester@example.org"),
    ]);
    for name in ["SEMLOCK_COMMIT", "CARGO_MANIFEST_DIR", "GIT_DIR", "GIT_INDEX_FILE", "MAKEFLAGS"] {
        command.env_remove(name);
    }
    command
}

pub fn cargo(directory: &Path, arguments: &[&str]) -> Command {
    let mut cargo = program(env!("CARGO"), directory);
    cargo.args(arguments).arg("--offline");
    cargo
}

pub fn git(directory: &Path, arguments: &[&str]) -> String {
    let mut git = program("git", directory);
    succeeds(git.args(arguments))
}

/// Runs a program that must succeed, and returns what it prints.
#[track_caller]
pub fn succeeds(command: &mut Command) -> String {
    let done = command.output().unwrap();
    assert!(done.status.success(), "{command:?}: {}", said(&done));
    String::from_utf8(done.stdout).unwrap()
}

/// Runs a program that must fail, and returns what it says.
#[track_caller]
pub fn fails(command: &mut Command) -> String {
    let done = command.output().unwrap();
    assert!(!done.status.success(), "{command:?}: {}", said(&done));
    String::from_utf8(done.stderr).unwrap()
}

fn said(done: &Output) -> String {
    String::from_utf8_lossy(&[&done.stdout[..], &done.stderr].concat()).into_owned()
}
