//! `semlock unlock`.

use clap::Args;

use super::help::{BLOCK, OUTPUT, description, examples};
use super::values::nsems;
use super::{Sessions, Target, TextFormat};

const TEXT: &str = include_str!("help/unlock.txt");

/// `semlock unlock`
#[derive(Args, Debug)]
#[command(long_about = description(TEXT), after_long_help = examples(TEXT))]
pub struct UnlockArgs {
    /// Which slots.
    #[command(flatten, next_help_heading = "What to unlock")]
    pub which: Sessions,

    /// Which block.
    #[command(flatten, next_help_heading = BLOCK)]
    pub target: Target,

    /// Refuse the block unless it has N semaphores, the application's NSems
    #[arg(long, value_name = "N", value_parser = nsems, allow_negative_numbers = true, help_heading = BLOCK, hide_short_help = true)]
    pub nsems: Option<u16>,

    /// Clear only write locks whose process has provably ended
    #[arg(long, conflicts_with = "force", help_heading = UNLOCKING)]
    pub abandoned: bool,

    /// Release the lock, whoever has it
    #[arg(long, long_help = "Release the lock, whoever has it; a living holder continues without it", help_heading = UNLOCKING)]
    pub force: bool,

    /// Format of the error messages
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = TextFormat::Text, help_heading = OUTPUT, hide_short_help = true)]
    pub format: TextFormat,
}

const UNLOCKING: &str = "How to unlock";
