//! A report that is cut to fit the screen; its findings are kept.

use std::time::Duration;

use jiff::Timestamp;
use textwrap::core::display_width;

use super::{RenderOptions, shortened};
use crate::system::Text;
use crate::words::{exact, length};

/// What a screen shows at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// Where and when it was seen.
    pub heading: String,
    /// The report, which is cut at the end.
    pub body: String,
    /// How many sets the report leaves out at its end.
    pub left_out: usize,
    /// What is wrong, which is left out last.
    pub findings: String,
}

/// The line above a report that is shown again and again.
pub(crate) fn heading(
    host: &Text,
    period: Duration,
    time: Timestamp,
    options: &RenderOptions,
) -> String {
    let (every, time) = (length(period), exact(time, &options.zone));
    format!("semlock status  every {every}  {host}  {time}")
}

impl Frame {
    /// The lines that fit on a screen of this size. The findings stay in sight, and
    /// the report above them is cut; each is left at least half of the screen, if
    /// it needs as much.
    pub(crate) fn fit(&self, columns: u16, rows: u16) -> Vec<String> {
        let (columns, rows) = (usize::from(columns.max(1)), usize::from(rows));
        let part = |text: &str| text.lines().map(String::from).collect::<Vec<_>>();
        let mut lines = vec![cut(&self.heading, columns), String::new()];
        let (body, mut findings) = (part(&self.body), part(&self.findings));
        if !findings.is_empty() && !body.is_empty() {
            findings.insert(0, String::new());
        }
        let room = rows.saturating_sub(lines.len());
        let (upper, lower) = (height(&body, columns), height(&findings, columns));
        let below = lower.min(room - room / 2).max(room.saturating_sub(upper)).min(lower);
        lines.extend(head(body, self.left_out, columns, room - below));
        lines.extend(head(findings, 0, columns, below));
        lines.truncate(rows);
        lines
    }
}

/// The lines that fit into so many rows, and how many do not.
fn head(mut lines: Vec<String>, sets: usize, columns: usize, rows: usize) -> Vec<String> {
    if height(&lines, columns) <= rows && sets == 0 {
        return lines;
    }
    let mut room = rows.saturating_sub(1);
    let fits = lines.iter().take_while(|line| {
        let left = room.checked_sub(height_of(line, columns));
        left.inspect(|&left| room = left).is_some()
    });
    let number = fits.count();
    let more = [(lines.len() - number, "line"), (sets, "set")];
    let more = more.into_iter().filter(|&(number, _)| number > 0);
    let more: Vec<_> = more
        .map(|(number, noun)| format!("{number} more {noun}{}", if number == 1 { "" } else { "s" }))
        .collect();
    lines.truncate(number);
    lines.push(cut(&format!("… {}", more.join(" and ")), columns));
    lines
}

fn height(lines: &[String], columns: usize) -> usize {
    lines.iter().map(|line| height_of(line, columns)).sum()
}

/// A terminal continues a long line in the next row.
fn height_of(line: &str, columns: usize) -> usize {
    display_width(line).div_ceil(columns).max(1)
}

fn cut(line: &str, columns: usize) -> String {
    shortened(line, columns).unwrap_or_else(|| line.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(body: usize, findings: usize) -> Frame {
        let lines = |name: &str, number| {
            (1..=number).map(|at| format!("{name}{at}\n")).collect::<Vec<_>>().concat()
        };
        let (body, findings) = (lines("b", body), lines("f", findings));
        Frame { heading: "heading".into(), body, left_out: 0, findings }
    }

    #[test]
    fn what_fits_is_all_there() {
        assert_eq!(frame(2, 1).fit(80, 6), ["heading", "", "b1", "b2", "", "f1"]);
        assert_eq!(frame(2, 0).fit(80, 4), ["heading", "", "b1", "b2"]);
        assert_eq!(frame(0, 1).fit(80, 24), ["heading", "", "f1"]);
    }

    #[test]
    fn the_report_is_cut_and_the_findings_stay() {
        let shown = frame(9, 1).fit(80, 8);
        assert_eq!(shown, ["heading", "", "b1", "b2", "b3", "… 6 more lines", "", "f1"]);
    }

    #[test]
    fn sets_that_were_left_out_are_counted() {
        let frame = Frame { left_out: 7, ..frame(9, 0) };
        let shown = frame.fit(80, 6);
        assert_eq!(shown[2..], ["b1", "b2", "b3", "… 6 more lines and 7 more sets"]);
        assert_eq!(frame.fit(80, 24).last().unwrap(), "… 7 more sets");
    }

    #[test]
    fn findings_without_end_leave_half_of_the_screen() {
        let shown = frame(9, 9).fit(80, 10);
        let expected = ["heading", "", "b1", "b2", "b3", "… 6 more lines"];
        assert_eq!(shown[..6], expected);
        assert_eq!(shown[6..], ["", "f1", "f2", "… 7 more lines"]);
        assert_eq!(frame(1, 9).fit(80, 8)[2..], ["b1", "", "f1", "f2", "f3", "… 6 more lines"]);
    }

    #[test]
    fn no_frame_has_more_rows_than_the_screen() {
        for rows in 0..20 {
            for (body, findings) in [(0, 0), (9, 0), (9, 3), (3, 9), (20, 20)] {
                let lines = frame(body, findings).fit(3, rows);
                assert!(height(&lines, 3) <= rows.into(), "{rows}: {lines:?}");
            }
        }
    }

    #[test]
    fn a_line_that_is_continued_takes_its_rows() {
        let mut frame = frame(3, 0);
        frame.body = format!("{}\n\x1b[31mx\x1b[0m\ny\n", "a".repeat(45));
        assert_eq!(frame.fit(20, 7).len(), 5);
        assert_eq!(frame.fit(20, 6).last().unwrap(), "… 2 more lines");
    }
}
