//! The JSON Schemas that are committed are what the tables of fields give.

use semlock::internal::{DOCUMENTS, Field, Kind, Value as FieldValue, fields_at};
use serde_json::{Map, Value, json};

use super::check;

#[test]
fn the_schemas_are_what_the_tables_of_fields_give() {
    let expected = DOCUMENTS.map(|(name, command)| {
        let schema = serde_json::to_string_pretty(&document(name, command)).unwrap();
        (format!("man/schema/{name}.json"), schema + "\n")
    });
    check("man/schema", &expected);
}

fn document(name: &str, command: &str) -> Value {
    let mut schema = object(name);
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["$id"] = format!("urn:semlock:schema:1:{name}").into();
    schema["title"] = command.into();
    schema["description"] =
        "Later versions may add names. As long as schema is 1, none is removed or changed.".into();
    schema
}

/// The objects at `place`, which have the fields of each kind of object that can be there.
fn object(place: &str) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for &(name, value, meaning) in fields_at(place).filter(|field| !is_only_column(field)) {
        let place = format!("{place}.{name}");
        let other = properties.insert(name.into(), property(value, meaning, &place));
        assert!(other.is_none(), "{place} is listed twice");
        if !value.optional {
            required.push(name);
        }
    }
    assert!(!properties.is_empty(), "src/manual/fields lacks {place}");
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": true,
    })
}

fn is_only_column((_, value, _): &Field) -> bool {
    matches!(value.kind, Kind::Column)
}

fn property(value: FieldValue, meaning: &str, place: &str) -> Value {
    let mut schema = of_kind(value.kind, place);
    schema["description"] = meaning.into();
    if value.nullable {
        schema["type"] = json!([schema["type"], "null"]);
        if let Some(words) = schema.get_mut("enum") {
            words.as_array_mut().unwrap().push(Value::Null);
        }
    }
    schema
}

fn of_kind(kind: Kind, place: &str) -> Value {
    match kind {
        Kind::SchemaVersion => json!({ "type": "integer", "const": 1 }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Integer => json!({ "type": "integer" }),
        Kind::Count => json!({ "type": "integer", "minimum": 0 }),
        Kind::Pid => json!({ "type": "integer", "minimum": 1 }),
        Kind::Number => json!({ "type": "number" }),
        Kind::Text => json!({ "type": "string" }),
        Kind::Form(pattern) => json!({ "type": "string", "pattern": pattern }),
        Kind::Word(words) => json!({ "type": "string", "enum": words() }),
        Kind::Time => json!({ "type": "string", "format": "date-time" }),
        Kind::Object => object(place),
        Kind::List(of) => json!({ "type": "array", "items": of_kind(*of, &format!("{place}[]")) }),
        Kind::Column => unreachable!("{place} is only a column"),
    }
}
