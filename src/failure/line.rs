//! Lines of messages, and how they reach stderr. What is in them may come from the
//! command line, from other users or from files: it is shown so that it changes
//! nothing but the line.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::system::printable;

/// How many characters a line has at most, but for what stands before it.
pub(super) const LONGEST: usize = 1000;

/// `text` as a line for people: no character changes a terminal or ends the line,
/// and what is too long is cut in the middle.
pub(super) fn line(text: &str) -> Cow<'_, str> {
    match printable(text) {
        Cow::Borrowed(text) => cut(text),
        Cow::Owned(text) => cut(&text).into_owned().into(),
    }
}

/// `text`, its middle left out if it is too long. No escape, such as `\u{1b}` or
/// `\n`, is cut.
pub(super) fn cut(text: &str) -> Cow<'_, str> {
    if text.chars().nth(LONGEST).is_none() {
        return text.into();
    }
    let half = (LONGEST - 1) / 2;
    let pieces: Vec<_> = pieces(text).collect();
    let begin = fitting(pieces.iter(), half);
    let end = fitting(pieces.iter().rev(), half);
    format!("{}…{}", &text[..begin], &text[text.len() - end..]).into()
}

/// How many bytes the first of `pieces` have that fit into so many characters.
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

/// How many bytes the escape has that `text` begins with.
fn escape(text: &str) -> usize {
    /// That of `\u{10ffff}`.
    const MOST: usize = 10;
    let hexadecimal = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let unicode = text.strip_prefix("\\u{").and_then(|rest| rest.split_once('}'));
    match unicode {
        Some((digits, _)) if digits.len() + 4 <= MOST && hexadecimal(digits) => digits.len() + 4,
        _ if text.starts_with("\\x") && text.get(2..4).is_some_and(hexadecimal) => 4,
        _ => 1 + text.chars().nth(1).map_or(0, char::len_utf8),
    }
}

/// Writes a message to stderr in one call, so that messages of several processes do
/// not mix. If stderr cannot be written to, there is nobody to tell.
pub(super) fn say(message: &[u8]) {
    let _ = io::stderr().write_all(message);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_cut_in_the_middle_between_characters() {
        let long = "ü".repeat(LONGEST);
        assert_eq!(line(&long), long);
        let cut = line(&format!("a{long}z")).into_owned();
        assert_eq!(cut.chars().count(), LONGEST - 1);
        assert!(cut.starts_with("aü") && cut.contains("ü…ü") && cut.ends_with("üz"), "{cut}");
    }

    #[test]
    fn no_escape_is_cut() {
        for (raw, escape) in
            [("\x1b", "\\u{1b}"), ("\\\\", "\\\\"), ("\\xff", "\\xff"), ("\n", "\\n")]
        {
            for before in 0..8 {
                let before = "a".repeat(before);
                let cut = line(&format!("{before}{}", raw.repeat(LONGEST))).into_owned();
                let (begin, end) = cut.split_once('…').unwrap();
                let begin = begin.strip_prefix(&before).unwrap();
                assert_eq!(begin.replace(escape, ""), "", "{begin}");
                assert_eq!(end.replace(escape, ""), "", "{end}");
                assert!(cut.chars().count() <= LONGEST && !begin.is_empty() && !end.is_empty());
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
