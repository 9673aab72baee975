//! `semlock status`.

use std::ffi::OsString;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};

use super::help::{BLOCK, OUTPUT, description, examples};
use super::time::{interval, time};
use super::values::{ChosenColumn, column, key, percent, whole};
use super::{MAX_NUMBER, Many, Target};
use crate::judge::Verdict;

const TEXT: &str = include_str!("help/status.txt");

/// `semlock status`
#[derive(Args, Debug)]
#[command(long_about = description(TEXT), after_long_help = examples(TEXT))]
#[command(next_help_heading = "What to show")]
#[command(mut_arg("orphaned", |arg| arg.hide_short_help(true)))]
#[command(mut_arg("owner", |arg| arg.hide_short_help(true)))]
#[expect(clippy::option_option, reason = "an option may be absent, bare or with a value")]
pub struct StatusArgs {
    /// Session ids: show only their slots
    #[arg(value_name = "SESSION", display_order = 0, conflicts_with = "many")]
    pub sessions: Vec<OsString>,

    /// A session id that begins with a dash; may be given several times
    #[arg(long = "session", value_name = "SESSION", allow_hyphen_values = true, action = ArgAction::Append, conflicts_with = "many", display_order = 1, hide_short_help = true)]
    pub dashed: Vec<OsString>,

    /// Show which of the session ids in DIR, FILE or standard input fall on each slot
    #[arg(long = "sessions", value_name = "DIR|FILE|-", value_hint = clap::ValueHint::AnyPath, display_order = 2, hide_short_help = true, long_help = "Show which session ids fall on each slot: the names of the files in DIR, the lines of FILE, or those of standard input (-)", allow_hyphen_values = true)]
    pub names: Option<OsString>,

    /// Which slots to list
    #[arg(long, value_enum, value_name = "WHICH", default_value_t = Slots::Used, hide_short_help = true)]
    pub slots: Slots,

    /// Key of the block [default: $SEMLOCK_KEY, else 31818]
    #[arg(long, long_help = KEYS_SHOWN, value_name = "KEY", value_parser = key, allow_negative_numbers = true, help_heading = BLOCK)]
    pub key: Vec<i32>,

    /// The block with this semid, whatever its key
    #[arg(long, long_help = "The block with this semid, whatever its key; may be given several times, which implies --all", value_name = "SEMID", value_parser = whole::<i32>("a semid", 0..=MAX_NUMBER), allow_negative_numbers = true, help_heading = BLOCK, hide_short_help = true)]
    pub id: Vec<i32>,

    /// Every set of this IPC namespace, instead of a block
    #[arg(short, long, long_help = "Every set of this IPC namespace instead of a block; --key and --id then choose among them", conflicts_with_all = ["sessions", "dashed"], help_heading = OF_SETS)]
    pub all: bool,

    /// Every set of every IPC namespace that has a process and may be entered
    #[arg(long, conflicts_with_all = ["sessions", "dashed", "ipc_namespace"], help_heading = OF_SETS, hide_short_help = true)]
    pub all_namespaces: bool,

    /// Which of the sets.
    #[command(flatten, next_help_heading = OF_SETS)]
    pub many: Many,

    /// Only sets that were neither used nor changed for TIME, such as 90m, 12h or 30d; implies --all
    #[arg(long, value_name = "TIME", value_parser = time, allow_negative_numbers = true, conflicts_with_all = ["sessions", "dashed"], help_heading = OF_SETS, hide_short_help = true)]
    pub idle: Option<Duration>,

    /// Only sets with one of these verdicts; implies --all
    #[arg(long, value_name = "VERDICT,...", value_enum, value_delimiter = ',', conflicts_with_all = ["sessions", "dashed"], help_heading = OF_SETS, hide_short_help = true)]
    pub verdict: Vec<Verdict>,

    /// Order of the sets [default: semid]; implies --all
    #[arg(long, value_enum, value_name = "BY", conflicts_with_all = ["sessions", "dashed"], help_heading = OF_SETS, hide_short_help = true)]
    pub sort: Option<SortBy>,

    /// Print only what is wrong; exit with 1 if anything is
    #[arg(long, long_help = "Print only what is wrong and the commands that fix it", help_heading = CHECK)]
    pub check: bool,

    /// With --check, print nothing
    #[arg(short, long, requires = "check", help_heading = CHECK, hide_short_help = true)]
    pub quiet: bool,

    /// How long a process may wait for a lock before it is reported
    #[arg(long, value_name = "TIME", value_parser = time, allow_negative_numbers = true, default_value = "60s", help_heading = CHECK, hide_short_help = true)]
    pub waiting: Duration,

    /// How much of a limit may be in use before it is reported
    #[arg(long, value_name = "PERCENT", value_parser = percent, allow_negative_numbers = true, default_value = "90", help_heading = CHECK, hide_short_help = true)]
    pub limit_warn: u8,

    /// Update the output every TIME [default: 2]
    #[arg(long, value_name = "TIME", value_parser = interval, num_args = 0..=1, allow_negative_numbers = true, conflicts_with = "check", help_heading = OUTPUT)]
    pub watch: Option<Option<Duration>>,

    /// Print only the table, with these columns
    #[arg(long, long_help = "Print only the table of slots or of sets, with these columns; each is one word, except the last, for awk and the like", value_name = "COLUMN,...", value_delimiter = ',', value_parser = column, help_heading = OUTPUT, hide_short_help = true)]
    pub columns: Vec<ChosenColumn>,

    /// Print only the table of slots or of sets, without headings
    #[arg(long, help_heading = OUTPUT, hide_short_help = true)]
    pub no_headers: bool,

    /// Output format, also of errors
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = StatusFormat::Table, help_heading = OUTPUT)]
    pub format: StatusFormat,
}

impl StatusArgs {
    /// Whether sessions are given, which have slots only in a block.
    pub fn asks_for_sessions(&self) -> bool {
        !self.sessions.is_empty() || !self.dashed.is_empty() || self.names.is_some()
    }

    /// Whether the header is shown, which may be read even if the semaphores may not.
    pub fn shows_header(&self) -> bool {
        !self.check && !self.no_headers && self.columns.is_empty()
    }

    /// Whether the options select some of all sets.
    pub fn selects(&self) -> bool {
        let is_named = !self.key.is_empty() || !self.id.is_empty();
        let is_idle = self.idle.is_some_and(|idle| !idle.is_zero());
        is_named || is_idle || !self.many.is_empty() || !self.verdict.is_empty()
    }

    /// The one block or set that is named, or the default block.
    pub fn target(&self) -> Target {
        Target { key: self.key.first().copied(), id: self.id.first().copied() }
    }
}

const KEYS_SHOWN: &str = "Key of the block, decimal or 0x hexadecimal; may be given several times, which implies --all [default: $SEMLOCK_KEY, else 31818]";
/// The group of the options that show sets instead of a block.
pub(crate) const OF_SETS: &str = "Which sets";
const CHECK: &str = "What to check";

/// Formats of what `status` shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum StatusFormat {
    /// For people
    #[default]
    Table,
    /// One JSON document
    Json,
    /// OpenMetrics text, for node_exporter's textfile collector
    Prometheus,
}

/// Orders of sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SortBy {
    /// By id
    Semid,
    /// By key
    Key,
    /// Most semaphores first
    Nsems,
    /// By the owner's number
    Uid,
    /// Most recent operation first, then sets without one
    Otime,
    /// Most recently changed first
    Ctime,
    /// Orphaned first, then unknown, idle and in-use
    Verdict,
}

/// Which slots `status` lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Slots {
    /// Slots that a process has or waits for
    Used,
    /// Every slot
    All,
}

#[cfg(test)]
impl StatusArgs {
    /// Those of a command line, whose words have no blanks.
    pub(crate) fn of(line: &str) -> Self {
        use clap::Parser;
        let words = ["semlock", "status"].into_iter().chain(line.split_whitespace());
        match super::Cli::try_parse_from(words).unwrap().command {
            super::Command::Status(args) => args.args,
            _ => panic!("{line}"),
        }
    }
}
