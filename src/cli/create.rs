//! `semlock create`.

use clap::Args;

use super::Format;
use super::help::{BLOCK, KEY, OUTPUT, description, examples};
use super::values::{key, mode, nsems};

const TEXT: &str = include_str!("help/create.txt");

/// `semlock create`
#[derive(Args, Debug)]
#[command(long_about = description(TEXT), after_long_help = examples(TEXT))]
#[command(next_help_heading = "How to create it")]
pub struct CreateArgs {
    /// Key of the block [default: $SEMLOCK_KEY, else 31818]
    #[arg(long, long_help = KEY, value_name = "KEY", value_parser = key, allow_negative_numbers = true, help_heading = BLOCK)]
    pub key: Option<i32>,

    /// Number of semaphores, the application's NSems [default: 32 on Linux]
    #[arg(long, long_help = "Number of semaphores, two for each slot; must be the application's NSems [default: 32 on Linux]", value_name = "N", value_parser = nsems, allow_negative_numbers = true)]
    pub nsems: Option<u16>,

    /// Permissions, octal [default: 0700]
    #[arg(long, long_help = "Permissions, octal; the Perl module needs read, write and execute [default: 0700]", value_name = "MODE", value_parser = mode, allow_negative_numbers = true)]
    pub mode: Option<u16>,

    /// Owner, by name or number [default: yourself]
    #[arg(
        long,
        long_help = "Owner of the block, by name or number [default: the user that runs semlock]",
        value_name = "USER[:GROUP]"
    )]
    pub owner: Option<String>,

    /// Succeed if such a block already exists
    #[arg(
        long,
        long_help = "Succeed if the block already exists with the size, owner and mode that you ask for"
    )]
    pub exist_ok: bool,

    /// Replace the existing block, unless one of its locks is in use
    #[arg(
        long,
        long_help = "Replace the existing block, unless a process has or waits for one of its locks; whatever you do not ask for stays the same",
        conflicts_with = "exist_ok"
    )]
    pub replace: bool,

    /// Print no warnings
    #[arg(short, long, help_heading = OUTPUT)]
    pub quiet: bool,

    /// Output format, also of errors
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Table, help_heading = OUTPUT)]
    pub format: Format,
}
