//! Words that can be a COMMAND.

use std::env;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The characters that mean something to a shell.
const METACHARACTERS: &[u8] = b" \t\n|&;<>()$`\\\"'*?[]{}";

/// Whether a word names a program: as a path, or in the PATH.
pub(super) fn is_program(word: &OsStr) -> bool {
    let path = Path::new(word);
    if word.as_bytes().contains(&b'/') {
        return path.is_file();
    }
    let directories = env::var_os("PATH").unwrap_or_default();
    !word.is_empty()
        && env::split_paths(&directories).any(|directory| is_executable(&directory.join(path)))
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// Whether a word is a whole command line for a shell.
pub(super) fn is_shell_line(word: &OsStr) -> bool {
    word.as_bytes().iter().any(|byte| METACHARACTERS.contains(byte)) && !is_program(word)
}
