//! `packaging/release`, in clones of the repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::common::{ROOT, cargo, fails, git, program, repository, succeeds};

/// Higher than every version there will be.
const VERSION: &str = "4000.0.0";

/// A copy of the repository with a change to be released.
fn clone(name: &str) -> PathBuf {
    let clone = repository(name);
    let changelog = fs::read_to_string(clone.join("CHANGELOG.md")).unwrap();
    let unreleased = changelog.replacen("## [", "## [Unreleased]\n\n- Something new.\n\n## [", 1);
    set_changelog(&clone, &unreleased);
    clone
}

fn set_changelog(clone: &Path, text: &str) {
    fs::write(clone.join("CHANGELOG.md"), text).unwrap();
    git(clone, &["commit", "--quiet", "--all", "--message", "changelog: a change"]);
}

/// The suite of this run, which compiles nothing and can write the pages of any clone.
fn suite() -> String {
    let build = ["test", "--locked", "--no-run", "--test", "suite", "--message-format", "json"];
    let messages = succeeds(&mut cargo(Path::new(ROOT), &build));
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let is_suite = |message: &Value| message["target"]["name"] == "suite";
    let mut programs =
        messages.filter(is_suite).filter_map(|it| Some(it["executable"].as_str()?.to_owned()));
    programs.next().unwrap()
}

/// The command of a release that generates with the suite and does not check.
fn release(clone: &Path, version: &str, suite: &str) -> Command {
    let script = clone.join("target/generate");
    fs::create_dir_all(clone.join("target")).unwrap();
    let text =
        format!("CARGO_MANIFEST_DIR=$PWD SEMLOCK_REGENERATE=1 {suite} --quiet generated::\n");
    fs::write(&script, text).unwrap();
    let mut release = program(clone.join("packaging/release"), clone);
    let generate = format!("sh {}", script.display());
    release.arg(version).env("GENERATE", generate).env("CHECK", "true");
    release
}

/// What a release may change.
fn state(clone: &Path) -> [String; 5] {
    [
        &["rev-parse", "HEAD"][..],
        &["branch", "--show-current"],
        &["tag", "--list"],
        &["status", "--porcelain"],
        &["worktree", "list"],
    ]
    .map(|question| git(clone, question))
}

#[test]
fn a_release_sets_the_version_and_the_dates_and_tags_a_commit() {
    let clone = clone("release");
    let before = git(&clone, &["rev-parse", "HEAD"]);
    succeeds(&mut release(&clone, VERSION, &suite()));
    is_one_tagged_commit(&clone, &before);
    has_the_version_and_the_date(&clone, &before);
    // A second one of the same version is refused, as is a lower one.
    let after = state(&clone);
    for (version, why) in
        [(VERSION, "the tag v4000.0.0 exists"), ("3999.9.9", "not higher than 4000.0.0")]
    {
        let said = fails(&mut release(&clone, version, ""));
        assert!(said.contains(why), "{said}");
    }
    assert_eq!(state(&clone), after);
}

#[track_caller]
fn is_one_tagged_commit(clone: &Path, before: &str) {
    let tag = format!("v{VERSION}");
    let [head, branch, tags, status, worktrees] = state(clone);
    assert_eq!([&*branch, &*tags, &*status], ["main\n", &format!("{tag}\n"), ""]);
    assert_eq!(worktrees.lines().count(), 1);
    assert_eq!(git(clone, &["rev-parse", "HEAD~1"]), before);
    assert_eq!(git(clone, &["rev-parse", &format!("{tag}^{{commit}}")]), head);
    assert_eq!(git(clone, &["cat-file", "-t", &tag]), "tag\n");
    let message = git(clone, &["log", "-1", "--format=%s", &tag]);
    assert_eq!(message, format!("release: {VERSION}\n"));
}

#[track_caller]
fn has_the_version_and_the_date(clone: &Path, before: &str) {
    // Cargo.lock, too.
    let id = succeeds(&mut cargo(clone, &["pkgid", "--locked"]));
    let of_version = [format!("#semlock@{VERSION}"), format!("#{VERSION}")];
    assert!(of_version.iter().any(|end| id.trim().ends_with(end)), "{id}");
    let day = git(clone, &["log", "-1", "--date=format-local:%F", "--format=%cd"]);
    let heading = format!("## [{VERSION}] - {}\n\n- Something new.\n", day.trim());
    let changelog = fs::read_to_string(clone.join("CHANGELOG.md")).unwrap();
    assert!(changelog.contains(&heading), "{heading}");
    let corners = format!("{} \"semlock {VERSION}\"", day.trim());
    let changed = git(clone, &["diff", "--name-only", before.trim(), "HEAD"]);
    let (pages, others): (Vec<_>, Vec<_>) =
        changed.lines().partition(|file| file.starts_with("man/"));
    for file in &pages {
        let page = fs::read_to_string(clone.join(file)).unwrap();
        let mut titles = page.lines().filter(|line| line.starts_with(".TH"));
        assert!(titles.any(|title| title.contains(&corners)), "{file}: {corners}");
    }
    assert_eq!(pages, git(clone, &["ls-files", "man/*.[17]"]).lines().collect::<Vec<_>>());
    assert_eq!(others, ["CHANGELOG.md", "Cargo.lock", "Cargo.toml"]);
}

#[test]
fn a_release_that_cannot_be_made_is_refused_and_changes_nothing() {
    let clone = clone("refused");
    let refused = |version: &str, why: &str| {
        let before = state(&clone);
        let said = fails(&mut release(&clone, version, ""));
        assert!(said.contains(why), "{said}");
        assert_eq!(state(&clone), before);
    };
    for version in ["", "1.2", "v4000.0.0", "4000.0.0-rc1", "04.0.0", "1.2.3; true"] {
        refused(version, "usage: make release VERSION=X.Y.Z");
    }
    refused("0.0.1", "0.0.1 is not higher than 0.1.0");
    git(&clone, &["tag", "v4000.0.0"]);
    refused(VERSION, "the tag v4000.0.0 exists");
    refused("3999.10.0", "3999.10.0 is not higher than 4000.0.0");
    git(&clone, &["tag", "--delete", "v4000.0.0"]);
    git(&clone, &["checkout", "--quiet", "-b", "topic"]);
    refused(VERSION, "releases are made on main, not on topic");
    git(&clone, &["checkout", "--quiet", "--detach"]);
    refused(VERSION, "not on a detached HEAD");
    git(&clone, &["checkout", "--quiet", "main"]);
    fs::write(clone.join("new"), "").unwrap();
    refused(VERSION, "there are uncommitted changes");
    fs::remove_file(clone.join("new")).unwrap();
    // Another one is left alone.
    let other = clone.join(format!("target/release-{VERSION}"));
    fs::create_dir_all(&other).unwrap();
    refused(VERSION, "another release of 4000.0.0 is running, or was killed");
    fs::remove_dir(other).unwrap();
    set_changelog(&clone, "# Changelog\n\n## [Unreleased]\n\n## [0.1.0] - 2026-01-01\n\n- It.\n");
    refused(VERSION, "the first section of CHANGELOG.md lists no change");
    set_changelog(&clone, "# Changelog\n\n## [0.1.0] - 2026-01-01\n\n- It.\n");
    refused(VERSION, "is not [Unreleased] or [4000.0.0]");
}

#[test]
fn a_release_that_fails_on_the_way_changes_nothing() {
    let clone = clone("fails");
    let suite = suite();
    let before = state(&clone);
    for step in ["GENERATE", "CHECK"] {
        let said = fails(release(&clone, VERSION, &suite).env(step, "false"));
        assert!(said.contains("release: failed; nothing was changed"), "{said}");
        assert_eq!(state(&clone), before, "{step}");
    }
    // Somebody commits in the meantime.
    let commit = "git -C ../.. commit --quiet --allow-empty --message meanwhile";
    fails(release(&clone, VERSION, &suite).env("CHECK", commit));
    let [_, _, tags, status, worktrees] = state(&clone);
    assert_eq!([&*tags, &*status], ["", ""]);
    assert_eq!(worktrees.lines().count(), 1);
}
