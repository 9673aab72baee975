//! Text that other users control: names of processes and accounts, command lines.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fmt::{self, Write};
use std::os::unix::ffi::OsStringExt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// Bytes that another user chose, which are not to be trusted with a terminal.
///
/// Only this layer makes one. Printed, it shows control characters (escape
/// sequences and line ends among them), bidirectional and zero-width characters
/// and bytes that are no UTF-8 as escapes. In JSON, which has escapes of its
/// own, it is the text itself, with U+FFFD for what is no UTF-8.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Text(Arc<[u8]>);

impl Text {
    pub(super) fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into().into())
    }

    /// A name of our own, as it is written in the code.
    pub(crate) fn from_static(name: &'static str) -> Self {
        Self::new(name)
    }

    /// A session id, as a process says that it has it.
    pub(crate) fn session(id: &[u8]) -> Self {
        Self(id.into())
    }

    /// The words of a command line, with a space between them.
    pub(super) fn words(words: &[OsString]) -> Self {
        Self::new(words.join(OsStr::new(" ")).into_vec())
    }

    /// The same as it is printed, with blanks escaped too, and told from the signs for
    /// what is not there or unknown: a cell of a table that programs take apart at blanks.
    pub(crate) fn in_one_word(&self) -> String {
        if let Some(plain) = self.as_plain().filter(|_| !self.is_sign()) {
            return plain.to_owned();
        }
        // Every other blank is escaped already.
        self.in_cell().replace(' ', "\\u{20}")
    }

    /// The same as it is printed, told from these signs.
    pub(crate) fn in_cell(&self) -> String {
        if self.is_sign() { format!("{self:?}") } else { self.to_string() }
    }

    /// The same with commas escaped, too: one of several that commas separate.
    pub(crate) fn in_list(&self) -> String {
        self.in_cell().replace(',', COMMA)
    }

    /// The same in one word.
    pub(crate) fn in_list_of_words(&self) -> String {
        self.in_one_word().replace(',', COMMA)
    }

    /// Whether it is what a cell has that has nothing to show.
    fn is_sign(&self) -> bool {
        matches!(*self.0, [b'-' | b'?'])
    }

    /// The text, if none of it has to be escaped and it has no blanks.
    fn as_plain(&self) -> Option<&str> {
        let is_plain = self.0.iter().all(u8::is_ascii_graphic);
        std::str::from_utf8(&self.0).ok().filter(|_| is_plain)
    }

    /// The bytes, to compare with.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What `std` calls printable is shown as it is: the rest are control characters
/// (Cc), format characters such as bidirectional and zero-width ones (Cf), line
/// separators, and what has no meaning.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Nearly every name: there may be one in each of many thousand rows.
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

/// A text of which some may come from outside, as [`Text`] is printed. It changes
/// nothing in what was escaped before.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        return text.into();
    }
    let mut printed = String::with_capacity(text.len());
    // A String takes whatever is written to it.
    let _ = write_printable(&mut printed, text);
    printed.into()
}

const COMMA: &str = "\\u{2c}";

/// What `escape_debug` escapes for the sake of Rust's own syntax: one byte each.
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
    fn what_could_change_a_terminal_or_a_line_is_escaped() {
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
    fn a_name_is_told_from_the_signs_for_what_is_not_there_or_unknown() {
        for (name, shown) in [("-", "\"-\""), ("?", "\"?\""), ("--", "--"), ("a-", "a-"), ("", "")]
        {
            let text = Text::new(name);
            assert_eq!((text.in_cell(), text.in_one_word()), (shown.into(), shown.into()));
            assert_eq!((text.in_list(), text.in_list_of_words()), (shown.into(), shown.into()));
        }
    }

    #[test]
    fn a_text_that_was_escaped_stays_as_it_is() {
        let once = printable("a\u{1b}[31m \u{202e}\n\"'\\ ü").into_owned();
        assert_eq!(once, "a\\u{1b}[31m \\u{202e}\\n\"'\\ ü");
        assert_eq!(printable(&once), once);
    }

    #[test]
    fn json_has_the_text_itself() {
        let json = |bytes: &[u8]| serde_json::to_string(&Text::new(bytes)).unwrap();
        assert_eq!(json(b"a\x1b\n"), r#""a\u001b\n""#);
        assert_eq!(json(b"gr\xc3"), "\"gr\u{fffd}\"");
    }
}
