//! Tables: what a column is called and holds is said once, for every table. What
//! people look at is drawn by comfy-table; thousands of rows are written here, in the
//! same form, as they must not take longer to show than to ask for.

use std::borrow::Cow;
use std::iter::repeat_n;

use comfy_table::{Cell as Drawn, CellAlignment, Color, presets};
use textwrap::core::display_width;

use super::RenderOptions;
use crate::system::Pid;

/// A text that is the same in many rows is not copied for each.
pub(super) type Cell = Cow<'static, str>;

/// What is in a column, and how it is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ColumnKind {
    /// Numbers, which are aligned on the right.
    Number,
    /// Words, which are never cut.
    Word,
    /// Words of which those are coloured that mean trouble.
    State,
    /// Text of any length: in the last column it is cut where a line ends.
    Text,
}

/// A column of a table whose rows are made of `R`.
pub(super) struct ColumnSpec<R: ?Sized> {
    /// Its name: in JSON, for `--columns`, and in capitals as its heading.
    pub name: &'static str,
    pub kind: ColumnKind,
    /// How soon it gives way where there is not enough room: those with the highest
    /// number first, those with 0 never.
    pub rank: u8,
    pub cell: fn(&R, &RenderOptions) -> Cell,
}

impl<R: ?Sized> ColumnSpec<R> {
    pub(super) const fn new(
        kind: ColumnKind,
        name: &'static str,
        rank: u8,
        cell: fn(&R, &RenderOptions) -> Cell,
    ) -> Self {
        Self { name, kind, rank, cell }
    }
}

/// The columns of a kind of table.
pub(super) trait Column: Copy {
    /// What a row is made of.
    type Row: ?Sized;

    fn spec(self) -> ColumnSpec<Self::Row>;
}

/// Rows of cells below headings.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
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

/// What is left of a text wherever it is cut.
const MIN_TEXT: usize = 12;

/// Tables with more rows than this are written without the library.
const MAX_DRAWN: usize = 200;

impl Table {
    /// A table with these columns, and a row for each of `rows`.
    pub(super) fn of<'a, C: Column>(
        columns: &[C],
        rows: impl IntoIterator<Item = &'a C::Row>,
        options: &RenderOptions,
    ) -> Self
    where
        C::Row: 'a,
    {
        let specs: Vec<_> = columns.iter().map(|column| column.spec()).collect();
        let cells = |row| specs.iter().map(|spec| (spec.cell)(row, options)).collect();
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
    pub(super) fn fit(mut self, options: &RenderOptions) -> Self {
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

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many characters the longest line takes up.
    pub(super) fn width(&self) -> usize {
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
        let (true, Some((_, before))) = (self.ends_in_text(), self.widths().split_last().map(own))
        else {
            return;
        };
        let room = room.saturating_sub(line_width(&before) + GAP.len()).max(MIN_TEXT);
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
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = display_width(cell).max(*width);
            }
        }
        widths
    }

    /// The lines, without a line feed at the end.
    pub(super) fn draw(&self) -> String {
        if self.rows.len() > MAX_DRAWN { self.write() } else { self.draw_by_library() }
    }

    fn draw_by_library(&self) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).enforce_styling();
        if !self.headless {
            table.set_header(self.headings.iter().map(|heading| &heading.text));
        }
        for row in &self.rows {
            table.add_row(row.iter().zip(&self.headings).map(|(cell, heading)| {
                let drawn = Drawn::new(cell);
                match self.colour_of(cell, heading.kind) {
                    Some(colour) => drawn.fg(colour.drawn()),
                    None => drawn,
                }
            }));
        }
        for (column, heading) in table.column_iter_mut().zip(&self.headings) {
            if heading.kind == ColumnKind::Number {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.trim_fmt()
    }

    fn write(&self) -> String {
        let widths = self.widths();
        let mut text = String::new();
        if !self.headless {
            let headings: Vec<Cell> =
                self.headings.iter().map(|heading| heading.text.clone().into()).collect();
            self.write_line(&mut text, &headings, &widths);
        }
        for row in &self.rows {
            self.write_line(&mut text, row, &widths);
        }
        text.truncate(text.trim_end_matches('\n').len());
        text
    }

    fn write_line(&self, text: &mut String, cells: &[Cell], widths: &[usize]) {
        for (at, ((cell, &width), heading)) in
            cells.iter().zip(widths).zip(&self.headings).enumerate()
        {
            text.push_str(if at == 0 { " " } else { GAP });
            let padding = repeat_n(' ', width - display_width(cell));
            let is_number = heading.kind == ColumnKind::Number;
            if is_number {
                text.extend(padding.clone());
            }
            match self.colour_of(cell, heading.kind) {
                Some(colour) => text.extend([colour.begin(), cell, "\x1b[39m"]),
                None => text.push_str(cell),
            }
            if !is_number && at + 1 < cells.len() {
                text.extend(padding);
            }
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }

    fn colour_of(&self, cell: &str, kind: ColumnKind) -> Option<Colour> {
        if self.colour && kind == ColumnKind::State { Colour::of(cell) } else { None }
    }
}

/// Between two columns.
const GAP: &str = "  ";

/// What there is not.
pub(super) const NONE: &str = "-";

/// What is not known.
pub(super) const UNKNOWN: &str = "?";

pub(super) fn or_none(value: Option<impl ToString>) -> Cell {
    value.map_or(NONE.into(), |value| value.to_string().into())
}

pub(super) fn or_unknown(value: Option<impl ToString>) -> Cell {
    value.map_or(UNKNOWN.into(), |value| value.to_string().into())
}

/// Pids separated by commas.
pub(super) fn pids<T>(all: &[T], pid: impl Fn(&T) -> Pid) -> Cell {
    match all {
        [] => NONE.into(),
        all => all.iter().map(|one| pid(one).to_string()).collect::<Vec<_>>().join(",").into(),
    }
}

/// What a word of a verdict or a state is written in.
#[derive(Clone, Copy, Debug)]
enum Colour {
    /// For trouble.
    Red,
    /// For what is to be looked at.
    Yellow,
}

impl Colour {
    fn of(word: &str) -> Option<Self> {
        match word {
            "orphaned" | "abandoned" => Some(Self::Red),
            "unknown" | "draining" => Some(Self::Yellow),
            _ => None,
        }
    }

    fn drawn(self) -> Color {
        match self {
            Self::Red => Color::DarkRed,
            Self::Yellow => Color::DarkYellow,
        }
    }

    fn begin(self) -> &'static str {
        match self {
            Self::Red => "\x1b[38;5;1m",
            Self::Yellow => "\x1b[38;5;3m",
        }
    }
}

fn line_width(widths: &[usize]) -> usize {
    1 + widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1)
}

fn own((last, before): (&usize, &[usize])) -> (usize, Vec<usize>) {
    (*last, before.to_vec())
}

/// A text that takes up no more than `room`, if it is longer: what is cut off is marked.
pub(super) fn shortened(text: &str, room: usize) -> Option<String> {
    if display_width(text) <= room {
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

    /// The text without colours, which may cover the blanks beside a word as well.
    fn seen(text: &str) -> String {
        let mut parts = text.split("\x1b[");
        let first = parts.next().unwrap().to_owned();
        let seen = parts.fold(first, |seen, part| seen + part.split_once('m').unwrap().1);
        seen.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
    }

    #[test]
    fn both_writers_draw_the_same() {
        for width in (20..=120).map(Some).chain([None]) {
            for colour in [false, true] {
                let table = table(width, colour);
                let [drawn, written] =
                    [table.draw_by_library(), table.write()].map(|text| seen(&text));
                assert_eq!(drawn, written, "{width:?}");
            }
        }
    }

    #[test]
    fn the_least_important_columns_go_first_and_no_line_is_wider() {
        let width = |text: &str| text.lines().map(display_width).max().unwrap();
        let headings = |text: &str| text.lines().next().unwrap().split_whitespace().count();
        for columns in 17..=120 {
            let drawn = table(Some(columns), false).draw();
            assert!(width(&drawn) <= columns.into(), "{columns}:\n{drawn}");
        }
        let seen: Vec<_> =
            [19, 30, 50].map(|width| headings(&table(Some(width), false).draw())).to_vec();
        assert_eq!(seen, [2, 3, 4]);
    }

    #[test]
    fn a_text_is_cut_by_what_it_takes_up() {
        assert_eq!(shortened("日本語", 6), None);
        assert_eq!(shortened("日本語", 5).as_deref(), Some("日本…"));
        assert_eq!(shortened("u\u{308}u\u{308}u\u{308}", 2).as_deref(), Some("u\u{308}…"));
    }
}
