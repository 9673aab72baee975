//! What people see on a terminal of 80 columns, and what it says to type.

#![allow(dead_code)]

use crate::world::{User, World};

const COLUMNS: usize = 80;

/// What semlock shows there; no line is wider but those that are to be copied.
#[track_caller]
pub fn screen(world: &World, words: &str) -> String {
    let shown = on_terminal(world, &format!("{} {words}", world.sandbox.binary()));
    fits(&shown);
    shown
}

/// What a command writes to a terminal of 80 columns.
pub fn on_terminal(world: &World, command: &str) -> String {
    let script = format!("stty cols {COLUMNS}; NO_COLOR=1 {command}");
    let shown = world.run(User::Tester, &["script", "-qec", &script, "/dev/null"]);
    shown.stdout().replace("\r\n", "\n")
}

#[track_caller]
pub fn fits(shown: &str) {
    let is_wide = |line: &&str| line.chars().count() > COLUMNS && !line.starts_with("  fix: ");
    assert_eq!(shown.lines().find(is_wide), None, "too wide in\n{shown}");
}

/// The commands that are printed, with their notes.
pub fn fixes(shown: &str) -> Vec<String> {
    shown.lines().filter_map(|line| line.strip_prefix("  fix: ")).map(Into::into).collect()
}
