//! What several pages have: the title, and terms with their meanings.

use clap_mangen::roff::{Roff, bold, roman};

use super::release;

/// The title of a page of section 7, and its NAME.
pub fn title(roff: &mut Roff, name: &str, about: &str) {
    roff.control(
        "TH",
        [name, "7", &release::date(), &release::source(), "Miscellaneous Information"],
    );
    roff.control("SH", ["NAME"]);
    roff.text([roman(format!("{name} - {about}"))]);
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
