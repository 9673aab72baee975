//! semlock-recipes(7): the recipes, each a section.

use clap_mangen::roff::{Roff, roman};

use super::markdown;
use super::terms::title;
use crate::recipes::{NAMES, text_of};

const INTRODUCTION: &str = "\
Each section solves one problem: it says what the recipe is for, what to copy, how to see that it \
works, and what can go wrong. Lines that begin with a dollar sign are typed. In the output below \
them, three dots stand for what is left out.

The files shown here are installed in share/doc/semlock/examples, below /usr or /usr/local. Copy \
the programs to a directory in your PATH, such as /usr/local/bin. semlock's tests run these files \
and all commands.";

pub fn page() -> String {
    let mut roff = Roff::new();
    title(&mut roff, "semlock-recipes", "solutions to copy");
    markdown::render(&mut roff, &format!("# Description\n{INTRODUCTION}"));
    for name in NAMES {
        markdown::render(&mut roff, &text_of(name));
    }
    roff.control("SH", ["SEE ALSO"]);
    roff.text([roman(
        "semlock(1), semlock-create(1), semlock-lock(1), semlock-probe-max(1), semlock-remove(1), \
         semlock-status(1), flock(1), ipcmk(1), ipcrm(1), ipcs(1), systemd.exec(5), sysvipc(7)",
    )]);
    markdown::as_typed(&roff)
}
