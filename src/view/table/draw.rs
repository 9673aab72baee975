//! A table as lines of text: drawn by comfy-table, or written here where there are so
//! many rows that drawing would take a second and a hundred megabytes.

use std::iter::repeat_n;

use anstyle::{AnsiColor, Style};
use comfy_table::{CellAlignment, Color, presets};

use super::{Cell, ColumnKind, GAP, Table};
use crate::judge::Verdict;
use crate::view::styles::{DOUBT, TROUBLE, styled};
use crate::view::{SlotState, width};

/// With more rows than this, nobody looks at the table as a whole.
const MAX_DRAWN: usize = 200;

impl Table {
    /// The lines, without a line feed at the end.
    pub(in crate::view) fn draw(&self) -> String {
        if self.rows.len() > MAX_DRAWN { self.write() } else { self.draw_by_library() }
    }

    pub(super) fn draw_by_library(&self) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).enforce_styling();
        if !self.headless {
            table.set_header(self.headings.iter().map(|heading| &heading.text));
        }
        for row in &self.rows {
            table.add_row(row.iter().zip(&self.headings).map(|(cell, heading)| {
                let drawn = comfy_table::Cell::new(cell);
                match self.style_of(cell, heading.kind).and_then(colour) {
                    Some(colour) => drawn.fg(colour),
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

    pub(super) fn write(&self) -> String {
        let widths = self.widths();
        let mut text = String::new();
        if !self.headless {
            let headings = self.headings.iter().map(|heading| Cell::from(heading.text.clone()));
            self.draw_line(&mut text, &headings.collect::<Vec<_>>(), &widths);
        }
        for row in &self.rows {
            self.draw_line(&mut text, row, &widths);
        }
        text.truncate(text.trim_end_matches('\n').len());
        text
    }

    fn draw_line(&self, text: &mut String, cells: &[Cell], widths: &[usize]) {
        for (at, ((cell, &widest), heading)) in
            cells.iter().zip(widths).zip(&self.headings).enumerate()
        {
            text.push_str(if at == 0 { " " } else { GAP });
            let padding = repeat_n(' ', widest - width(cell));
            match heading.kind {
                ColumnKind::Number => {
                    text.extend(padding);
                    text.push_str(cell);
                }
                kind => {
                    match self.style_of(cell, kind) {
                        Some(style) => text.push_str(&styled(cell, style, true)),
                        None => text.push_str(cell),
                    }
                    text.extend(padding);
                }
            }
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }

    fn style_of(&self, cell: &str, kind: ColumnKind) -> Option<Style> {
        let is_one_of =
            |verdict: Verdict, state: SlotState| cell == verdict.name() || cell == state.name();
        match kind {
            ColumnKind::State if !self.colour => None,
            ColumnKind::State if is_one_of(Verdict::Orphaned, SlotState::Abandoned) => {
                Some(TROUBLE)
            }
            ColumnKind::State if is_one_of(Verdict::Unknown, SlotState::Draining) => Some(DOUBT),
            _ => None,
        }
    }
}

fn colour(style: Style) -> Option<Color> {
    match style.get_fg_color()? {
        anstyle::Color::Ansi(AnsiColor::Red) => Some(Color::DarkRed),
        anstyle::Color::Ansi(AnsiColor::Yellow) => Some(Color::DarkYellow),
        _ => None,
    }
}
