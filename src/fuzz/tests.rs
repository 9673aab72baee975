//! Every file of every corpus, through its target.

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

fn fuzz_crate() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz")
}

#[test]
fn every_target_has_a_program_and_a_corpus() {
    let targets: BTreeSet<_> = TARGETS.iter().map(ToString::to_string).collect();
    assert_eq!(stems(&fuzz_crate().join("src/bin")), targets);
    assert_eq!(stems(&fuzz_crate().join("corpus")), targets);
}

pub(super) fn each_input(name: &str, target: fn(&[u8])) {
    let inputs: Vec<_> = entries(&fuzz_crate().join("corpus").join(name)).collect();
    assert!(!inputs.is_empty(), "{name} has an empty corpus");
    for input in inputs {
        println!("{}", input.display());
        target(&fs::read(&input).unwrap());
    }
}
