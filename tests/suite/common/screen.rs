//! What people see on a terminal of 80 columns, and what it says to type.

use crate::common::world::{User, World};

pub const COLUMNS: usize = 80;

/// What semlock shows there; no line is wider but those that are to be copied.
#[track_caller]
pub fn screen(world: &World, words: &str) -> String {
    let shown = on_terminal_as(world, User::Tester, words);
    fits(&shown);
    shown
}

/// The same of another user, whatever its width.
pub fn on_terminal_as(world: &World, user: User, words: &str) -> String {
    let script = format!("stty cols {COLUMNS}; NO_COLOR=1 {} {words}", world.sandbox.binary());
    let shown = world.run(user, &["script", "-qec", &script, "/dev/null"]);
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
