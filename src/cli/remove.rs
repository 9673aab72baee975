//! `semlock remove`.

use std::time::Duration;

use clap::Args;

use super::help::{BLOCK, OUTPUT, description, examples};
use super::time::time;
use super::values::{key, whole};
use super::{Format, MAX_NUMBER, Many};

const TEXT: &str = include_str!("help/remove.txt");

/// `semlock remove`
#[derive(Args, Debug)]
#[command(long_about = description(TEXT), after_long_help = examples(TEXT))]
#[command(mut_group("many", |many| many.conflicts_with_all(["key", "id"])))]
pub struct RemoveArgs {
    /// Key of the block [default: $SEMLOCK_KEY, else 31818]; may be given several times
    #[arg(long, long_help = KEYS, value_name = "KEY", value_parser = key, allow_negative_numbers = true, help_heading = BLOCK)]
    pub key: Vec<i32>,

    /// The set with this semid, whatever its key; may be given several times
    #[arg(long, value_name = "SEMID", value_parser = whole::<i32>("a semid", 0..=MAX_NUMBER), allow_negative_numbers = true, help_heading = BLOCK, hide_short_help = true)]
    pub id: Vec<i32>,

    /// Which sets, instead of one.
    #[command(flatten, next_help_heading = MANY)]
    pub many: Many,

    /// Every set
    #[arg(long, conflicts_with_all = ["key", "id"], help_heading = MANY)]
    pub all: bool,

    /// Only sets that were neither used nor changed for TIME
    #[arg(long, long_help = "Only sets that were neither used nor changed for TIME, such as 90m, 12h or 30d; a TIME below 10s includes sets that are younger than 10 seconds", value_name = "TIME", value_parser = time, allow_negative_numbers = true, help_heading = MANY)]
    pub idle: Option<Duration>,

    /// Ignore a process that has nothing to do with the sets, or every process with this name; may be given several times
    #[arg(long, value_name = "PID|COMMAND", value_parser = clap::builder::NonEmptyStringValueParser::new(), help_heading = REMOVING, hide_short_help = true)]
    pub ignore: Vec<String>,

    /// Do not ask
    #[arg(short, long, long_help = "Do not ask; needed for several sets if there is no terminal", help_heading = REMOVING)]
    pub yes: bool,

    /// Show what would be removed or kept, and why
    #[arg(short = 'n', long, long_help = "Show what would be removed or kept, and why; change nothing", help_heading = REMOVING)]
    pub dry_run: bool,

    /// Succeed if there is no such block
    #[arg(long, help_heading = REMOVING, hide_short_help = true)]
    pub if_exists: bool,

    /// Remove it even if it is in use
    #[arg(long, long_help = "Remove it even if it is in use: its holders and waiters may continue without a lock", help_heading = REMOVING)]
    pub force: bool,

    /// Print a line for each set, with all that is known about it
    #[arg(short, long, help_heading = OUTPUT)]
    pub verbose: bool,

    /// Report only refusals and failures
    #[arg(short, long, conflicts_with = "verbose", help_heading = OUTPUT)]
    pub quiet: bool,

    /// Output format, also of errors
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Table, help_heading = OUTPUT, hide_short_help = true)]
    pub format: Format,
}

const KEYS: &str = "Key of the block, decimal or 0x hexadecimal; may be given several times [default: $SEMLOCK_KEY, else 31818]";
const MANY: &str = "Which sets, instead of a block";
const REMOVING: &str = "How to remove";
