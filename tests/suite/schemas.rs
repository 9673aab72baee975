//! The JSON Schemas in man/schema are valid, and they refuse what a document must not be.
//! Every other test compares what it sees with them: common/schema.rs.

use semlock::internal::DOCUMENTS;
use serde_json::{Value, json};

use crate::common::Sandbox;
use crate::common::schema::{SCHEMAS, assert_valid, mistakes};

#[test]
fn every_schema_is_one_of_draft_2020_12_and_lets_names_be_added() {
    for (name, _) in DOCUMENTS {
        let schema = &SCHEMAS[name];
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(schema["$id"], format!("urn:semlock:schema:1:{name}"));
        jsonschema::draft202012::meta::validate(schema).unwrap();
        assert_eq!(schema["properties"]["schema"]["const"], 1, "{name}");
        assert_eq!(schema["additionalProperties"], true, "{name}");
    }
}

/// The document with another value at this place; with none, without it.
fn changed(document: &Value, place: &str, value: Option<Value>) -> Value {
    let mut document = document.clone();
    let (parent, name) = place.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Some(value) => parent.insert(name.into(), value),
        None => parent.remove(name),
    };
    document
}

#[test]
fn a_document_with_a_wrong_missing_or_unknown_name_is_refused() {
    let (sandbox, _block) = Sandbox::with_block(34);
    let status = sandbox.run(["status", "--slots", "all", "--format", "json"]).exits(0).json();
    for (place, value) in [
        ("/schema", Some(json!(2))),
        ("/time", Some(json!("yesterday"))),
        ("/time", Some(Value::Null)),
        ("/block", None),
        ("/block/mode", Some(json!(700))),
        ("/block/mode", Some(json!("700"))),
        ("/block/semid", Some(json!("0"))),
        ("/block/group", None),
        ("/slots/0/state", Some(json!("taken"))),
        ("/slots/0/waiting", Some(json!(-1))),
        ("/slots/0/waiting", Some(json!(0.5))),
        ("/slots/0/since", None),
        ("/slots/0/age", Some(json!(5))),
        ("/deadlocks", Some(json!([["7"]]))),
        ("/new", Some(json!(1))),
    ] {
        let other = changed(&status, place, value);
        let mistakes = mistakes(&other);
        let parent = place.rsplit_once('/').unwrap().0;
        assert!(mistakes.len() == 1 && mistakes[0].starts_with(parent), "{place}: {mistakes:?}");
    }
    let unknown = changed(&status, "/slots/0/since", Some(Value::Null));
    assert_valid(&changed(&unknown, "/slots", Some(Value::Null)));
}

#[test]
#[should_panic(expected = "not as man/schema says")]
fn a_test_that_sees_such_a_document_fails() {
    let sandbox = Sandbox::new();
    let mut echo = sandbox.shell(r#"printf '{"schema":1,"error":"cannot"}\n' >&2"#);
    echo.arg("sh");
    crate::common::Finished::of(echo);
}
