//! The sections of the manual about JSON.

use clap_mangen::roff::{Roff, bold, roman};
use semlock::internal::{DOCUMENTS, Fields, fields};

use super::terms::term;

const FIELDS_INTRODUCTION: &str = "Later versions may add fields. A value that is not known is null. An optional field may be absent.";

const COLUMNS_INTRODUCTION: &str = "\
A field has the same name in JSON, in --columns, in --sort and in tables. Later versions may add fields. A value that is not known is null in JSON, and ? or \
- in a column. An optional field may be absent from JSON.";

const FILES_INTRODUCTION: &str =
    "These files are below the prefix that semlock was installed with, such as /usr or /usr/local.";

/// Writes the fields of JSON and the columns, with a subsection for each kind of object.
pub fn write_fields(roff: &mut Roff, page: &str) {
    let kinds = fields().filter(|fields| page.ends_with(fields.page));
    for (number, Fields { of, rows, .. }) in kinds.enumerate() {
        if number == 0 {
            let (heading, introduction) = if page.ends_with("status") {
                ("JSON FIELDS AND COLUMNS", COLUMNS_INTRODUCTION)
            } else {
                ("JSON FIELDS", FIELDS_INTRODUCTION)
            };
            roff.control("SH", [heading]);
            roff.text([roman(introduction)]);
        }
        let (first, rest) = of.split_at(1);
        let heading = format!("{}{rest}", first.to_uppercase());
        roff.control("SS", [heading.as_str()]);
        for (name, value, meaning) in *rows {
            roff.control("TP", []);
            roff.text([bold(*name), roman(format!(" ({value})"))]);
            roff.text([roman(*meaning)]);
        }
    }
}

/// Writes where the JSON Schemas are of the documents whose fields the page lists.
pub fn write_files(roff: &mut Roff, page: &str) {
    let is_of_page = |fields: &Fields| page.ends_with(fields.page);
    let has = |name| fields().any(|fields| is_of_page(fields) && fields.places.contains(&name));
    let documents: Vec<_> = DOCUMENTS.into_iter().filter(|&(name, _)| has(name)).collect();
    if documents.is_empty() {
        return;
    }
    roff.control("SH", ["FILES"]);
    roff.text([roman(FILES_INTRODUCTION)]);
    for (name, command) in documents {
        let file = format!("share/semlock/schema/{name}.json");
        term(roff, &file, &format!("JSON Schema (draft 2020-12) for the output of {command}."));
    }
}
