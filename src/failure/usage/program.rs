//! Words that could be a COMMAND.

use std::env;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// What a shell does not take as a part of a word.
const SHELL: &[u8] = b" \t\n|&;<>()$`\\\"'*?[]{}";

/// Whether a word names a program: as a path, or in the PATH.
pub(crate) fn is_program(word: &OsStr) -> bool {
    let path = Path::new(word);
    if word.as_bytes().contains(&b'/') {
        return path.is_file();
    }
    let places = env::var_os("PATH").unwrap_or_default();
    !word.is_empty() && env::split_paths(&places).any(|place| can_be_run(&place.join(path)))
}

fn can_be_run(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// Whether a word is a whole line for a shell.
pub(super) fn is_for_shell(word: &OsStr) -> bool {
    word.as_bytes().iter().any(|byte| SHELL.contains(byte)) && !is_program(word)
}
