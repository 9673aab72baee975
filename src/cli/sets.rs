//! `status` and `remove`: what is done with a block or with many sets.

use std::ffi::OsString;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};
use jiff::SignedDuration;

use super::values::{column, idle, percent, seconds};
use super::{Format, Target};

/// `semlock status`
#[derive(Args, Debug)]
pub struct StatusArgs {
    /// Session ids whose slots are shown
    #[arg(value_name = "SESSION")]
    pub sessions: Vec<OsString>,

    /// A session id that begins with a dash; may be given several times
    #[arg(long = "session", value_name = "SESSION", allow_hyphen_values = true, action = ArgAction::Append)]
    pub dashed: Vec<OsString>,

    /// Form of the answer, and of an error
    #[arg(long, value_enum, value_name = "FORM", default_value_t = StatusFormat::Table)]
    pub format: StatusFormat,

    /// Which slots are listed
    #[arg(long, value_enum, value_name = "WHICH", default_value_t = Slots::Used)]
    pub slots: Slots,

    /// Print nothing; exit with status 1 if something is abandoned, deadlocked or orphaned, or a limit is nearly reached, else with 77 if not everything could be looked at
    #[arg(long)]
    pub check: bool,

    /// How much of a limit may be in use before --check objects
    #[arg(long, value_name = "PERCENT", value_parser = percent, default_value = "90")]
    pub limit_warn: u8,

    /// Show it again and again, every SECS seconds [default: 2]
    #[arg(long, value_name = "SECS", value_parser = seconds, num_args = 0..=1, conflicts_with = "check")]
    pub watch: Option<Option<Duration>>,

    /// Only the table of slots or of sets, with these columns, of one word each but the last, for awk and the like
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',', value_parser = column)]
    pub columns: Vec<String>,

    /// Only the table of slots or of sets, without headings
    #[arg(long)]
    pub no_headers: bool,

    /// Every set of this IPC namespace instead of a block; --key and --id then choose among them
    #[arg(short, long, conflicts_with_all = ["sessions", "dashed"])]
    pub all: bool,

    /// The same of every IPC namespace that has a process and may be entered
    #[arg(long, conflicts_with_all = ["sessions", "dashed", "ipc_namespace"])]
    pub all_namespaces: bool,

    /// Only the sets that this user owns, by name or number; implies --all
    #[arg(long, value_name = "USER", conflicts_with_all = ["sessions", "dashed"])]
    pub owner: Option<String>,

    /// Only the sets that were neither used nor changed for so long, such as 90m, 12h or 30d; implies --all
    #[arg(long, value_name = "DURATION", value_parser = idle, conflicts_with_all = ["sessions", "dashed"])]
    pub idle: Option<SignedDuration>,

    /// Only the sets with one of these verdicts; implies --all
    #[arg(long, value_enum, value_name = "VERDICT,...", value_delimiter = ',', conflicts_with_all = ["sessions", "dashed"])]
    pub verdict: Vec<VerdictName>,

    /// Order of the sets [default: semid]; implies --all
    #[arg(long, value_enum, value_name = "BY", conflicts_with_all = ["sessions", "dashed"])]
    pub sort: Option<SortBy>,

    /// Which block.
    #[command(flatten)]
    pub target: Target,
}

/// Forms of what `status` shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum StatusFormat {
    /// For people
    #[default]
    Table,
    /// One JSON document
    Json,
    /// OpenMetrics text, for Prometheus' textfile collector
    Prometheus,
}

/// What is thought of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum VerdictName {
    /// A process waits on it, holds a lock in it, or has used it last and lives
    InUse,
    /// No process is seen to use it, and one might
    Idle,
    /// No living process can be using it
    Orphaned,
    /// Not everything could be read that is needed to tell
    Unknown,
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
    Owner,
    /// Last used first, then those never used
    Used,
    /// Last changed first
    Changed,
    /// Orphaned first, then unknown, idle and in-use
    Verdict,
}

/// `semlock remove`
#[derive(Args, Debug)]
pub struct RemoveArgs {
    /// Which sets, instead of one.
    #[command(flatten)]
    pub many: Many,

    /// Only sets that were neither used nor changed for so long, such as 90m, 12h or 30d; with less than 10s, also sets that are younger than 10 seconds
    #[arg(long, value_name = "DURATION", value_parser = idle)]
    pub idle: Option<SignedDuration>,

    /// Leave a process out of account that has nothing to do with the sets, or every process with this name; may be given several times
    #[arg(long, value_name = "PID|COMMAND", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub ignore: Vec<String>,

    /// Do not ask; needed for several sets where there is no terminal to ask on
    #[arg(short, long)]
    pub yes: bool,

    /// Show what would be removed and what kept, and why; change nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,

    /// Succeed if there is no such block
    #[arg(long)]
    pub if_exists: bool,

    /// Remove it even if it is in use: its holders and waiters go on without a lock
    #[arg(long)]
    pub force: bool,

    /// Say nothing but what is refused or fails
    #[arg(short, long)]
    pub quiet: bool,

    /// Form of the answer, and of an error
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Format::Table)]
    pub format: Format,

    /// Which block.
    #[command(flatten)]
    pub target: Target,
}

/// Which sets of all that there are: those for which all of this holds.
#[derive(Args, Clone, Debug, Default)]
#[group(id = "many", multiple = true, conflicts_with_all = ["key", "id"])]
pub struct Many {
    /// Sets that no living process can be using
    #[arg(long)]
    pub orphaned: bool,

    /// Sets that this user owns, by name or number
    #[arg(long, value_name = "USER")]
    pub owner: Option<String>,

    /// Sets that this user created, by name or number
    #[arg(long, value_name = "USER")]
    pub creator: Option<String>,

    /// Sets of N semaphores
    #[arg(long, value_name = "N")]
    pub nsems: Option<u32>,

    /// Sets without a key
    #[arg(long)]
    pub private: bool,

    /// Every set
    #[arg(long)]
    pub all: bool,
}
/// Which slots `status` lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Slots {
    /// Those that somebody has or waits for
    Used,
    /// Every one
    All,
}
