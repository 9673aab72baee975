//! JSON as it is written: a document that changes no terminal.

use std::cell::Cell;
use std::io::{self, Write};

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::system::printable;

/// Writes `report` as one JSON document and a newline.
pub(crate) fn write(out: &mut dyn Write, report: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(Escaping(out), report)?;
    writeln!(out)
}

/// One JSON document on one line, with a newline.
pub(crate) fn line(report: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    serde_json::to_writer(Escaping(&mut line), report)?;
    line.push(b'\n');
    Ok(line)
}

/// A list whose values are made one by one, while it is written.
pub(crate) struct Each<I>(Cell<Option<I>>);

impl<I> Each<I> {
    pub(crate) fn of(values: I) -> Self {
        Self(Cell::new(Some(values)))
    }
}

impl<I: Iterator<Item: Serialize>> Serialize for Each<I> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.0.take().into_iter().flatten())
    }
}

/// A value that is made when what stands before it is written.
pub(crate) struct Later<F>(Cell<Option<F>>);

impl<F> Later<F> {
    pub(crate) fn by(make: F) -> Self {
        Self(Cell::new(Some(make)))
    }
}

impl<T: Serialize, F: FnOnce() -> T> Serialize for Later<F> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.take().map(|make| make()).serialize(to)
    }
}

/// Writes the characters that must not reach a terminal and that serde leaves as
/// they are (DEL, C1, bidirectional and the like) as JSON's own escapes: the same
/// document. Such a character can only stand in a string.
struct Escaping<'a>(&'a mut dyn Write);

impl Write for Escaping<'_> {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        match std::str::from_utf8(part) {
            Ok(text) if part.iter().any(|&byte| byte >= 0x7f) => self.write_escaped(text)?,
            _ => self.0.write_all(part)?,
        }
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Escaping<'_> {
    fn write_escaped(&mut self, text: &str) -> io::Result<()> {
        for c in text.chars() {
            if c < '\x7f' || is_printable(c) {
                write!(self.0, "{c}")?;
                continue;
            }
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(self.0, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }
}

fn is_printable(c: char) -> bool {
    let mut bytes = [0; 4];
    let text: &str = c.encode_utf8(&mut bytes);
    printable(text) == text
}

/// Start times are known to a hundredth of a second at best, and may vary by that: documents
/// have whole seconds.
pub(crate) fn in_seconds(time: Timestamp) -> Option<Timestamp> {
    Timestamp::from_second(time.as_second()).ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_escaped_is_the_same_document() {
        let text = "a\"\\ü日 \x1b\n\x7f\u{9b}\u{202e}\u{feff}\u{e0001}";
        let line = String::from_utf8(super::line(&text).unwrap()).unwrap();
        let expected = r#""a\"\\ü日 \u001b\n\u007f\u009b\u202e\ufeff\udb40\udc01""#;
        assert_eq!(line, format!("{expected}\n"));
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
        let mut pretty = Vec::new();
        super::write(&mut pretty, &text).unwrap();
        assert_eq!(pretty, line.into_bytes());
    }
}
