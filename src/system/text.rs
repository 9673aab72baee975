//! Text that other users control, such as the names of processes and accounts.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fmt::{self, Write};
use std::os::unix::ffi::OsStringExt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// How much of a command line is kept, in bytes. Other users may choose one of megabytes, for
/// thousands of processes, and tables and completions show each.
const MAX_COMMAND: usize = 4096;

/// Bytes that another user may have chosen, which must not reach a terminal unescaped.
///
/// Only this layer creates it. When it is printed, control characters (such as line ends),
/// bidirectional and zero-width characters, and bytes that are not UTF-8 are escaped. JSON
/// has its own escapes and gets the text itself, with U+FFFD for bytes that are not UTF-8.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Text(Arc<[u8]>);

impl Text {
    pub(super) fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into().into())
    }

    /// A name from semlock's own code.
    pub(crate) fn from_static(name: &'static str) -> Self {
        Self::new(name)
    }

    /// A session id that a process claims to have locked.
    pub(crate) fn from_session_id(id: &[u8]) -> Self {
        Self(id.into())
    }

    /// The words of a command line, with a space between them, as far as anybody reads it.
    pub(super) fn from_words(words: &[OsString]) -> Self {
        let mut line = words.join(OsStr::new(" ")).into_vec();
        line.truncate(MAX_COMMAND);
        Self::new(line)
    }

    /// The printed text as one cell of a table whose columns programs split at spaces: as
    /// [`in_cell`](Self::in_cell), with spaces escaped too.
    pub(crate) fn in_one_word(&self) -> String {
        if let Some(plain) = self.as_plain().filter(|_| !self.is_sign()) {
            return plain.to_owned();
        }
        // Other white space is escaped already.
        self.in_cell().replace(' ', "\\u{20}")
    }

    /// The printed text as a cell of a table. In quotes if it is one of the signs for nothing
    /// and for unknown.
    pub(crate) fn in_cell(&self) -> String {
        if self.is_sign() { format!("{self:?}") } else { self.to_string() }
    }

    /// The same with commas escaped: an item of a list that commas separate.
    pub(crate) fn in_list(&self) -> String {
        self.in_cell().replace(',', COMMA)
    }

    /// The same with spaces escaped too.
    pub(crate) fn in_list_of_words(&self) -> String {
        self.in_one_word().replace(',', COMMA)
    }

    /// Whether it looks like the sign in a cell for nothing or for unknown.
    fn is_sign(&self) -> bool {
        matches!(*self.0, [b'-' | b'?'])
    }

    /// The text, if nothing in it has to be escaped and it has no spaces.
    fn as_plain(&self) -> Option<&str> {
        let is_plain = self.0.iter().all(u8::is_ascii_graphic);
        std::str::from_utf8(&self.0).ok().filter(|_| is_plain)
    }

    /// The text, if it is printed as it is: a name that can be typed.
    pub(crate) fn as_printed(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok().filter(|text| printable(text) == *text)
    }

    /// The bytes, for comparisons.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Escapes what `std` does not call printable: control characters (Cc), format characters
/// such as bidirectional and zero-width ones (Cf), line separators, and unassigned
/// characters.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The usual case, and a table may have many thousand names.
        if let Some(plain) = self.as_plain() {
            return f.write_str(plain);
        }
        for chunk in self.0.utf8_chunks() {
            write_printable(f, chunk.valid())?;
            write!(f, "{}", chunk.invalid().escape_ascii())?;
        }
        Ok(())
    }
}

fn write_printable(out: &mut impl Write, text: &str) -> fmt::Result {
    for part in text.split_inclusive(QUOTES) {
        let quote = part.ends_with(QUOTES);
        let (plain, quote) = part.split_at(part.len() - usize::from(quote));
        write!(out, "{}{quote}", plain.escape_debug())?;
    }
    Ok(())
}

/// Escapes a text that may contain text from outside, as [`Text`] does. Text that is already
/// escaped does not change.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        return text.into();
    }
    let mut printed = String::with_capacity(text.len());
    // Writing to a String cannot fail.
    let _ = write_printable(&mut printed, text);
    printed.into()
}

const COMMA: &str = "\\u{2c}";

/// What `escape_debug` escapes only because of Rust's syntax: one byte each.
const QUOTES: [char; 3] = ['\\', '"', '\''];

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        fmt::Display::fmt(self, f)?;
        f.write_char('"')
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&String::from_utf8_lossy(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::{Text, printable};

    #[test]
    fn characters_that_could_change_a_terminal_or_a_line_are_escaped() {
        for (bytes, shown) in [
            (&b"perl app.pl"[..], "perl app.pl"),
            (b"sh -c 'echo \"a\\b\"'", "sh -c 'echo \"a\\b\"'"),
            (b"x\n7 orphaned", "x\\n7 orphaned"),
            (b"\x1b[31mred\x07\x7f", "\\u{1b}[31mred\\u{7}\\u{7f}"),
            ("grün 日本".as_bytes(), "grün 日本"),
            (
                "a\u{202e}b\u{200b}c\u{2066}\u{feff}".as_bytes(),
                "a\\u{202e}b\\u{200b}c\\u{2066}\\u{feff}",
            ),
            ("\u{9b}31m".as_bytes(), "\\u{9b}31m"),
            (b"gr\xc3", "gr\\xc3"),
            ("u\u{308}".as_bytes(), "u\u{308}"),
        ] {
            assert_eq!(Text::new(bytes).to_string(), shown);
        }
    }

    #[test]
    fn a_cell_is_one_word() {
        let text = Text::new("domain\\users of\ta\u{a0}b\u{3000}".as_bytes());
        assert_eq!(text.in_one_word(), "domain\\users\\u{20}of\\ta\\u{a0}b\\u{3000}");
        assert_eq!(Text::new("a, b").in_list(), "a\\u{2c} b");
        assert_eq!(Text::new("a, b").in_list_of_words(), "a\\u{2c}\\u{20}b");
    }

    #[test]
    fn a_name_that_looks_like_the_sign_for_nothing_or_unknown_is_quoted() {
        for (name, shown) in [("-", "\"-\""), ("?", "\"?\""), ("--", "--"), ("a-", "a-"), ("", "")]
        {
            let text = Text::new(name);
            assert_eq!((text.in_cell(), text.in_one_word()), (shown.into(), shown.into()));
            assert_eq!((text.in_list(), text.in_list_of_words()), (shown.into(), shown.into()));
        }
    }

    #[test]
    fn an_escaped_text_does_not_change() {
        let once = printable("a\u{1b}[31m \u{202e}\n\"'\\ ü").into_owned();
        assert_eq!(once, "a\\u{1b}[31m \\u{202e}\\n\"'\\ ü");
        assert_eq!(printable(&once), once);
    }

    #[test]
    fn json_has_the_unescaped_text() {
        let json = |bytes: &[u8]| serde_json::to_string(&Text::new(bytes)).unwrap();
        assert_eq!(json(b"a\x1b\n"), r#""a\u001b\n""#);
        assert_eq!(json(b"gr\xc3"), "\"gr\u{fffd}\"");
    }

    #[test]
    fn a_name_can_be_typed_if_it_is_printed_as_it_is() {
        for (name, expected) in [("www", true), ("J\u{fc}rgen B", true), ("a\u{1b}b", false)] {
            assert_eq!(Text::new(name).as_printed(), Some(name).filter(|_| expected), "{name:?}");
        }
        assert_eq!(Text::new(b"\xff".to_vec()).as_printed(), None);
    }
}
