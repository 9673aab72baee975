//! `create`, `lock` and `unlock`: what is done with one block.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;

use super::values::{key, mode, nsems, seconds};
use super::{Format, Sessions, Target};

/// `semlock create`
#[derive(Args, Debug)]
pub struct CreateArgs {
    /// Key of the block, decimal or 0x hexadecimal [default: $SEMLOCK_KEY, else 31818]
    #[arg(long, value_name = "KEY", value_parser = key, allow_negative_numbers = true)]
    pub key: Option<i32>,

    /// Number of semaphores, two for a slot; must be the application's NSems [default: 32 on Linux]
    #[arg(long, value_name = "N", value_parser = nsems, allow_negative_numbers = true)]
    pub nsems: Option<u16>,

    /// Permissions, octal; the Perl module needs read, write and execute [default: 0700]
    #[arg(long, value_name = "MODE", value_parser = mode)]
    pub mode: Option<u16>,

    /// Owner of the block, by name or number [default: the user that runs semlock]
    #[arg(long, value_name = "USER[:GROUP]")]
    pub owner: Option<String>,

    /// Succeed if the block exists already, with the size, owner and mode that are asked for
    #[arg(long)]
    pub exist_ok: bool,

    /// Replace the block that is there, if nobody has or waits for a lock of it; what is not asked for stays as it is
    #[arg(long, conflicts_with = "exist_ok")]
    pub replace: bool,

    /// No warnings of what goes wrong with such a block later
    #[arg(short, long)]
    pub quiet: bool,

    /// Form of the answer, and of an error
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Format::Table)]
    pub format: Format,
}

/// `semlock lock`
#[derive(Args, Debug, Default)]
pub struct LockArgs {
    /// Which slots.
    #[command(flatten)]
    pub which: Sessions,

    /// Read lock: other readers may come in, writers may not
    #[arg(short, long, conflicts_with = "exclusive")]
    pub shared: bool,

    /// Write lock: nobody else may come in (the default)
    #[arg(short = 'x', short_alias = 'e', long)]
    pub exclusive: bool,

    /// Do not wait: exit with status 75 if the lock is not free
    #[arg(short, long, visible_alias = "nb", conflicts_with = "wait")]
    pub nonblock: bool,

    /// Wait at most SECS seconds, fractions allowed, then exit with status 75
    #[arg(short, long, visible_alias = "timeout", value_name = "SECS", value_parser = seconds, allow_negative_numbers = true)]
    pub wait: Option<Duration>,

    /// Exit with N instead of 75 if the lock is not got
    #[arg(short = 'E', long, value_name = "N")]
    pub conflict_exit_code: Option<u8>,

    /// Make the block if it is missing, of NSEMS semaphores, with the remarks of semlock create [default: 32 on Linux]
    #[arg(long, value_name = "NSEMS", num_args = 0..=1, require_equals = true, value_parser = nsems)]
    pub create: Option<Option<u16>>,

    /// No remarks on the block that --create makes
    #[arg(short, long)]
    pub quiet: bool,

    /// Refuse the block unless it has N semaphores, the application's NSems
    #[arg(long, value_name = "N", value_parser = nsems, allow_negative_numbers = true)]
    pub nsems: Option<u16>,

    /// Form of the error messages
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Format::Table)]
    pub format: Format,

    /// Which block.
    #[command(flatten)]
    pub target: Target,

    /// Raise the writer flags first, then wait for the readers that are in
    #[arg(long, conflicts_with = "shared")]
    pub drain: bool,

    /// Without COMMAND: keep the lock until process PID ends [default: the calling process]
    #[arg(long = "for", value_name = "PID", value_parser = clap::value_parser!(i32).range(1..), conflicts_with = "persist")]
    pub for_process: Option<i32>,

    /// Without COMMAND: leave the lock in the block, held by no process, until it is unlocked
    #[arg(long)]
    pub persist: bool,

    /// Say what is waited for, also where stderr is no terminal
    #[arg(long)]
    pub verbose: bool,

    /// Command to run while the lock is held, and its arguments
    #[arg(last = true, conflicts_with_all = ["for_process", "persist"], value_name = "COMMAND", value_hint = clap::ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,
}

/// `semlock unlock`
#[derive(Args, Debug)]
pub struct UnlockArgs {
    /// Which slots.
    #[command(flatten)]
    pub which: Sessions,

    /// Take the lock away whoever has it; a living holder goes on without
    #[arg(long)]
    pub force: bool,

    /// Clear only write locks whose process has provably ended
    #[arg(long, conflicts_with = "force")]
    pub abandoned: bool,

    /// Refuse the block unless it has N semaphores, the application's NSems
    #[arg(long, value_name = "N", value_parser = nsems, allow_negative_numbers = true)]
    pub nsems: Option<u16>,

    /// Form of the error messages
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Format::Table)]
    pub format: Format,

    /// Which block.
    #[command(flatten)]
    pub target: Target,
}
