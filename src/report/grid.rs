//! Text in columns. A block can have 32,000 semaphores, and to show them must
//! not take longer than to ask for them.

use std::borrow::Cow;
use std::fmt;
use std::iter::repeat_n;

/// A text that is the same in many rows is not copied for each.
pub(super) type Cell = Cow<'static, str>;

/// Rows of cells below headings.
#[derive(Clone, Debug, Default)]
pub(super) struct Grid {
    /// What stands above each column; empty for none.
    pub(super) headings: Vec<Cell>,
    /// The columns of numbers, which are aligned on the right.
    pub(super) numbers: Vec<usize>,
    /// As many cells in each.
    pub(super) rows: Vec<Vec<Cell>>,
    /// How many characters fit in a line: a text in the last column is cut to
    /// that, but to no less than a few. None if there is no end.
    pub(super) width: Option<u16>,
    /// Whether words that matter are coloured.
    pub(super) colour: bool,
}

/// What is left of a text wherever it is cut.
const LEAST: usize = 10;

impl Grid {
    fn lines(&self) -> impl Iterator<Item = &Vec<Cell>> {
        Some(&self.headings).filter(|headings| !headings.is_empty()).into_iter().chain(&self.rows)
    }

    /// How many characters the longest line has.
    pub(super) fn width(&self) -> usize {
        let widths = self.widths();
        1 + widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1)
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths = vec![0; self.lines().next().map_or(0, Vec::len)];
        for row in self.lines() {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = length(cell).max(*width);
            }
        }
        widths
    }

    fn painted<'a>(&self, text: &'a str) -> [&'a str; 3] {
        match colour(text).filter(|_| self.colour) {
            Some(colour) => [colour, text, "\x1b[0m"],
            None => ["", text, ""],
        }
    }

    fn write_line(&self, line: &mut String, cells: &[Cell], widths: &[usize]) {
        for (at, (cell, &width)) in cells.iter().zip(widths).enumerate() {
            line.push_str(if at == 0 { " " } else { "  " });
            let padding = repeat_n(' ', width - length(cell));
            if self.numbers.contains(&at) {
                line.extend(padding);
                line.push_str(cell);
            } else if at + 1 < cells.len() {
                line.extend(self.painted(cell));
                line.extend(padding);
            } else {
                let before = 1 + widths[..at].iter().sum::<usize>() + 2 * at;
                let room = self.width.map(|width| usize::from(width).saturating_sub(before));
                let [text, ending] = cut(cell, room);
                line.extend(self.painted(text));
                line.push_str(ending);
            }
        }
    }
}

/// What a word of a verdict or a state is written in: red for trouble, yellow for
/// what is to be looked at.
fn colour(word: &str) -> Option<&'static str> {
    match word {
        "orphaned" | "abandoned" => Some("\x1b[31m"),
        "unknown" | "draining" => Some("\x1b[33m"),
        _ => None,
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// The text, and whether something of it is left out.
fn cut(text: &str, room: Option<usize>) -> [&str; 2] {
    let room = room.map_or(usize::MAX, |room| room.max(LEAST));
    match text.char_indices().nth(room - 1) {
        Some((at, last)) if at + last.len_utf8() < text.len() => [&text[..at], "…"],
        _ => [text, ""],
    }
}

/// Without a line feed at the end.
impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        let mut line = String::new();
        for (number, cells) in self.lines().enumerate() {
            line.clear();
            self.write_line(&mut line, cells, &widths);
            f.write_str(if number == 0 { "" } else { "\n" })?;
            f.write_str(&line)?;
        }
        Ok(())
    }
}
