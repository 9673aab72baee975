//! What the pages name exists, and what they claim about other systems is checked.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const PAGES: [(&str, &str); 2] = [
    ("src/lib.rs", include_str!("../../src/lib.rs")),
    (".github/CONTRIBUTING.md", include_str!("../../.github/CONTRIBUTING.md")),
];

/// What stands between backquotes and is a path of this repository, or of `src`.
fn paths(page: &str) -> impl Iterator<Item = &str> {
    let quoted = page.split('`').skip(1).step_by(2);
    quoted.filter(|word| {
        word.contains('/') && !word.contains(char::is_whitespace) && !word.starts_with('~')
    })
}

#[test]
fn every_file_that_a_page_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, page) in PAGES {
        let text = page.replace("```", "");
        // What a build writes is not there before it.
        let is_committed = |path: &&str| !path.contains("NAME") && !path.starts_with("target/");
        let named: Vec<_> = paths(&text).filter(is_committed).collect();
        assert!(named.len() > 3, "{name} names {named:?}");
        for path in named {
            let exists =
                [root.join(path), root.join("src").join(path)].iter().any(|at| at.exists());
            assert!(exists, "{name} names {path}, which is not there");
        }
    }
}

/// The systems of the table of platforms, and their files in tests/targets/layouts.
const SYSTEMS: [(&str, &str); 7] = [
    ("freebsd", "FreeBSD"),
    ("netbsd", "NetBSD"),
    ("openbsd", "OpenBSD"),
    ("dragonfly", "DragonFly"),
    ("macos", "macOS"),
    ("illumos", "illumos"),
    ("cygwin", "Cygwin"),
];

#[test]
fn the_table_of_platforms_claims_what_is_checked() {
    let readme = include_str!("../../README.md");
    for line in include_str!("../targets/list").lines().filter(|line| !line.starts_with('#')) {
        let [_, headers, layout, link @ ..] = &line.split_whitespace().collect::<Vec<_>>()[..]
        else {
            panic!("{line}")
        };
        let Some((_, system)) = SYSTEMS.iter().find(|(file, _)| file == layout) else {
            assert_eq!(*layout, "linux");
            continue;
        };
        let claim = match (*headers, link) {
            (_, ["link"]) => "links, layout compared",
            ("-", _) => "type-checked, layout from its source",
            _ => "type-checked, layout compared",
        };
        let mut rows = readme.lines().map(|line| line.split(" | ").collect::<Vec<_>>());
        let row = rows.find(|row| row.len() == 4 && row[0].contains(system)).unwrap();
        assert!(row[1].starts_with(claim), "{system}: {}", row[1]);
    }
}

/// The text of a manual page, without its macros and escapes.
fn manual(page: &str) -> String {
    let (name, section) = page.trim_end_matches(')').split_once('(').unwrap();
    let path = format!("{}/man/{name}.{section}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let fonts = ["\\fB", "\\fI", "\\fR"];
    fonts.iter().fold(text, |text, font| text.replace(font, "")).replace('\\', "")
}

#[test]
fn the_manual_says_what_a_run_is_said_to_back() {
    let guide = include_str!("../../.github/CONTRIBUTING.md");
    let proof = guide.split("## Proof").nth(1).unwrap().split("\n## ").next().unwrap();
    let mut sentences = 0;
    for (before, quoted) in proof.split('"').zip(proof.split('"').skip(1)).step_by(2) {
        let page = before.trim_end_matches(": ").rsplit(' ').next().unwrap();
        assert!(manual(page).contains(quoted), "{page} does not say: {quoted}");
        sentences += 1;
    }
    assert!(sentences > 5, "{sentences}");
}

/// What `make bench` measures, with the targets, as its table has them.
fn measured() -> BTreeSet<(String, String)> {
    let parts = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/parts");
    let mut measured = BTreeSet::new();
    for part in fs::read_dir(parts).unwrap() {
        let text = fs::read_to_string(part.unwrap().path()).unwrap().replace("\\`", "`");
        for line in text.lines() {
            let quoted: Vec<_> = line.split('"').skip(1).step_by(2).collect();
            let (what, target) = match quoted[..] {
                [what] if line.starts_with("growth ") => {
                    (format!("growth: {what} of 1,000, 8,000, 32,000"), "<= 1.5")
                }
                [what, target] if line.contains("row ") && !what.contains("$1") => {
                    (what.to_owned(), target)
                }
                _ => continue,
            };
            measured.insert((what, target.replace("<=", "at most").replace(">=", "at least")));
        }
    }
    measured
}

#[test]
fn the_table_of_speed_has_what_is_measured() {
    let readme = include_str!("../../README.md");
    let section = readme.split("## Speed").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| ")).skip(1);
    let cells =
        |row: &str| row.split(" | ").map(|cell| cell.trim_matches([' ', '|']).to_owned()).collect();
    let told = rows.map(|row| {
        let cells: Vec<String> = cells(row);
        (cells[0].clone(), cells[2].clone())
    });
    assert_eq!(told.collect::<BTreeSet<_>>(), measured());
}
