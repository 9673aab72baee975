//! What `status` shows, in each of its formats.

use std::io::{self, Write};
use std::mem;

use crate::cli::{ChosenColumn, Slots, StatusArgs, StatusFormat};
use crate::cmd::shared::render_options;
use crate::json;
use crate::view::{Finding, RenderOptions, SemaphoresReport, SetsReport, StatusReport};

pub(super) enum Report {
    Block(Box<StatusReport>),
    Set(Box<SemaphoresReport>),
    Sets(Box<SetsReport>),
}

impl Report {
    pub(super) fn findings(&self) -> &[Finding] {
        match self {
            Self::Block(report) => &report.findings,
            Self::Set(report) => &report.findings,
            Self::Sets(report) => &report.overview.findings,
        }
    }

    /// Takes what is wrong, to be shown apart.
    pub(super) fn take_findings(&mut self) -> Vec<Finding> {
        mem::take(match self {
            Self::Block(report) => &mut report.findings,
            Self::Set(report) => &mut report.findings,
            Self::Sets(report) => &mut report.overview.findings,
        })
    }

    /// Keeps the first sets, and returns how many others there were.
    pub(super) fn keep_sets(&mut self, most: usize) -> usize {
        let Self::Sets(report) = self else { return 0 };
        let number = report.sets.len();
        report.sets.truncate(most);
        number - report.sets.len()
    }

    pub(super) fn write(
        &self,
        out: &mut impl Write,
        args: &StatusArgs,
        options: &RenderOptions,
    ) -> io::Result<()> {
        match args.format {
            StatusFormat::Table => self.write_text(out, args, options),
            StatusFormat::Json => match self {
                Self::Block(report) => json::write(out, report),
                Self::Set(report) => json::write(out, report),
                Self::Sets(report) => json::write(out, report),
            },
            StatusFormat::Prometheus => match self {
                Self::Block(report) => report.write_metrics(out),
                Self::Set(report) => report.write_metrics(out),
                Self::Sets(report) => report.write_metrics(out),
            },
        }
    }

    pub(super) fn write_text(
        &self,
        out: &mut impl Write,
        args: &StatusArgs,
        options: &RenderOptions,
    ) -> io::Result<()> {
        match self {
            Self::Block(report) => {
                let columns = chosen(args, |column| column.slot);
                report.write_text(out, &columns, options)
            }
            Self::Set(report) => {
                let columns = chosen(args, |column| column.semaphore);
                report.write_text(out, &columns, args.slots == Slots::All, options)
            }
            Self::Sets(report) => {
                let columns = chosen(args, |column| column.set);
                report.write_text(out, &columns, options)
            }
        }
    }

    /// As a document on one line.
    pub(super) fn json_line(&self) -> io::Result<Vec<u8>> {
        match self {
            Self::Block(report) => json::line(report),
            Self::Set(report) => json::line(report),
            Self::Sets(report) => json::line(report),
        }
    }
}

/// The chosen columns that a table has, in that order.
fn chosen<C>(args: &StatusArgs, of_table: fn(&ChosenColumn) -> Option<C>) -> Vec<C> {
    args.columns.iter().filter_map(of_table).collect()
}

/// As the terminal and the options ask for.
pub(super) fn render_options_for(args: &StatusArgs) -> RenderOptions {
    RenderOptions {
        headless: args.no_headers,
        for_programs: args.no_headers || !args.columns.is_empty(),
        ..render_options(&io::stdout())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::view::made::{Maker, assert_renders};

    pub(in crate::cmd::status) const FORMATS: [&str; 3] = ["table", "json", "prometheus"];

    pub(in crate::cmd::status) fn arguments(format: &str) -> StatusArgs {
        StatusArgs::of(&format!("--format {format}"))
    }

    /// A report of each kind.
    pub(in crate::cmd::status) fn reports(maker: &mut Maker) -> [Report; 3] {
        let block = Report::Block(maker.block(5).into());
        [block, Report::Set(maker.semaphores().into()), Report::Sets(maker.sets(3).into())]
    }

    #[test]
    fn no_format_of_status_has_a_control_character() {
        for format in FORMATS {
            let args = arguments(format);
            assert_renders(format, |maker, options, out| {
                reports(maker).iter().try_for_each(|report| report.write(out, &args, options))
            });
        }
    }
}
