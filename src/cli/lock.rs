//! `semlock lock`.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;

use super::help::{BLOCK, OUTPUT, description, examples};
use super::time::time;
use super::values::{nsems, whole};
use super::{MAX_NUMBER, Sessions, Target, TextFormat};

const TEXT: &str = include_str!("help/lock.txt");

/// `semlock lock`
#[derive(Args, Debug, Default)]
#[command(long_about = description(TEXT), after_long_help = examples(TEXT))]
#[expect(clippy::option_option, reason = "an option may be absent, bare or with a value")]
pub struct LockArgs {
    /// Which slots.
    #[command(flatten, next_help_heading = WHAT)]
    pub which: Sessions,

    /// Read lock: shared with other readers, excludes writers
    #[arg(short, long, overrides_with = "exclusive", help_heading = WHAT)]
    pub shared: bool,

    /// Write lock: excludes everybody else (the default)
    #[arg(short = 'x', short_alias = 'e', long, overrides_with = "shared", help_heading = WHAT)]
    pub exclusive: bool,

    /// Which block.
    #[command(flatten, next_help_heading = BLOCK)]
    pub target: Target,

    /// Refuse the block unless it has N semaphores, the application's NSems
    #[arg(long, value_name = "N", value_parser = nsems, allow_negative_numbers = true, help_heading = BLOCK, hide_short_help = true)]
    pub nsems: Option<u16>,

    /// Create the block if it is missing, with NSEMS semaphores and the warnings of semlock create [default: 32 on Linux]
    #[arg(long, value_name = "NSEMS", num_args = 0..=1, require_equals = true, value_parser = nsems, help_heading = BLOCK, hide_short_help = true)]
    pub create: Option<Option<u16>>,

    /// Do not wait: exit with 75 if the lock is not free
    #[arg(short, long, long_help = "Do not wait, even with --wait: exit with status 75 if the lock is not free", aliases = ["nb", "nonblocking"], help_heading = WAIT)]
    pub nonblock: bool,

    /// Wait at most TIME, such as 5, 2.5 or 2m; then exit with 75
    #[arg(short, long, long_help = "Wait at most TIME, then exit with status 75", alias = "timeout", value_name = "TIME", value_parser = time, allow_negative_numbers = true, help_heading = WAIT)]
    pub wait: Option<Duration>,

    /// Exit with N instead of 75 if the lock is busy
    #[arg(short = 'E', long, value_name = "N", value_parser = whole::<u8>("an exit status", 0..=255), allow_negative_numbers = true, help_heading = WAIT, hide_short_help = true)]
    pub conflict_exit_code: Option<u8>,

    /// Let no new readers in, and wait for the current ones to leave
    #[arg(long, conflicts_with = "shared", help_heading = WAIT, hide_short_help = true)]
    pub drain: bool,

    /// Command to run while the lock is held, and its arguments
    #[arg(last = true, hide_short_help = true, conflicts_with_all = ["for_process", "persist"], help_heading = HOLD, display_order = 0, value_name = "COMMAND", value_hint = clap::ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,

    /// Without COMMAND: keep the lock until process PID ends
    #[arg(long = "for", long_help = "Without COMMAND: keep the lock until process PID ends [default: the calling process]", value_name = "PID", value_parser = whole::<i32>("a pid", 1..=MAX_NUMBER), allow_negative_numbers = true, conflicts_with = "persist", help_heading = HOLD)]
    pub for_process: Option<i32>,

    /// Without COMMAND: keep the lock until it is unlocked
    #[arg(long, long_help = "Without COMMAND: leave the lock in the block, held by no process, until it is unlocked", help_heading = HOLD)]
    pub persist: bool,

    /// Does nothing: children of COMMAND never inherit the lock
    #[arg(short = 'o', long, help_heading = HOLD, hide_short_help = true)]
    pub close: bool,

    /// Does nothing: semlock becomes COMMAND wherever SEM_UNDO works
    #[arg(short = 'F', long, help_heading = HOLD, hide_short_help = true)]
    pub no_fork: bool,

    /// Say what semlock waits for, even if stderr is not a terminal
    #[arg(long, help_heading = OUTPUT, hide_short_help = true)]
    pub verbose: bool,

    /// Print neither warnings about a block that --create creates, nor how to release a persistent read lock
    #[arg(short, long, help_heading = OUTPUT, hide_short_help = true)]
    pub quiet: bool,

    /// Format of the error messages
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = TextFormat::Text, help_heading = OUTPUT, hide_short_help = true)]
    pub format: TextFormat,
}

const WHAT: &str = "What to lock";
const WAIT: &str = "How to wait";
const HOLD: &str = "How to hold";
