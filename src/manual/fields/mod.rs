//! The fields of JSON documents and the columns, with their types and meanings. The manual
//! and the JSON Schemas are written from them, and tests compare every document with these.

mod others;
mod remove;
mod sets;
mod status;
mod status_all;
mod status_block;
mod status_set;
mod value;

pub use value::{Kind, Value};

/// The JSON documents: the name of each, which is that of its schema and the beginning of
/// each place in it, and the command that prints it.
pub const DOCUMENTS: [(&str, &str); 7] = [
    ("status-block", "semlock status --format json for a block"),
    ("status-set", "semlock status --format json for a set that is not a block"),
    ("status-all", "semlock status --all --format json"),
    ("create", "semlock create --format json"),
    ("remove", "semlock remove --format json"),
    ("probe-max", "semlock probe-max --format json"),
    ("error", "semlock SUBCOMMAND --format json, on standard error"),
];

/// A field: its name, what its value can be, and what it means.
pub type Field = (&'static str, Value, &'static str);

/// The fields of one kind of object.
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    /// The manual page that lists them.
    pub page: &'static str,
    /// The kind of object.
    pub of: &'static str,
    /// Where these objects are: a document, and the path in it. An object can be of several
    /// kinds; it then has the fields of each.
    pub places: &'static [&'static str],
    /// The fields.
    pub rows: &'static [Field],
}

/// The fields of every kind of object.
pub fn fields() -> impl Iterator<Item = &'static Fields> {
    let tables = [
        status::FIELDS,
        status_block::FIELDS,
        sets::FIELDS,
        status_set::FIELDS,
        status_all::FIELDS,
        remove::FIELDS,
        others::FIELDS,
    ];
    tables.into_iter().flatten()
}

/// The fields of the objects at a place: of each kind that they can be.
pub fn fields_at(place: &str) -> impl Iterator<Item = &'static Field> {
    fields().filter(move |fields| fields.places.contains(&place)).flat_map(|fields| fields.rows)
}
