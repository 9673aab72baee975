//! Every JSON document that a test sees must be what its schema in man/schema says, with no
//! name that the schema lacks.

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Deserializer, Value};

/// The schemas as they are shipped, by the names of their documents.
pub static SCHEMAS: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    let files = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/man/schema")).unwrap();
    let schema = |path: std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_slice(&fs::read(path).unwrap()).unwrap())
    };
    files.map(|file| schema(file.unwrap().path())).collect()
});

static VALIDATORS: LazyLock<BTreeMap<&str, Validator>> = LazyLock::new(|| {
    let validator = |schema: &Value| {
        let options = jsonschema::draft202012::options().should_validate_formats(true);
        options.build(&strict(schema.clone())).unwrap()
    };
    SCHEMAS.iter().map(|(name, schema)| (name.as_str(), validator(schema))).collect()
});

/// The same schema, which refuses names that it does not list.
fn strict(mut schema: Value) -> Value {
    match &mut schema {
        Value::Object(parts) => {
            for (name, part) in parts.iter_mut() {
                let is_open = name == "additionalProperties";
                *part = if is_open { false.into() } else { strict(part.take()) };
            }
        }
        Value::Array(parts) => parts.iter_mut().for_each(|part| *part = strict(part.take())),
        _ => {}
    }
    schema
}

/// For each document, a name that no other document has at its top.
const DISTINCTIVE: [(&str, &str); 7] = [
    ("error", "error"),
    ("dry_run", "remove"),
    ("created", "create"),
    ("timed_wait", "probe-max"),
    ("summary", "status-all"),
    ("semaphores", "status-set"),
    ("deadlocks", "status-block"),
];

/// Which document it is, by the name of its schema.
#[track_caller]
pub fn name_of(document: &Value) -> &'static str {
    let found = DISTINCTIVE.iter().find(|(name, _)| document.get(name).is_some());
    found.unwrap_or_else(|| panic!("no document of semlock: {document}")).1
}

/// What is wrong with the document, each with its place.
#[track_caller]
pub fn mistakes(document: &Value) -> Vec<String> {
    let mistakes = VALIDATORS[name_of(document)].iter_errors(document);
    mistakes.map(|mistake| format!("{}: {mistake}", mistake.instance_path())).collect()
}

#[track_caller]
pub fn assert_valid(document: &Value) {
    let mistakes = mistakes(document);
    assert!(mistakes.is_empty(), "not as man/schema says: {mistakes:#?}\n{document:#}");
}

/// How a document begins: on several lines, or on one.
const BEGINNINGS: [&str; 2] = ["{\n  \"schema\":", "{\"schema\":"];

/// Compares every document in the output of a program, which may have other lines, too.
#[track_caller]
pub fn assert_all_valid(output: &str) {
    for (start, _) in BEGINNINGS.iter().flat_map(|beginning| output.match_indices(beginning)) {
        // A test may have cut the output off.
        if let Some(Ok(document)) = Deserializer::from_str(&output[start..]).into_iter().next() {
            assert_valid(&document);
        }
    }
}
