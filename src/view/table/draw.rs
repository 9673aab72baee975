//! A table as lines of text.

use std::iter::repeat_n;

use anstyle::Style;
use textwrap::core::display_width;

use super::{Cell, ColumnKind, GAP, Table};
use crate::view::styles::{DOUBT, TROUBLE, styled};

impl Table {
    /// The lines, without a line feed at the end.
    pub(in crate::view) fn draw(&self) -> String {
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
        for (at, ((cell, &width), heading)) in
            cells.iter().zip(widths).zip(&self.headings).enumerate()
        {
            text.push_str(if at == 0 { " " } else { GAP });
            let padding = repeat_n(' ', width - display_width(cell));
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
        match cell {
            _ if !self.colour || kind != ColumnKind::State => None,
            "orphaned" | "abandoned" => Some(TROUBLE),
            "unknown" | "draining" => Some(DOUBT),
            _ => None,
        }
    }
}
