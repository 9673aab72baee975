//! A block in the place of a set that ipcmk(1) creates.

use super::Recipe;
use crate::common::{Finished, Sandbox, perl};

pub fn run(recipe: &mut Recipe) {
    let command = recipe.block("sh");
    let sandbox = Sandbox::new();
    recipe.shows(&sandbox, &[]);
    Finished::of(sandbox.shell(&command)).exits(0);
    let mut perl = perl(&sandbox, 34);
    assert_eq!(perl.ask("write a"), "held");
}
