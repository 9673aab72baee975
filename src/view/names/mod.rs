//! What each name means: the fields in the manual. A name is one of a JSON document, and
//! that of the column; a test compares these rows with both.

mod others;
mod sets;
mod status;

/// The names that objects of one kind have.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// The manual page that lists them.
    pub page: &'static str,
    /// What has them.
    pub of: &'static str,
    /// Where these objects are: a subcommand, and the way into its document.
    pub places: &'static [&'static str],
    /// Names, with their meaning.
    pub rows: &'static [(&'static str, &'static str)],
}

/// What is a column, but no name of a document: programs compute it from `since`.
pub const ONLY_COLUMNS: [&str; 1] = ["age"];

/// Every name.
pub fn names() -> impl Iterator<Item = &'static Names> {
    status::NAMES.iter().chain(sets::NAMES).chain(others::NAMES)
}
