//! What several pages have: the title, and terms with their meanings.

use clap_mangen::roff::{Roff, bold, roman};
use semlock::internal::{Fields, fields};

use super::{MANUAL_DATE, SOURCE};

const FIELDS_INTRODUCTION: &str =
    "Later versions may add fields. A value that is not known is null.";

const COLUMNS_INTRODUCTION: &str = "\
A field has the same name in JSON, in --columns, in --sort and in tables. Later versions may add fields. A value that is not known is null in JSON, and ? or \
- in a column.";

/// The title of a page of section 7, and its NAME.
pub fn title(roff: &mut Roff, name: &str, about: &str) {
    roff.control("TH", [name, "7", MANUAL_DATE, SOURCE, "Miscellaneous Information"]);
    roff.control("SH", ["NAME"]);
    roff.text([roman(format!("{name} - {about}"))]);
}

/// The fields of JSON and the columns, with a subsection for each kind of object.
pub fn fields_section(roff: &mut Roff, page: &str) {
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
        terms(roff, rows);
    }
}

/// A section with an indented text for each of its terms.
pub fn table(roff: &mut Roff, heading: &str, rows: &[(&str, &str)]) {
    roff.control("SH", [heading]);
    terms(roff, rows);
}

fn terms(roff: &mut Roff, rows: &[(&str, &str)]) {
    for (name, meaning) in rows {
        term(roff, name, meaning);
    }
}

pub fn term(roff: &mut Roff, name: &str, meaning: &str) {
    roff.control("TP", []);
    roff.text([bold(name)]);
    roff.text([roman(meaning)]);
}
