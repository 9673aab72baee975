//! The crate: its files, and that it compiles from them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::common::{ROOT, cargo, directory, git, program, repository, succeeds};

/// What the crate has of the repository: all that builds, explains and installs semlock.
const PARTS: [&str; 9] = [
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "Makefile",
    "build.rs",
    "completions",
    "man",
    "src",
];

/// What cargo adds.
const ADDED: [&str; 2] = [".cargo_vcs_info.json", "Cargo.toml.orig"];

/// A packed crate that is larger has something that nobody wants to download.
const MAX_BYTES: u64 = 700_000;

fn lines(text: &str) -> BTreeSet<&str> {
    text.lines().collect()
}

#[test]
fn the_crate_has_what_its_users_need_and_nothing_else() {
    let copy = repository("crate-files");
    let listed = succeeds(&mut cargo(&copy, &["package", "--list"]));
    let files = [&["ls-files", "README.md", "CHANGELOG.md"], &PARTS[..]].concat();
    let tracked = git(&copy, &files);
    let mut expected = lines(&tracked);
    expected.extend(ADDED);
    assert_eq!(lines(&listed), expected);
}

#[test]
fn the_packed_crate_is_small_and_compiles() {
    let unpacked = directory("packed");
    let root = Path::new(ROOT);
    let target = unpacked.join("target");
    let mut package = cargo(root, &["package", "--quiet", "--allow-dirty", "--no-verify"]);
    succeeds(package.arg("--locked").env("CARGO_TARGET_DIR", &target));
    let name = concat!("semlock-", env!("CARGO_PKG_VERSION"));
    let packed = target.join(format!("package/{name}.crate"));
    let bytes = fs::metadata(&packed).unwrap().len();
    assert!(bytes <= MAX_BYTES, "{bytes} bytes");
    succeeds(program("tar", &unpacked).args(["--extract", "--gzip", "--file"]).arg(&packed));
    // In the target directory of this run, where the dependencies are compiled already.
    succeeds(&mut cargo(&unpacked.join(name), &["check", "--quiet", "--locked"]));
}
