//! Chooses the family of systems that the target belongs to: the files of `src/sysv/` and
//! `src/system/` that are compiled for it. Collects what `semlock --version` says about the
//! build.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// What the program is compiled from, as git knows it.
const SOURCES: [&str; 4] = ["build.rs", "Cargo.toml", "Cargo.lock", "src"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(family, values(any()))");
    let system = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    match family(&system) {
        Some(family) => println!("cargo::rustc-cfg=family=\"{family}\""),
        None => println!(
            "cargo::error=semlock does not know the semaphores of {system}: \
             name its family in build.rs, or add one to src/sysv/ and src/system/"
        ),
    }
    println!("cargo::rustc-env=SEMLOCK_BUILD_COMMIT={}", commit());
    println!("cargo::rustc-env=SEMLOCK_BUILD_TARGET={}", env::var("TARGET").unwrap_or_default());
    println!("cargo::rustc-env=SEMLOCK_BUILD_LINKAGE={}", linkage());
}

fn family(system: &str) -> Option<&'static str> {
    Some(match system {
        // For tests: Linux as a system that offers only what POSIX specifies.
        "linux" if env::var_os("CARGO_CFG_SEMLOCK_PORTABLE").is_some() => "portable",
        "linux" | "android" => "linux",
        "freebsd" | "dragonfly" | "netbsd" | "openbsd" => "bsd",
        "macos" => "darwin",
        "illumos" | "solaris" => "solaris",
        "cygwin" => "cygwin",
        _ => return None,
    })
}

/// How the C library is linked, and which one it is.
fn linkage() -> String {
    let of_target = |what| env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    let is_static = of_target("FEATURE").split(',').any(|feature| feature == "crt-static");
    let how = if is_static { "static" } else { "dynamic" };
    match &*of_target("ENV") {
        "gnu" => format!("{how}, glibc"),
        "" => how.into(),
        library => format!("{how}, {library}"),
    }
}

/// The commit that is compiled: what a packager says, else what cargo noted in a published
/// crate, else what git says. A debug build names none: each commit would compile it again.
fn commit() -> String {
    println!("cargo::rerun-if-env-changed=SEMLOCK_COMMIT");
    let is_release_build = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let stated = env::var("SEMLOCK_COMMIT").ok().filter(|commit| !commit.is_empty());
    let known = stated.or_else(of_published_crate);
    known.or_else(|| is_release_build.then(of_git).flatten()).unwrap_or("unknown".into())
}

/// `{"git": {"sha1": "...", "dirty": true}, ...}`, without `dirty` if nothing was changed.
fn of_published_crate() -> Option<String> {
    let note = fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let commit = note.split_once("\"sha1\"")?.1.split('"').nth(1)?;
    Some(marked(commit, note.contains("\"dirty\": true")))
}

/// Asks git if this folder is the top of a repository: one that merely contains the source,
/// such as a packager's, has other commits.
fn of_git() -> Option<String> {
    if !Path::new(".git").exists() {
        return None;
    }
    let commit = git(&["rev-parse", "HEAD"])?;
    // Every commit and every checkout adds a line to it.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    for path in SOURCES.into_iter().chain([&*log]) {
        println!("cargo::rerun-if-changed={path}");
    }
    let changed = git(&[&["status", "--porcelain", "--"], &SOURCES[..]].concat())?;
    Some(marked(&commit, !changed.is_empty()))
}

/// What git prints. None if there is no git, or if it fails.
fn git(arguments: &[&str]) -> Option<String> {
    let done = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(done.stdout).ok()?;
    done.status.success().then(|| text.trim().to_owned())
}

fn marked(commit: &str, is_changed: bool) -> String {
    format!("{commit}{}", if is_changed { "-dirty" } else { "" })
}
