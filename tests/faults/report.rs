//! Whether a report says what it says without a fault. What could not be read may be
//! unknown in it; it may not be left out.

use serde_json::Value;

/// Lists whose entries are what semlock could find out about processes.
const FOUND_OUT: [&str; 6] =
    ["findings", "evidence", "kept_by", "holders", "waiters", "deadlocks"];

/// What is in the one report and missing in the other.
pub fn missing(expected: &str, found: &str) -> Vec<String> {
    match (serde_json::from_str(expected), serde_json::from_str(found)) {
        (Ok(expected @ Value::Object(_)), Ok(found)) => missing_value("", &expected, &found),
        _ => expected.lines().filter(|line| !has_line(found, line)).map(Into::into).collect(),
    }
}

fn has_line(found: &str, line: &str) -> bool {
    found.lines().any(|other| mask(other) == mask(line))
}

fn missing_value(name: &str, expected: &Value, found: &Value) -> Vec<String> {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            let of_field = |(name, value): (&String, &Value)| match found.get(name) {
                Some(found) => missing_value(name, value, found),
                None => vec![format!("{name}: {value}")],
            };
            expected.iter().flat_map(of_field).collect()
        }
        (Value::Array(_), Value::Array(_)) if FOUND_OUT.contains(&name) => Vec::new(),
        (Value::Array(expected), Value::Array(found)) => {
            let is_missing = |one: &&Value| {
                !found.iter().any(|other| missing_value(name, one, other).is_empty())
            };
            expected.iter().filter(is_missing).map(|one| format!("{name}: {one}")).collect()
        }
        (_, Value::Null) => Vec::new(),
        (_, Value::String(text)) if text == "unknown" => Vec::new(),
        _ if mask(&expected.to_string()) == mask(&found.to_string()) => Vec::new(),
        _ => vec![format!("{name}: {expected}, not {found}")],
    }
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
