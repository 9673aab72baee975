//! Every file of every corpus, through its target; and what else every target has.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::TARGETS;

fn entries(directory: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{directory:?}: {error}"));
    entries.map(|entry| entry.unwrap().path())
}

fn stems(directory: &Path) -> BTreeSet<String> {
    let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    entries(directory).map(stem).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn fuzz_crate() -> PathBuf {
    root().join("tests/fuzz")
}

/// Every Rust file in a directory and below.
fn sources(directory: &Path) -> Vec<PathBuf> {
    let (directories, files): (Vec<_>, Vec<_>) = entries(directory).partition(|one| one.is_dir());
    let below = directories.iter().flat_map(|one| sources(one));
    let own = files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "rs"));
    below.chain(own).collect()
}

/// Whether a line of tests/mutants/files means this file. Such a line has one `*` at most.
fn is_meant(line: &str, file: &str) -> bool {
    match line.split_once('*') {
        Some((begin, end)) => file.starts_with(begin) && file.ends_with(end),
        None => line == file,
    }
}

#[test]
fn every_target_has_a_program_and_a_corpus() {
    let targets: BTreeSet<_> = TARGETS.iter().map(ToString::to_string).collect();
    assert_eq!(stems(&fuzz_crate().join("src/bin")), targets);
    assert_eq!(stems(&fuzz_crate().join("corpus")), targets);
}

#[test]
fn make_mutants_changes_every_parser_that_has_a_target() {
    let list = fs::read_to_string(root().join("tests/mutants/files")).unwrap();
    let has_target =
        |file: &&PathBuf| fs::read_to_string(file).unwrap().lines().any(|line| line == "mod fuzz;");
    let sources = sources(&root().join("src"));
    let parsers: Vec<_> = sources.iter().filter(has_target).collect();
    assert!(parsers.len() >= 15, "{parsers:?}");
    for parser in parsers {
        let file = parser.strip_prefix(root()).unwrap().to_str().unwrap();
        assert!(list.lines().any(|line| is_meant(line, file)), "{file} is missing in the list");
    }
}

pub(super) fn each_input(name: &str, target: fn(&[u8])) {
    let inputs: Vec<_> = entries(&fuzz_crate().join("corpus").join(name)).collect();
    assert!(!inputs.is_empty(), "{name} has an empty corpus");
    for input in inputs {
        println!("{}", input.display());
        target(&fs::read(&input).unwrap());
    }
}
