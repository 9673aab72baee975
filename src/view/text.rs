//! Text that is fitted into the width of a line: wrapped, or cut.

use std::io::{self, Write};

use textwrap::core::display_width;

use super::RenderOptions;
use crate::system::printable;

/// Writes a text in as many lines as it takes; all but the first are indented.
pub(crate) fn write_filled(
    text: &str,
    out: &mut impl Write,
    options: &RenderOptions,
) -> io::Result<()> {
    writeln!(out, "{}", filled(text, "", "    ", options))
}

/// Wraps a text between words, and escapes what a terminal must not get.
pub(super) fn filled(text: &str, first: &str, others: &str, options: &RenderOptions) -> String {
    let text = &printable(text);
    let Some(width) = options.width else { return format!("{first}{text}") };
    let options = textwrap::Options::new(width.into())
        .initial_indent(first)
        .subsequent_indent(others)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .break_words(false);
    textwrap::fill(text, options)
}

/// How many columns of a terminal a printable text takes up.
pub(super) fn width(text: &str) -> usize {
    // The usual case, and a table may have many thousand cells.
    if text.is_ascii() { text.len() } else { display_width(text) }
}

/// Cuts a text that is wider than `room`, and marks the cut; None if it fits.
pub(super) fn shortened(text: &str, room: usize) -> Option<String> {
    if width(text) <= room {
        return None;
    }
    let mut taken = 0;
    let mut character = [0; 4];
    let end = text.char_indices().find(|(_, one)| {
        taken += display_width(one.encode_utf8(&mut character));
        taken >= room
    });
    let end = end.map_or(text.len(), |(at, _)| at);
    Some(format!("{}…", &text[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_by_what_it_takes_up() {
        assert_eq!(shortened("日本語", 6), None);
        assert_eq!(shortened("日本語", 5).as_deref(), Some("日本…"));
        assert_eq!(shortened("u\u{308}u\u{308}u\u{308}", 2).as_deref(), Some("u\u{308}…"));
    }
}
