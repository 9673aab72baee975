//! The fields of what `remove` prints.

use super::Fields;
use super::value::{BOOLEAN, OBJECTS, SCHEMA_VERSION, TEXTS};

pub(super) const FIELDS: &[Fields] = &[Fields {
    page: "remove",
    of: "the document",
    places: &["remove"],
    rows: &[
        ("schema", SCHEMA_VERSION, "Always 1."),
        ("dry_run", BOOLEAN, "Whether nothing was changed, because of --dry-run."),
        (
            "removed",
            OBJECTS,
            "The sets that were removed, each with the fields of a set in semlock-status(1), and \
             with verdict, evidence, kept_by and program.",
        ),
        ("kept", OBJECTS, "The sets that were selected and kept, with the same fields."),
        ("notes", TEXTS, "Warnings about users that no verdict can take into account."),
    ],
}];
