//! The commit that `semlock --version` names: build.rs, in a small crate.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::common::{ROOT, cargo, directory, git, program, succeeds};

/// A crate that prints the commit, in a folder of somebody else's repository.
fn printer(name: &str) -> PathBuf {
    let outer = directory(name);
    let printer = outer.join("printer");
    fs::create_dir_all(printer.join("src")).unwrap();
    let manifest = "[package]\nname = \"printer\"\nversion = \"0.0.0\"\nedition = \"2024\"\n";
    fs::write(printer.join("Cargo.toml"), manifest).unwrap();
    fs::write(printer.join(".gitignore"), "target\n").unwrap();
    fs::copy(format!("{ROOT}/build.rs"), printer.join("build.rs")).unwrap();
    let main = "fn main() {\n    println!(\"{}\", env!(\"SEMLOCK_BUILD_COMMIT\"));\n}\n";
    fs::write(printer.join("src/main.rs"), main).unwrap();
    let mut lockfile = cargo(&printer, &["generate-lockfile", "--quiet"]);
    succeeds(&mut lockfile);
    commit_all(&outer);
    printer
}

/// Commits everything, in a new repository if there is none. Returns the commit.
fn commit_all(repository: &Path) -> String {
    git(repository, &["init", "--quiet"]);
    git(repository, &["add", "--all"]);
    git(repository, &["commit", "--quiet", "--message", "all"]);
    git(repository, &["rev-parse", "HEAD"])
}

/// The command that builds and runs it.
fn run(printer: &Path, more: &[&str]) -> Command {
    let mut run = cargo(printer, &[&["run", "--quiet", "--release"], more].concat());
    run.env("CARGO_TARGET_DIR", printer.join("target"));
    run
}

#[track_caller]
fn prints(printer: &Path, commit: &str) {
    assert_eq!(succeeds(&mut run(printer, &[])).trim(), commit.trim());
}

fn change(printer: &Path) {
    let main = printer.join("src/main.rs");
    let text = fs::read_to_string(&main).unwrap();
    fs::write(main, format!("{text}// Changed.\n")).unwrap();
}

#[test]
fn a_repository_around_the_source_has_other_commits() {
    prints(&printer("around"), "unknown");
}

#[test]
fn a_build_names_its_commit_and_says_whether_it_was_changed() {
    let printer = printer("commit");
    let first = commit_all(&printer);
    change(&printer);
    prints(&printer, &format!("{}-dirty", first.trim()));
    let second = commit_all(&printer);
    prints(&printer, &second);
    git(&printer, &["checkout", "--quiet", "--detach", first.trim()]);
    prints(&printer, &first);
    fs::write(printer.join("README.md"), "It is not compiled.\n").unwrap();
    prints(&printer, &first);
}

#[test]
fn a_build_asks_git_only_if_something_has_changed() {
    let printer = printer("asks");
    commit_all(&printer);
    let asked = printer.join("target/asked");
    let real = path_of("git", &printer);
    let script = format!("#!/bin/sh\necho >>{}\nexec {real} \"$@\"\n", asked.display());
    let path =
        [&directory_with(&printer, "git", &script), ":", &env::var("PATH").unwrap()].concat();
    let questions = || {
        succeeds(run(&printer, &[]).env("PATH", &path));
        fs::read_to_string(&asked).unwrap().lines().count()
    };
    let first = questions();
    assert_eq!(questions(), first);
    change(&printer);
    assert_eq!(questions(), 2 * first);
}

fn path_of(name: &str, printer: &Path) -> String {
    let path = succeeds(program("sh", printer).args(["-c", &format!("command -v {name}")]));
    path.trim().to_owned()
}

/// A directory with one program.
fn directory_with(printer: &Path, name: &str, script: &str) -> String {
    let directory = printer.join("target/programs");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join(name), script).unwrap();
    fs::set_permissions(directory.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    directory.into_os_string().into_string().unwrap()
}

#[test]
fn a_build_without_git_names_no_commit() {
    let printer = printer("without");
    commit_all(&printer);
    let programs = directory_with(&printer, "only", "");
    for name in ["cc", "ld"] {
        symlink(path_of(name, &printer), format!("{programs}/{name}")).unwrap();
    }
    let sysroot = succeeds(program("rustc", Path::new(ROOT)).args(["--print", "sysroot"]));
    let mut run = run(&printer, &[]);
    run.env("PATH", programs).env("RUSTC", format!("{}/bin/rustc", sysroot.trim()));
    assert_eq!(succeeds(&mut run), "unknown\n");
}

#[test]
fn a_debug_build_names_no_commit() {
    let printer = printer("debug");
    commit_all(&printer);
    let mut run = cargo(&printer, &["run", "--quiet"]);
    let printed = succeeds(run.env("CARGO_TARGET_DIR", printer.join("target")));
    assert_eq!(printed, "unknown\n");
}

#[test]
fn a_packager_and_a_published_crate_say_the_commit_themselves() {
    let printer = printer("published");
    let note = r#"{
  "git": {
    "sha1": "0123456789abcdef0123456789abcdef01234567",
    "dirty": true
  },
  "path_in_vcs": ""
}"#;
    fs::write(printer.join(".cargo_vcs_info.json"), note).unwrap();
    prints(&printer, "0123456789abcdef0123456789abcdef01234567-dirty");
    let printed = succeeds(run(&printer, &[]).env("SEMLOCK_COMMIT", "v1.2.3"));
    assert_eq!(printed, "v1.2.3\n");
}
