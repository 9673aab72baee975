//! Tables: rows of cells below headings, fitted into the width of a line.

mod cell;
mod column;
mod draw;

use std::borrow::Cow;

pub(super) use cell::{NONE, UNKNOWN, number, or_none, or_unknown, pids};
pub(super) use column::{Cell, Column, ColumnKind, ColumnSpec};

use super::{RenderOptions, shortened, width};
use crate::system::printable;

/// Between two columns.
const GAP: &str = "  ";

/// How much of a text is left at least where it is cut.
const MIN_TEXT: usize = 12;

/// Rows of cells below headings.
#[derive(Clone, Debug, Default)]
pub(in crate::view) struct Table {
    headings: Vec<Heading>,
    rows: Vec<Vec<Cell>>,
    headless: bool,
    colour: bool,
}

#[derive(Clone, Debug)]
struct Heading {
    text: String,
    kind: ColumnKind,
    rank: u8,
}

impl Table {
    /// A table with these columns, and a row for each of `rows`.
    pub(in crate::view) fn of<'a, C: Column>(
        columns: &[C],
        rows: impl IntoIterator<Item = &'a C::Row>,
        options: &RenderOptions,
    ) -> Self
    where
        C::Row: 'a,
    {
        let specs: Vec<_> = columns.iter().map(|column| column.spec()).collect();
        let cells = |row| specs.iter().map(|spec| escaped((spec.cell)(row, options))).collect();
        let heading = |spec: &ColumnSpec<C::Row>| Heading {
            text: spec.name.to_uppercase(),
            kind: spec.kind,
            rank: spec.rank,
        };
        Self {
            headings: specs.iter().map(heading).collect(),
            rows: rows.into_iter().map(cells).collect(),
            headless: options.headless,
            colour: options.colour && !options.for_programs,
        }
    }

    /// Leaves out columns, the least important first, and cuts the text in the last
    /// one, until a line has room in the width.
    pub(in crate::view) fn fit(mut self, options: &RenderOptions) -> Self {
        let Some(room) = options.width.map(usize::from) else { return self };
        while !options.for_programs && self.min_width() > room {
            let least = self.headings.iter().enumerate().max_by_key(|(_, one)| one.rank);
            match least {
                Some((at, heading)) if heading.rank > 0 => self.drop_column(at),
                _ => break,
            }
        }
        self.cut_last(room);
        self
    }

    pub(in crate::view) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many characters the longest line takes up.
    pub(in crate::view) fn width(&self) -> usize {
        line_width(&self.widths())
    }

    fn drop_column(&mut self, at: usize) {
        self.headings.remove(at);
        for row in &mut self.rows {
            row.remove(at);
        }
    }

    /// The same with the text of the last column cut as far as that goes.
    fn min_width(&self) -> usize {
        let mut widths = self.widths();
        let least = MIN_TEXT.max(self.last_heading());
        if let (Some(last), true) = (widths.last_mut(), self.ends_in_text()) {
            *last = (*last).min(least);
        }
        line_width(&widths)
    }

    fn last_heading(&self) -> usize {
        let heading = self.headings.last().filter(|_| !self.headless);
        heading.map_or(0, |heading| heading.text.len())
    }

    fn ends_in_text(&self) -> bool {
        self.headings.last().is_some_and(|heading| heading.kind == ColumnKind::Text)
    }

    fn cut_last(&mut self, room: usize) {
        let widths = self.widths();
        let (true, Some((_, before))) = (self.ends_in_text(), widths.split_last()) else { return };
        let room = room.saturating_sub(line_width(before) + GAP.len()).max(MIN_TEXT);
        for cell in self.rows.iter_mut().filter_map(|row| row.last_mut()) {
            if let Some(short) = shortened(cell, room) {
                *cell = short.into();
            }
        }
    }

    fn widths(&self) -> Vec<usize> {
        let heading = |heading: &Heading| if self.headless { 0 } else { heading.text.len() };
        let mut widths: Vec<_> = self.headings.iter().map(heading).collect();
        for row in &self.rows {
            for (widest, cell) in widths.iter_mut().zip(row) {
                *widest = width(cell).max(*widest);
            }
        }
        widths
    }
}

/// The cell in one line, without what a terminal must not get.
fn escaped(cell: Cell) -> Cell {
    match printable(&cell) {
        Cow::Borrowed(_) => cell,
        Cow::Owned(text) => text.into(),
    }
}

fn line_width(widths: &[usize]) -> usize {
    1 + widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy)]
    enum Sample {
        Number,
        State,
        Word,
        Text,
    }

    impl Column for Sample {
        type Row = (u32, &'static str, &'static str);

        fn spec(self) -> ColumnSpec<Self::Row> {
            match self {
                Self::Number => ColumnSpec::new(ColumnKind::Number, "number", 0, |row, _| {
                    row.0.to_string().into()
                }),
                Self::State => {
                    ColumnSpec::new(ColumnKind::State, "state", 0, |row, _| row.1.into())
                }
                Self::Word => ColumnSpec::new(ColumnKind::Word, "word", 1, |row, _| row.2.into()),
                Self::Text => {
                    ColumnSpec::new(ColumnKind::Text, "text", 2, |row, _| row.2.repeat(9).into())
                }
            }
        }
    }

    const COLUMNS: [Sample; 4] = [Sample::Number, Sample::State, Sample::Word, Sample::Text];

    const ROWS: [(u32, &str, &str); 3] =
        [(1, "free", "日本"), (12345, "orphaned", "u\u{308}x"), (7, "unknown", "plain")];

    fn table(width: Option<u16>, colour: bool) -> Table {
        let options = RenderOptions { width, colour, ..RenderOptions::plain() };
        Table::of(&COLUMNS, &ROWS, &options).fit(&options)
    }

    #[test]
    fn numbers_are_on_the_right() {
        assert_eq!(
            table(None, false).draw(),
            " NUMBER  STATE     WORD   TEXT
      1  free      日本   日本日本日本日本日本日本日本日本日本
  12345  orphaned  u\u{308}x     u\u{308}xu\u{308}xu\u{308}xu\u{308}xu\u{308}xu\u{308}xu\u{308}xu\u{308}xu\u{308}x
      7  unknown   plain  plainplainplainplainplainplainplainplainplain"
        );
    }

    /// The text without colours, which may cover the blanks beside a word as well.
    fn without_colours(text: &str) -> String {
        let mut parts = text.split("\x1b[");
        let first = parts.next().unwrap().to_owned();
        let shown = parts.fold(first, |shown, part| shown + part.split_once('m').unwrap().1);
        shown.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
    }

    #[test]
    fn both_writers_draw_the_same_and_colour_what_means_trouble() {
        for width in (20..=120).map(Some).chain([None]) {
            for colour in [false, true] {
                let table = table(width, colour);
                let texts = [table.draw_by_library(), table.write()];
                let [drawn, written] = texts.each_ref().map(|text| without_colours(text));
                assert_eq!(drawn, written, "{width:?}");
                for text in texts {
                    let coloured = text.lines().filter(|line| line.contains("\x1b[")).count();
                    assert_eq!(coloured, if colour { 2 } else { 0 }, "{text:?}");
                }
            }
        }
    }

    #[test]
    fn the_least_important_columns_go_first_and_no_line_is_wider() {
        let widest = |text: &str| text.lines().map(width).max().unwrap();
        let headings = |text: &str| text.lines().next().unwrap().split_whitespace().count();
        for columns in 17..=120 {
            let drawn = table(Some(columns), false).draw();
            assert!(widest(&drawn) <= columns.into(), "{columns}:\n{drawn}");
        }
        let seen: Vec<_> =
            [19, 30, 50].map(|width| headings(&table(Some(width), false).draw())).to_vec();
        assert_eq!(seen, [2, 3, 4]);
    }
}
