//! The fields of JSON documents and the columns, with their meanings for the manual. A
//! test compares them with real documents and tables.

mod others;
mod sets;
mod status;

/// The fields of one kind of object.
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    /// The manual page that lists them.
    pub page: &'static str,
    /// The kind of object.
    pub of: &'static str,
    /// Where these objects are: a subcommand, and the path in its document.
    pub places: &'static [&'static str],
    /// The fields, with their meanings.
    pub rows: &'static [(&'static str, &'static str)],
}

/// Columns that are not in a document: programs compute them from `since`.
pub const ONLY_COLUMNS: [&str; 1] = ["age"];

/// The fields of every kind of object.
pub fn fields() -> impl Iterator<Item = &'static Fields> {
    status::FIELDS.iter().chain(sets::FIELDS).chain(others::FIELDS)
}
