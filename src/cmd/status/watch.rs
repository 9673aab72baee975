//! `semlock status --watch`: a screen that is drawn again and again; where there is
//! none, one answer after the other.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use anyhow::Result;
use jiff::Timestamp;

use super::{Looker, View, how_to_look, report};
use crate::cli::{StatusArgs, StatusFormat};
use crate::exit::Exit;
use crate::failure;
use crate::system::{self, Event, Screen, Text};
use crate::view::{Finding, Frame, RenderOptions, heading, write_findings};

/// How often it is looked unless it is told.
const PERIOD: Duration = Duration::from_secs(2);

/// Nobody sees more than so many frames, and each takes its time.
const LEAST: Duration = Duration::from_millis(100);

/// What is longer than any clock can measure, as nobody waits for it.
const LONGEST: Duration = Duration::from_hours(24 * 365);

/// Looks until it is ended: by a key, by a signal, or since nobody reads any more. What
/// cannot be shown now may be there the next time.
pub(super) fn run(looker: &mut Looker, period: Option<Duration>) -> Result<Exit> {
    let period = period.unwrap_or(PERIOD).max(LEAST);
    let host = system::host();
    if looker.args.format == StatusFormat::Table && system::has_screen() {
        on_screen(looker, period, &host)?;
    } else {
        one_after_the_other(looker, period, &host)?;
    }
    Ok(Exit::Done)
}

fn on_screen(looker: &mut Looker, period: Duration, host: &Text) -> Result<()> {
    let screen = Screen::new()?;
    loop {
        let begin = Instant::now();
        let seen = screen.is_in_foreground().then(|| Seen::now(looker));
        let next = begin.checked_add(period).unwrap_or(begin + LONGEST);
        let next = next.max(Instant::now() + LEAST);
        loop {
            if let Some(seen) = &seen {
                let (columns, rows) = screen.size();
                let look = RenderOptions { width: Some(columns), ..how_to_look(looker.args) };
                screen.draw(&seen.frame(looker.args, period, host, &look)?.fit(columns, rows))?;
            }
            match screen.next(next)? {
                Event::Time => break,
                Event::Redraw if seen.is_none() => break,
                Event::Redraw => {}
                Event::Quit => return Ok(()),
            }
        }
    }
}

/// No screen has more rows: further sets would take time to draw that nobody sees.
const MOST_SETS: usize = 256;

/// What was seen at one moment, to be drawn as often as needed.
struct Seen {
    time: Timestamp,
    view: Option<View>,
    findings: Vec<Finding>,
    /// Why there is nothing, or not all of it, to be seen.
    error: String,
    /// How many sets are not in the report any more.
    left_out: usize,
}

impl Seen {
    fn now(looker: &mut Looker) -> Self {
        let (mut view, findings, errors) = match looker.look() {
            Ok((mut view, mut unseen)) => {
                let (findings, failures) = (view.take_findings(), unseen.take_failures());
                (Some(view), findings, failures.into_iter().map(Into::into).collect())
            }
            Err(error) => (None, Vec::new(), vec![error]),
        };
        let left_out = view.as_mut().map_or(0, |view| view.keep_sets(MOST_SETS));
        let error = errors.iter().map(failure::message).collect();
        Self { time: Timestamp::now(), view, findings, error, left_out }
    }

    fn frame(
        &self,
        args: &StatusArgs,
        period: Duration,
        host: &Text,
        look: &RenderOptions,
    ) -> io::Result<Frame> {
        let (mut body, mut findings) = (Vec::new(), Vec::new());
        body.extend_from_slice(self.error.as_bytes());
        if let Some(view) = &self.view {
            if !self.error.is_empty() {
                body.push(b'\n');
            }
            view.write_text(&mut body, args, look)?;
        }
        write_findings(&self.findings, &mut findings, look)?;
        let [body, findings] =
            [body, findings].map(|text| String::from_utf8_lossy(&text).into_owned());
        let heading = heading(host, period, self.time, look);
        Ok(Frame { heading, body, left_out: self.left_out, findings })
    }
}

fn one_after_the_other(looker: &mut Looker, period: Duration, host: &Text) -> Result<()> {
    loop {
        let begin = Instant::now();
        match looker.look() {
            Ok((view, mut unseen)) => {
                report(unseen.take_failures());
                write(&answer(&view, looker.args, period, host)?)?;
            }
            Err(error) => drop(failure::report(&error)),
        }
        if !system::is_read_after(period.saturating_sub(begin.elapsed()).max(LEAST))? {
            return Ok(());
        }
    }
}

/// One answer: for people below a heading, for programs followed by an empty line,
/// JSON as a document on one line.
fn answer(view: &View, args: &StatusArgs, period: Duration, host: &Text) -> io::Result<Vec<u8>> {
    let look = how_to_look(args);
    let mut answer = Vec::new();
    match args.format {
        StatusFormat::Json => return view.json_line(),
        StatusFormat::Prometheus => {}
        StatusFormat::Table if look.for_programs => {}
        StatusFormat::Table => {
            writeln!(answer, "{}\n", heading(host, period, Timestamp::now(), &look))?;
        }
    }
    view.write(&mut answer, args, &look)?;
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
