//! Whether a report says what it says without a fault. What could not be read may be
//! unknown in it; it may not be left out.

use serde_json::Value;

/// Lists whose entries are what semlock could find out about processes.
const FOUND_OUT: [&str; 6] =
    ["findings", "evidence", "kept_by", "holders", "waiters", "deadlocks"];

pub fn covers(expected: &str, found: &str) -> bool {
    match (serde_json::from_str(expected), serde_json::from_str(found)) {
        (Ok(Value::Object(expected)), Ok(found)) => {
            covers_value("", &Value::Object(expected), &found)
        }
        _ => expected.lines().all(|line| {
            let line = mask(line);
            found.lines().any(|other| mask(other) == line)
        }),
    }
}

fn covers_value(name: &str, expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => expected.iter().all(|(name, value)| {
            found.get(name).is_some_and(|found| covers_value(name, value, found))
        }),
        (Value::Array(expected), Value::Array(found)) if !FOUND_OUT.contains(&name) => {
            expected.len() == found.len()
                && expected.iter().all(|one| found.iter().any(|other| covers_value(name, one, other)))
        }
        (Value::Array(_), Value::Array(_)) | (_, Value::Null) => true,
        (Value::String(_), Value::String(text)) if text == "unknown" => true,
        (Value::String(one), Value::String(other)) => mask(one) == mask(other),
        // Pids, semids and times.
        (Value::Number(one), Value::Number(other)) => mask(&one.to_string()) == mask(&other.to_string()),
        _ => expected == found,
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
