//! The JSON document of all sets, in which each set is written as soon as it is judged. What
//! follows from all of them stands after them.

use std::cell::{Cell, RefCell};
use std::io::Write;
use std::mem;

use anyhow::Result;
use jiff::Timestamp;

use super::Look;
use crate::cli::{SortBy, StatusArgs, StatusFormat};
use crate::cmd::status::Answer;
use crate::cmd::status::gaps::{Gaps, report_all};
use crate::exit::Exit;
use crate::json::{self, Each, Later};
use crate::sysv::SetInfo;
use crate::view::{SetReport, SetsReport};

/// Whether it is such a document, and the order of the sets is known before they are judged.
pub(in crate::cmd::status) fn is_streamed(args: &StatusArgs) -> bool {
    let is_sorted_later = args.all_namespaces || args.sort == Some(SortBy::Verdict);
    args.format == StatusFormat::Json && !args.quiet && !is_sorted_later
}

/// Writes the document. Once it has begun, nothing but the writing can fail, so a document
/// that has an end is complete.
pub(in crate::cmd::status) fn write(args: &StatusArgs, out: &mut impl Write) -> Result<Answer> {
    let mut look = Look::new(args)?;
    let here = look.own_namespace();
    let here = here.as_deref();
    let (limits, rows) = look.list()?;
    let owners = look.owners(limits);
    let exit = look.report_missing();
    look.found.reserve_exact(rows.len());
    let (look, is_wrong) = (RefCell::new(look), Cell::new(false));
    let mut is_late = false;
    let sets = rows.into_iter().filter_map(|row| {
        let mut look = look.borrow_mut();
        is_late = is_late || !look.judging.is_fresh();
        look.next_shown(row, here, is_late)
    });
    let overview = || {
        let mut look = look.borrow_mut();
        look.judging.fresh();
        look.look_into_blocks(0, None);
        let overview = look.overview(limits, here, None, owners);
        is_wrong.set(!overview.findings.is_empty());
        overview
    };
    let (schema, time) = (1, Timestamp::now());
    let (sets, overview) = (Each::of(sets), Later::by(overview));
    json::write(out, &SetsReport { schema, time, limits, sets, overview })?;
    out.flush()?;
    let gaps = mem::take(&mut look.borrow_mut().blocks.gaps);
    Ok(Answer { exit, is_wrong: is_wrong.get(), gaps })
}

impl Look<'_> {
    /// Reports the sets that were asked for and do not exist. The list of all is then freed.
    fn report_missing(&mut self) -> Exit {
        let mut missing = Gaps::default();
        missing.add_missing(self.args, &mem::take(&mut self.all));
        let exit = missing.exit();
        report_all(missing.take_failures());
        exit
    }

    /// What is shown of the next set, if it is asked for. If the reader is so slow that it
    /// `is_late`, neither the survey nor the header may be an old one.
    fn next_shown(&mut self, row: SetInfo, here: Option<&str>, is_late: bool) -> Option<SetReport> {
        let found = if is_late { self.judged_again(row, here) } else { self.judged(row, here) };
        let mut found = found?;
        let shown = self.shown(&mut found);
        self.found.push(found);
        Some(shown)
    }
}
