//! The fields that every document of `status` has.

use super::Fields;
use super::value::{FINDING_KIND, OBJECTS, SCHEMA_VERSION, TEXT, TEXTS, TIME};

pub(super) const FIELDS: &[Fields] = &[
    Fields {
        page: "status",
        of: "every document",
        places: &["status-block", "status-set", "status-all"],
        rows: &[
            (
                "schema",
                SCHEMA_VERSION,
                "Always 1. Later versions may add fields, but never change the meaning of one.",
            ),
            ("time", TIME, "When the data was read. Every time is in the format of RFC 3339."),
            ("findings", OBJECTS, "What is wrong, the most urgent first."),
        ],
    },
    Fields {
        page: "status",
        of: "a finding",
        places: &["status-block.findings[]", "status-set.findings[]", "status-all.findings[]"],
        rows: &[
            (
                "kind",
                FINDING_KIND,
                "deadlock, abandoned-lock, leaked-reader, long-wait, limit, orphaned, kept-by-one, \
                 remove-ipc or shared-slots.",
            ),
            ("subject", TEXT, "The problem, in a sentence."),
            ("details", TEXTS.optional(), "Further facts, if there are any: a list of sentences."),
            ("fix", TEXTS, "What fixes it: a list of commands, with notes after a #."),
        ],
    },
];
