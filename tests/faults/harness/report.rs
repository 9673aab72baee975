//! Whether a report has all the facts that it has without a fault. What semlock finds out
//! about processes may be unknown in it; a set, a slot or a count may not be left out.

use serde_json::{Map, Value};

/// Fields that do not depend on what can be found out about processes, nor on the time.
const FACTS: [&str; 15] = [
    "available",
    "key",
    "max_nsems",
    "mode",
    "nsems",
    "readers",
    "semaphores_used",
    "semnum",
    "semval",
    "session",
    "sets_used",
    "slot",
    "state",
    "uid",
    "writer",
];

/// Lists of such facts.
const LISTS: [&str; 4] = ["semaphores", "sessions", "sets", "slots"];

/// First words of lines that depend on a verdict, or on the name of a user.
const OF_VERDICTS: [&str; 6] = ["root", "keep", "kept", "remove", "removed", "would"];

/// First words of the lines of limits.
const LIMITS: [&str; 4] = ["SEMMNI", "SEMMNS", "SEMMSL", "SEMOPM"];

/// What is in the one report and missing in the other.
pub fn missing(expected: &str, found: &str) -> Vec<String> {
    match (serde_json::from_str(expected), serde_json::from_str(found)) {
        (Ok(Value::Object(expected)), Ok(Value::Object(found))) => {
            missing_fields(&expected, &found)
        }
        _ => missing_lines(expected, found),
    }
}

/// Each line is known by its first word: a name, a slot or a key.
fn missing_lines(expected: &str, found: &str) -> Vec<String> {
    let word = |line: &str| {
        let word = line.split_whitespace().next().unwrap_or_default();
        let is_fact =
            ["SEMLOCK_MAX_NSEMS=", "SEMLOCK_AVAILABLE="].iter().any(|it| word.starts_with(it));
        if is_fact { word.into() } else { mask(word.split('=').next().unwrap_or_default()) }
    };
    let says_unknown = |line: &str| line.contains("declared limits") && line.ends_with("unknown");
    let has_no_limits = found.lines().any(says_unknown);
    let mut found: Vec<_> = found.lines().map(word).collect();
    let is_missing = |line: &&str| {
        let word = word(line);
        // OpenMetrics has no value for a limit that is unknown.
        let is_limit = word.starts_with("semlock_") && word.ends_with("_limit{}")
            || has_no_limits && LIMITS.contains(&&*word);
        if word.ends_with(':') || is_limit || OF_VERDICTS.contains(&&*word) {
            return false;
        }
        let at = found.iter().position(|other| *other == word);
        at.map(|at| found.swap_remove(at)).is_none()
    };
    expected.lines().filter(is_missing).map(Into::into).collect()
}

fn missing_fields(expected: &Map<String, Value>, found: &Map<String, Value>) -> Vec<String> {
    let of_field = |(name, value): (&String, &Value)| match found.get(name) {
        Some(found) => missing_value(name, value, found),
        None => vec![format!("{name}: {value}")],
    };
    expected.iter().flat_map(of_field).collect()
}

fn missing_value(name: &str, expected: &Value, found: &Value) -> Vec<String> {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => missing_fields(expected, found),
        (Value::Array(expected), Value::Array(found)) if LISTS.contains(&name) => {
            let is_missing =
                |one: &&Value| !found.iter().any(|other| missing_value("", one, other).is_empty());
            let missing = expected.iter().filter(is_missing);
            missing.map(|one| format!("{name}: {one}")).collect()
        }
        (Value::Array(_), _) if LISTS.contains(&name) => vec![format!("{name}: {found}")],
        _ if !FACTS.contains(&name) || expected == found || found == "unknown" => Vec::new(),
        _ => vec![format!("{name}: {expected}, not {found}")],
    }
}

/// Whether a report says that it has not the sets of some namespace.
pub fn hides_a_namespace(report: &str) -> bool {
    if let Ok(Value::Object(report)) = serde_json::from_str(report) {
        let namespaces = report.get("namespaces").and_then(Value::as_array);
        return namespaces.is_some_and(|all| all.iter().any(|one| one["limits"].is_null()));
    }
    let is_unknown = |line: &str| {
        let mut words = line.split_whitespace();
        words.next().is_some_and(|first| first.starts_with("ipc:[")) && words.next() == Some("?")
    };
    report.lines().any(is_unknown)
}

/// Whether a report in JSON says that it has only the header of a set.
pub fn has_only_a_header(report: &str) -> bool {
    let report: Value = serde_json::from_str(report).unwrap_or_default();
    ["slots", "semaphores"].iter().any(|list| report.get(list).is_some_and(Value::is_null))
}

/// How many sets a report in JSON says are removed.
pub fn removed(report: &str) -> Option<usize> {
    let report: Value = serde_json::from_str(report).ok()?;
    Some(report["removed"].as_array()?.len())
}

/// A line in which larger numbers and ages, which differ from run to run, are all alike.
fn mask(line: &str) -> String {
    let mut masked = String::new();
    let mut rest = line;
    while let Some(begin) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let digits = rest[begin..].find(|letter: char| !letter.is_ascii_digit());
        let end = digits.map_or(rest.len(), |length| begin + length);
        let is_age = rest[end..].starts_with([' ', 's', 'm']);
        masked.push_str(&rest[..begin]);
        masked.push_str(if end - begin > 2 || is_age { "#" } else { &rest[begin..end] });
        rest = &rest[end..];
    }
    masked.push_str(rest);
    masked.split_whitespace().collect::<Vec<_>>().join(" ")
}
