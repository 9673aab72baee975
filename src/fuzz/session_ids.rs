//! Session ids: how they are read from a file, shown, and quoted for a shell.

use super::{MAX_NAME, Text, each_line};
use crate::failure::ShellCommand;
use crate::fuzz::Targets;
use crate::system::printable;

impl Targets {
    pub(crate) fn session_ids(data: &[u8]) {
        let mut names = Vec::new();
        each_line(data, |name| names.push(name)).expect("a slice can be read");
        let read: Vec<_> = names.iter().map(Text::as_bytes).collect();
        assert_eq!(read, lines(data));
        names.iter().for_each(is_shown_safely);
        is_shown_safely(&Text::from_session_id(data));
        is_quoted(data);
    }
}

/// The lines that are not empty, each without its end and not longer than a name.
fn lines(data: &[u8]) -> Vec<&[u8]> {
    let lines = data.split_inclusive(|&byte| byte == b'\n');
    lines.map(without_end).filter(|line| !line.is_empty()).collect()
}

fn without_end(line: &[u8]) -> &[u8] {
    let max = usize::try_from(MAX_NAME).expect("a few thousand");
    if line.len() > max {
        return &line[..max];
    }
    let Some(name) = line.strip_suffix(b"\n") else { return line };
    name.strip_suffix(b"\r").unwrap_or(name)
}

fn is_shown_safely(id: &Text) {
    let shown = id.to_string();
    assert!(!shown.contains(char::is_control), "{shown:?}");
    assert_eq!(printable(&shown), shown);
    assert!(!id.in_one_word().contains(char::is_whitespace), "{id:?}");
    assert!(!id.in_list().contains(','), "{id:?}");
    let json = serde_json::to_string(id).expect("a text");
    let read: String = serde_json::from_str(&json).expect("JSON");
    assert_eq!(read, String::from_utf8_lossy(id.as_bytes()));
}

/// A shell reads the command as it was meant, if every character of it can be shown.
fn is_quoted(id: &[u8]) {
    let Some(id) = std::str::from_utf8(id).ok().filter(|id| printable(id) == *id) else { return };
    let words = ["semlock", "unlock", id, &format!("--session={id}")];
    let command = ShellCommand::new(words).to_string();
    assert_eq!(shlex::split(&command).expect("every quote is closed"), words);
}
