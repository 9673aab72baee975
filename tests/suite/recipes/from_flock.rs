//! A script under flock(1), and the same under semlock.

use std::fs;

use super::Recipe;
use crate::common::{Finished, Sandbox, perl, until};

const SESSION: &str = "0d9e8c34";

pub fn run(recipe: &mut Recipe) {
    let (sandbox, block) = Sandbox::with_block(34);
    for name in ["expire-session.old", "expire-session"] {
        install(&sandbox, name, &recipe.block("sh"));
    }
    fs::write(sandbox.directory.join(SESSION), "of the application").unwrap();
    let mut perl = perl(&sandbox, 34);
    assert_eq!(perl.ask(&format!("read {SESSION}")), "held");
    recipe.shows(&sandbox, &[]);
    assert_eq!(perl.ask("release"), "released");
    let new = format!("./expire-session {SESSION}");
    Finished::of(sandbox.shell(&new)).exits(0).prints("emptied\n");
    // The holder ends a moment after the script.
    until("free", || block.set().values().unwrap().iter().all(|&value| value == 0));
}

/// Makes a script executable, with its directories in the sandbox.
fn install(sandbox: &Sandbox, name: &str, script: &str) {
    let here = sandbox.directory.to_str().unwrap();
    let script = script.replace("/var/lib/app/sessions", here).replace("/run/lock", here);
    let source = format!("{name}.source");
    fs::write(sandbox.directory.join(&source), script).unwrap();
    let mut install = sandbox.program("install");
    install.args(["-m755", &source, name]);
    Finished::of(install).exits(0);
}
