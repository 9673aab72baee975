//! The version and the date of the manual: those of the last release, in the changelog.

use std::path::PathBuf;
use std::{env, fs};

/// The repository: the one that cargo runs in, which need not be that of the build.
pub fn repository() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR").map_or(env!("CARGO_MANIFEST_DIR").into(), PathBuf::from)
}

/// The date of the last release.
pub fn date() -> String {
    last().1
}

/// `semlock VERSION`.
pub fn source() -> String {
    format!("semlock {}", last().0)
}

/// The version and the date of the first heading `## [VERSION] - DATE`.
fn last() -> (String, String) {
    let changelog = fs::read_to_string(repository().join("CHANGELOG.md")).unwrap();
    let mut headings = changelog.lines().filter_map(|line| line.strip_prefix("## ["));
    let (version, date) = headings.find_map(|heading| heading.split_once("] - ")).unwrap();
    (version.into(), date.into())
}
