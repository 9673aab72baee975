//! The oldest Rust that semlock is for. Clippy checks what semlock uses itself.

use std::path::Path;

use serde_json::Value;

use crate::common::{ROOT, cargo, succeeds};

/// A version as numbers: `1.88` is `1.88.0`.
fn numbers(version: &str) -> [u32; 3] {
    let mut numbers = version.split('.').map(|number| number.parse().unwrap());
    [(); 3].map(|()| numbers.next().unwrap_or(0))
}

#[test]
fn no_dependency_needs_a_newer_rust_than_semlock_and_the_readme_says_which() {
    let mut metadata = cargo(Path::new(ROOT), &["metadata", "--locked", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&succeeds(&mut metadata)).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let version = |package: &Value| package["rust_version"].as_str().map(numbers);
    let semlock = packages.iter().find(|package| package["name"] == "semlock").unwrap();
    let newer: Vec<_> = packages
        .iter()
        .filter(|package| version(package) > version(semlock))
        .map(|package| (&package["name"], &package["rust_version"]))
        .collect();
    assert!(newer.is_empty(), "{newer:?}");
    let needed = format!("need Rust {} or later", semlock["rust_version"].as_str().unwrap());
    assert!(include_str!("../../README.md").contains(&needed), "the README does not say: {needed}");
}
