//! Lines of messages, and how they reach stderr. Their text may come from the command
//! line, other users or files, so it is made safe for a terminal.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::system::printable;

/// The characters of a line, not counting its label.
pub(super) const MAX_LINE: usize = 1000;

/// `text` as one line for people: safe for a terminal, and cut in the middle if too long.
pub(super) fn line(text: &str) -> Cow<'_, str> {
    match printable(text) {
        Cow::Borrowed(text) => cut(text),
        Cow::Owned(text) => cut(&text).into_owned().into(),
    }
}

/// `text` without its middle if it is too long. No escape such as `\u{1b}` or `\n` is cut.
pub(super) fn cut(text: &str) -> Cow<'_, str> {
    if text.chars().nth(MAX_LINE).is_none() {
        return text.into();
    }
    let half = (MAX_LINE - 1) / 2;
    let pieces: Vec<_> = pieces(text).collect();
    let begin = fitting(pieces.iter(), half);
    let end = fitting(pieces.iter().rev(), half);
    format!("{}…{}", &text[..begin], &text[text.len() - end..]).into()
}

/// The bytes of the first `pieces` that fit into `room` characters.
fn fitting<'a>(pieces: impl Iterator<Item = &'a &'a str>, mut room: usize) -> usize {
    let fits = |piece: &&&str| {
        let left = room.checked_sub(piece.chars().count());
        left.inspect(|&left| room = left).is_some()
    };
    pieces.take_while(fits).map(|piece| piece.len()).sum()
}

/// Characters and escapes.
fn pieces(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let first = text.chars().next()?;
        let length = if first == '\\' { escape(text) } else { first.len_utf8() };
        let (piece, rest) = text.split_at(length);
        text = rest;
        Some(piece)
    })
}

/// The bytes of the escape that `text` begins with.
fn escape(text: &str) -> usize {
    /// The length of `\u{10ffff}`.
    const MAX_LENGTH: usize = 10;
    let hexadecimal = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let unicode = text.strip_prefix("\\u{").and_then(|rest| rest.split_once('}'));
    match unicode {
        Some((digits, _)) if digits.len() + 4 <= MAX_LENGTH && hexadecimal(digits) => {
            digits.len() + 4
        }
        _ if text.starts_with("\\x") && text.get(2..4).is_some_and(hexadecimal) => 4,
        _ => 1 + text.chars().nth(1).map_or(0, char::len_utf8),
    }
}

/// Writes a message to stderr in one call, so that messages of several processes do
/// not mix.
pub(super) fn say(message: &[u8]) -> io::Result<()> {
    io::stderr().write_all(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_cut_in_the_middle_between_characters() {
        let long = "ü".repeat(MAX_LINE);
        assert_eq!(line(&long), long);
        let cut = line(&format!("a{long}z")).into_owned();
        assert_eq!(cut.chars().count(), MAX_LINE - 1);
        assert!(cut.starts_with("aü") && cut.contains("ü…ü") && cut.ends_with("üz"), "{cut}");
    }

    #[test]
    fn no_escape_is_cut() {
        for (raw, escape) in
            [("\x1b", "\\u{1b}"), ("\\\\", "\\\\"), ("\\xff", "\\xff"), ("\n", "\\n")]
        {
            for before in 0..8 {
                let before = "a".repeat(before);
                let cut = line(&format!("{before}{}", raw.repeat(MAX_LINE))).into_owned();
                let (begin, end) = cut.split_once('…').unwrap();
                let begin = begin.strip_prefix(&before).unwrap();
                assert_eq!(begin.replace(escape, ""), "", "{begin}");
                assert_eq!(end.replace(escape, ""), "", "{end}");
                assert!(cut.chars().count() <= MAX_LINE && !begin.is_empty() && !end.is_empty());
            }
        }
    }

    #[test]
    fn what_only_begins_like_an_escape_is_no_escape() {
        for (text, first) in [
            ("\\u{1b}x", "\\u{1b}"),
            ("\\u{1b", "\\u"),
            ("\\u{xyz}", "\\u"),
            ("\\u{12345678}", "\\u"),
            ("\\xf", "\\x"),
            ("\\xfg", "\\x"),
            ("\\ü", "\\ü"),
            ("\\", "\\"),
        ] {
            assert_eq!(pieces(text).next(), Some(first));
        }
    }
}
