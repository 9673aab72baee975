//! `semlock status --watch`: a screen that is redrawn; without a terminal, one answer
//! after the other.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use anyhow::Result;
use jiff::Timestamp;

use super::gaps::report_all;
use super::output::{Report, render_options_for};
use super::query::Query;
use crate::cli::{StatusArgs, StatusFormat};
use crate::exit::Exit;
use crate::failure;
use crate::system::{self, Event, Screen, Text};
use crate::view::{Finding, Frame, RenderOptions, heading, write_findings};

/// The period if none is given.
const DEFAULT_PERIOD: Duration = Duration::from_secs(2);

/// Shorter periods are not worth the work: nobody sees so many frames.
const MIN_PERIOD: Duration = Duration::from_millis(100);

/// Stands for a period that is too long for the clock.
const MAX_PERIOD: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Looks again and again until a key or a signal ends it, or nobody reads any more. What
/// cannot be shown now may be there the next time.
pub(super) fn run(query: &mut Query, period: Option<Duration>) -> Result<Exit> {
    let period = period.unwrap_or(DEFAULT_PERIOD).max(MIN_PERIOD);
    let host = system::host_name();
    if query.args.format == StatusFormat::Table && system::has_screen() {
        on_screen(query, period, &host)?;
    } else {
        one_after_the_other(query, period, &host)?;
    }
    Ok(Exit::Done)
}

fn on_screen(query: &mut Query, period: Duration, host: &Text) -> Result<()> {
    let screen = Screen::new()?;
    loop {
        let begin = Instant::now();
        let snapshot = screen.is_in_foreground().then(|| Snapshot::now(query));
        let next = begin.checked_add(period).unwrap_or(begin + MAX_PERIOD);
        let next = next.max(Instant::now() + MIN_PERIOD);
        loop {
            if let Some(snapshot) = &snapshot {
                let (columns, rows) = screen.size();
                let options =
                    RenderOptions { width: Some(columns), ..render_options_for(query.args) };
                screen.draw(
                    &snapshot.frame(query.args, period, host, &options)?.fit(columns, rows),
                )?;
            }
            match screen.next(next)? {
                Event::Time => break,
                Event::Redraw if snapshot.is_none() => break,
                Event::Redraw => {}
                Event::Quit => return Ok(()),
            }
        }
    }
}

/// No screen has more rows, and sets that nobody sees would take time to draw.
const MAX_SHOWN_SETS: usize = 256;

/// What was seen at one moment, to be drawn as often as needed.
struct Snapshot {
    time: Timestamp,
    report: Option<Report>,
    findings: Vec<Finding>,
    /// Why nothing, or not everything, can be shown.
    error: String,
    /// How many sets were left out of the report.
    left_out: usize,
}

impl Snapshot {
    fn now(query: &mut Query) -> Self {
        let (mut report, findings, errors) = match query.look() {
            Ok((mut report, mut gaps)) => {
                let (findings, failures) = (report.take_findings(), gaps.take_failures());
                (Some(report), findings, failures.into_iter().map(Into::into).collect())
            }
            Err(error) => (None, Vec::new(), vec![error]),
        };
        let left_out = report.as_mut().map_or(0, |report| report.keep_sets(MAX_SHOWN_SETS));
        let error = errors.iter().map(failure::message).collect();
        Self { time: Timestamp::now(), report, findings, error, left_out }
    }

    fn frame(
        &self,
        args: &StatusArgs,
        period: Duration,
        host: &Text,
        options: &RenderOptions,
    ) -> io::Result<Frame> {
        let (mut body, mut findings) = (Vec::new(), Vec::new());
        body.extend_from_slice(self.error.as_bytes());
        if let Some(report) = &self.report {
            if !self.error.is_empty() {
                body.push(b'\n');
            }
            report.write_text(&mut body, args, options)?;
        }
        write_findings(&self.findings, &mut findings, options)?;
        let [body, findings] =
            [body, findings].map(|text| String::from_utf8_lossy(&text).into_owned());
        let heading = heading(host, period, self.time, options);
        Ok(Frame { heading, body, left_out: self.left_out, findings })
    }
}

fn one_after_the_other(query: &mut Query, period: Duration, host: &Text) -> Result<()> {
    loop {
        let begin = Instant::now();
        match query.look() {
            Ok((report, mut gaps)) => {
                report_all(gaps.take_failures());
                write(&answer(&report, query.args, period, host)?)?;
            }
            Err(error) => drop(failure::report(&error)),
        }
        if !system::is_read_after(period.saturating_sub(begin.elapsed()).max(MIN_PERIOD))? {
            return Ok(());
        }
    }
}

/// One answer: for people below a heading, for programs followed by an empty line,
/// JSON as a document on one line.
fn answer(
    report: &Report,
    args: &StatusArgs,
    period: Duration,
    host: &Text,
) -> io::Result<Vec<u8>> {
    let options = render_options_for(args);
    let mut answer = Vec::new();
    match args.format {
        StatusFormat::Json => return report.json_line(),
        StatusFormat::Prometheus => {}
        StatusFormat::Table if options.for_programs => {}
        StatusFormat::Table => {
            writeln!(answer, "{}\n", heading(host, period, Timestamp::now(), &options))?;
        }
    }
    report.write(&mut answer, args, &options)?;
    if args.format == StatusFormat::Table {
        writeln!(answer)?;
    }
    Ok(answer)
}

/// In one piece.
fn write(answer: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(answer)?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::super::output::tests::{FORMATS, arguments, reports};
    use super::*;
    use crate::failure::Failure;
    use crate::view::made::assert_renders;

    #[test]
    fn no_frame_and_no_answer_after_another_has_a_control_character() {
        for format in FORMATS {
            let args = arguments(format);
            assert_renders(format, |maker, options, out| {
                let host = maker.text();
                for report in reports(maker) {
                    out.extend(answer(&report, &args, DEFAULT_PERIOD, &host)?);
                    let failure = Failure::new(Exit::System, maker.string());
                    let snapshot = Snapshot {
                        time: Timestamp::UNIX_EPOCH,
                        report: Some(report),
                        findings: maker.findings(),
                        error: failure::message(&failure.cause(maker.string()).into()),
                        left_out: 0,
                    };
                    let frame = snapshot.frame(&args, DEFAULT_PERIOD, &host, options)?;
                    for line in frame.fit(u16::MAX, u16::MAX) {
                        writeln!(out, "{line}")?;
                    }
                }
                Ok(())
            });
        }
    }
}
