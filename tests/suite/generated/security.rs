//! The threat model: semlock-security(7) for users, and a section of the contributors' guide,
//! which also names the test that shows each line.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use clap_mangen::roff::{Roff, bold, roman};
use semlock::internal::{ADVERSARIES, Adversary, BELIEVED, NOT_BELIEVED, Threat, UNPROTECTED};

use super::release::repository;
use super::terms::{table, term, title};

const INTRODUCTION: &str = "\
semlock often runs as root, and reads data that other users control. This page says what each \
of them can try, what happens then, and what semlock does not protect from. Every line under \
THREATS is shown by a test.";

pub fn page() -> String {
    let mut roff = Roff::new();
    title(&mut roff, "semlock-security", "what other users can and cannot do to semlock");
    roff.control("SH", ["DESCRIPTION"]);
    roff.text([roman(INTRODUCTION)]);
    roff.control("SH", ["WHAT SEMLOCK BELIEVES"]);
    roff.text([roman("As root, semlock believes:")]);
    for believed in BELIEVED {
        roff.control("IP", ["\\(bu", "2"]);
        roff.text([roman(believed)]);
    }
    roff.control("PP", []);
    roff.text([bold("Not believed: "), roman(NOT_BELIEVED)]);
    roff.control("SH", ["THREATS"]);
    for Adversary { who, threats } in ADVERSARIES {
        roff.control("SS", [who]);
        for threat in threats {
            term(&mut roff, threat.attempt, threat.outcome);
        }
    }
    table(&mut roff, "LIMITS", &UNPROTECTED);
    roff.control("SH", ["REPORTING"]);
    roff.text([roman(
        "Report a vulnerability privately to the maintainers, not in a public issue.",
    )]);
    roff.control("SH", ["SEE ALSO"]);
    roff.text([roman(
        "semlock(1), semlock-remove(1), semlock-errors(7), sysvipc(7), namespaces(7)",
    )]);
    roff.to_roff()
}

const GUIDE: &str = ".github/CONTRIBUTING.md";
const BEGIN: &str = "<!-- From src/manual/threats.rs, by `make generate`. -->\n";
const END: &str = "<!-- End of what is generated. -->\n";

/// The contributors' guide, with the tables of the threat model as they should be.
pub fn guide() -> (String, String) {
    let guide = fs::read_to_string(repository().join(GUIDE)).unwrap();
    let (before, rest) = guide.split_once(BEGIN).expect("the guide has a threat model");
    let (_, after) = rest.split_once(END).expect("the tables have an end");
    (GUIDE.into(), format!("{before}{BEGIN}{}{END}{after}", tables()))
}

fn tables() -> String {
    let mut text = String::from("\nRoot believes:\n\n");
    for believed in BELIEVED {
        writeln!(text, "- {believed}").unwrap();
    }
    writeln!(text, "\nRoot does not believe: {NOT_BELIEVED}").unwrap();
    for Adversary { who, threats } in ADVERSARIES {
        writeln!(text, "\n### {who}\n\n| Attempt | What happens | Shown by |\n|---|---|---|")
            .unwrap();
        for Threat { attempt, outcome, tests } in threats {
            let tests: Vec<_> = tests.iter().map(|test| format!("`{test}`")).collect();
            writeln!(text, "| {attempt} | {outcome} | {} |", tests.join(", ")).unwrap();
        }
    }
    text.push_str("\n### Not protected from\n\n");
    for (what, why) in UNPROTECTED {
        writeln!(text, "- **{what}.** {why}").unwrap();
    }
    text + "\n"
}

/// The source files below a directory.
fn sources(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: std::path::PathBuf| match path.extension() {
        _ if path.is_dir() => sources(&path),
        Some(extension) if extension == "rs" => vec![fs::read_to_string(path).unwrap()],
        _ => Vec::new(),
    };
    entries.flat_map(below).collect()
}

/// The attributes of a test: the lines above it that begin with `#[`.
fn attributes<'a>(source: &'a str, name: &str) -> Option<Vec<&'a str>> {
    let (before, _) = source.split_once(&format!("fn {name}() {{"))?;
    let lines = before.lines().rev().skip(usize::from(!before.ends_with('\n')));
    Some(lines.map(str::trim).take_while(|line| line.starts_with("#[")).collect())
}

/// Where the suite runs on Linux's own layer, as CI does.
fn is_run(attributes: &[&str]) -> bool {
    let ignored = attributes.iter().find(|line| line.starts_with("#[ignore"));
    attributes.contains(&"#[test]")
        && ignored.is_none_or(|line| *line == "#[ignore = \"needs root\"]")
}

#[test]
fn every_line_of_the_threat_model_has_a_test_that_is_run() {
    let sources: Vec<_> = ["src", "tests/suite"]
        .iter()
        .flat_map(|place| sources(&repository().join(place)))
        .collect();
    for Threat { attempt, tests, .. } in ADVERSARIES.iter().flat_map(|one| one.threats) {
        assert!(!tests.is_empty(), "no test shows it: {attempt}");
        for test in *tests {
            let found = sources.iter().find_map(|source| attributes(source, test));
            let found = found.unwrap_or_else(|| panic!("there is no test {test}"));
            assert!(is_run(&found), "{test} is not run everywhere: {found:?}");
        }
    }
}
