//! Where this machine looks up users and groups: nsswitch.conf(5).

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::getent::Database;

/// Where the entries of a database are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sources {
    /// In /etc/passwd or /etc/group, and nowhere else.
    Files,
    /// In that file, and then in other places.
    FilesFirst,
    /// In other places before that file, or unclear: only getent(1) can tell.
    Others,
}

/// How much of the file is read, in bytes.
const MAX_SIZE: u64 = 1 << 20;

/// The sources of `database` on the machine whose files are below `root`.
pub(super) fn sources(root: &Path, database: Database) -> Sources {
    match read(&root.join("etc/nsswitch.conf")) {
        Ok(text) => parse(&text, database.name()),
        // The C library's default.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Sources::Files,
        Err(_) => Sources::Others,
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(path)?.take(MAX_SIZE).read_to_end(&mut text)?;
    Ok(text)
}

/// The last line of a database counts. Without one, the C library reads the file.
fn parse(text: &[u8], database: &str) -> Sources {
    let mut lines = text.split(|&byte| byte == b'\n').rev();
    lines.find_map(|line| services(line, database)).map_or(Sources::Files, sources_of)
}

/// The services after `database:`, without a comment; None for another line.
fn services<'a>(line: &'a [u8], database: &str) -> Option<&'a [u8]> {
    let line = line.split(|&byte| byte == b'#').next()?.trim_ascii_start();
    let (end, services) = line.strip_prefix(database.as_bytes())?.split_first()?;
    (*end == b':' || end.is_ascii_whitespace()).then_some(services)
}

/// `files` alone, `files` and others, or anything else. Actions in brackets change what
/// follows a service's answer. By default, the search ends at a service that has the entry,
/// and goes on at one that does not.
fn sources_of(services: &[u8]) -> Sources {
    let Some(rest) = services.trim_ascii().strip_prefix(b"files") else { return Sources::Others };
    let is_whole = rest.first().is_none_or(|next| next.is_ascii_whitespace() || *next == b'[');
    let rest = rest.trim_ascii_start();
    let (actions, rest) = match rest.strip_prefix(b"[") {
        Some(rest) => match rest.iter().position(|&byte| byte == b']') {
            Some(end) => (&rest[..end], rest[end + 1..].trim_ascii()),
            None => return Sources::Others,
        },
        None => (&b""[..], rest),
    };
    match parse_actions(actions) {
        Some(actions) if is_whole && actions.ends_with_an_entry => {
            if actions.ends_without || rest.is_empty() {
                Sources::Files
            } else {
                Sources::FilesFirst
            }
        }
        _ => Sources::Others,
    }
}

/// Whether the search ends at a service that has the entry, and at one that does not.
struct Actions {
    ends_with_an_entry: bool,
    ends_without: bool,
}

/// Parses `STATUS=ACTION` and `!STATUS=ACTION`, in upper or lower case.
fn parse_actions(text: &[u8]) -> Option<Actions> {
    let mut actions = Actions { ends_with_an_entry: true, ends_without: false };
    let text = std::str::from_utf8(text).ok()?.to_ascii_lowercase();
    // Spaces may be around each part.
    let mut parts = text.split_inclusive(['!', '=']).flat_map(words).peekable();
    while parts.peek().is_some() {
        let negated = parts.next_if_eq(&"!").is_some();
        let (status, "=", action) = (parts.next()?, parts.next()?, parts.next()?) else {
            return None;
        };
        // A merge goes on only to add members to the group that was found.
        let ends = match action {
            "return" | "merge" => true,
            "continue" => false,
            _ => return None,
        };
        match (negated, status) {
            (false, "success") | (true, "notfound") => actions.ends_with_an_entry = ends,
            (false, "notfound") | (true, "success") => actions.ends_without = ends,
            (false, "unavail" | "tryagain") => {}
            (true, "unavail" | "tryagain") => {
                (actions.ends_with_an_entry, actions.ends_without) = (ends, ends);
            }
            _ => return None,
        }
    }
    Some(actions)
}

/// The words of a text that may end in `!` or `=`, and that sign.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let signs = text.trim_end_matches(['!', '=']).len();
    let (text, sign) = text.split_at(signs);
    text.split_ascii_whitespace().chain(Some(sign).filter(|sign| !sign.is_empty()))
}

#[cfg(all(any(test, fuzzing), family = "linux"))]
#[path = "../fuzz/nsswitch.rs"]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_as_the_c_library_reads_them() {
        use Sources::{Files, FilesFirst, Others};
        for (text, sources) in [
            ("", Files),
            ("group: sss\n", Files),
            ("# passwd: sss\n", Files),
            ("passwd:", Others),
            ("passwd: files", Files),
            ("passwd:files # sss", Files),
            (" \tpasswd:\tfiles systemd\n", FilesFirst),
            ("passwd: files\npasswd: files ldap\n", FilesFirst),
            ("passwd: files ldap\npasswd: files\n", Files),
            ("passwd: sss files", Others),
            ("passwd: compat", Others),
            ("passwd\rsss", Others),
            ("passwd: systemd files", Others),
            ("passwd: filesystem", Others),
            ("passwd: files [NOTFOUND=return] ldap", Files),
            ("passwd: files[notfound=RETURN]ldap", Files),
            ("passwd: files [ NOTFOUND = return ] ldap", Files),
            ("passwd: files [!SUCCESS=return] ldap", Files),
            ("passwd: files [! SUCCESS = return ] ldap", Files),
            ("passwd: files [UNAVAIL=return TRYAGAIN=continue] ldap", FilesFirst),
            ("passwd: files [UNAVAIL=return NOTFOUND=return] ldap", Files),
            ("passwd: files [UNAVAIL=return]", Files),
            ("passwd: files [NOTFOUND=continue] ldap", FilesFirst),
            ("passwd: files [!UNAVAIL=return] ldap", Files),
            ("passwd: files [SUCCESS=continue] ldap", Others),
            ("passwd: files [!NOTFOUND=continue] ldap", Others),
            ("passwd: files [SUCCESS=merge] ldap", FilesFirst),
            ("passwd: files [NOTFOUND=return", Others),
            ("passwd: files [NOTFOUND] ldap", Others),
            ("passwd: files [NOTFOUND=ldap] ldap", Others),
        ] {
            assert_eq!(parse(text.as_bytes(), "passwd"), sources, "{text:?}");
        }
        assert_eq!(parse(b"passwd: files\ngroup: files [SUCCESS=merge] sss", "group"), FilesFirst);
        assert_eq!(parse(b"\xff\npasswd: files \xff\n", "passwd"), FilesFirst);
    }

    #[test]
    fn a_configuration_that_cannot_be_read_may_name_any_source() {
        let root = std::env::temp_dir().join(format!("nsswitch-{}", std::process::id()));
        std::fs::create_dir_all(root.join("etc")).unwrap();
        assert_eq!(sources(&root, Database::Group), Sources::Files);
        std::fs::create_dir(root.join("etc/nsswitch.conf")).unwrap();
        assert_eq!(sources(&root, Database::Group), Sources::Others);
        std::fs::remove_dir_all(&root).unwrap();
    }
}
