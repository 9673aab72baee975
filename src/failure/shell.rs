//! Words of the commands that mend something, for a shell.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::Path;
use std::sync::OnceLock;

/// Where the commands have to work, if not in the IPC namespace of the shell.
struct Place {
    semlock: String,
    nsenter: String,
}

static PLACE: OnceLock<Place> = OnceLock::new();

/// Remedies are from now on for the IPC namespace that the user called `name` and
/// whose file this is, and which was entered through a user namespace, if any.
pub fn set_namespace(name: &OsStr, file: &Path, users: Option<&Path>) {
    let quoted = |word: &OsStr| quoted(&word.to_string_lossy()).into_owned();
    let users =
        users.map(|users| format!("--preserve-credentials --user={} ", quoted(users.as_os_str())));
    let _ = PLACE.set(Place {
        semlock: format!("semlock --ipc-namespace {}", quoted(name)),
        nsenter: format!(
            "nsenter {}--ipc={} ",
            users.unwrap_or_default(),
            quoted(file.as_os_str())
        ),
    });
}

/// How semlock is called to work where this one does.
pub fn semlock() -> &'static str {
    PLACE.get().map_or("semlock", |place| &place.semlock)
}

/// What has to stand before another command that is to work there, nsenter(1) or
/// nothing.
pub(super) fn nsenter() -> Option<&'static str> {
    PLACE.get().map(|place| place.nsenter.as_str())
}

/// A word that the shell takes as it is.
pub fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into()
    } else {
        format!("'{}'", word.replace('\'', r"'\''")).into()
    }
}
