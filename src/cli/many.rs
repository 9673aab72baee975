//! The options of `status` and `remove` that select sets.

use clap::Args;

use super::MAX_NUMBER;
use super::values::whole;

/// Options that select sets; a set must match all of them.
#[derive(Args, Clone, Debug, Default)]
#[group(id = "many", multiple = true)]
pub struct Many {
    /// Sets that no living process could still use
    #[arg(long)]
    pub orphaned: bool,

    /// Sets that this user owns, by name or number
    #[arg(long, value_name = "USER")]
    pub owner: Option<String>,

    /// Sets that this user created, by name or number
    #[arg(long, value_name = "USER", hide_short_help = true)]
    pub creator: Option<String>,

    /// Sets of N semaphores
    #[arg(long, value_name = "N", value_parser = whole::<u32>("a number of semaphores", 1..=MAX_NUMBER), allow_negative_numbers = true, hide_short_help = true)]
    pub nsems: Option<u32>,

    /// Sets without a key
    #[arg(long, hide_short_help = true)]
    pub private: bool,

    /// Sets of this program, by the name that status --all shows
    #[arg(long, value_name = "NAME", hide_short_help = true, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub program: Option<String>,
}

impl Many {
    /// Whether none of these options is given.
    pub fn is_empty(&self) -> bool {
        let Self { orphaned, owner, creator, nsems, private, program } = self;
        let names = [owner, creator, program];
        !orphaned && !private && nsems.is_none() && names.iter().all(|name| name.is_none())
    }
}
