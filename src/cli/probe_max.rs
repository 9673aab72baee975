//! `semlock probe-max`.

use clap::{Args, ValueEnum};

use super::MAX_NUMBER;
use super::help::{OUTPUT, description, examples};
use super::values::whole;

const TEXT: &str = include_str!("help/probe-max.txt");

/// `semlock probe-max`
#[derive(Args, Debug)]
#[command(long_about = description(TEXT), after_long_help = examples(TEXT))]
#[command(next_help_heading = "What to require")]
pub struct ProbeMaxArgs {
    /// Exit with status 1 if no set of N semaphores can be created
    #[arg(long, value_name = "N", value_parser = whole::<u32>("a number of semaphores", 0..=MAX_NUMBER), allow_negative_numbers = true)]
    pub at_least: Option<u32>,

    /// Measure how large N sets can be at the same time; --at-least then applies to each
    #[arg(long, value_name = "N", value_parser = whole::<u32>("a number of sets", 1..=32768), allow_negative_numbers = true)]
    pub sets: Option<u32>,

    /// Exit with status 1 unless this works
    #[arg(long, value_enum, value_name = "WHAT,...", value_delimiter = ',')]
    pub require: Vec<Require>,

    /// Hexadecimal digits of the application's session ids
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = whole::<u32>("the length of a session id", 4..=206), allow_negative_numbers = true, help_heading = FOR)]
    pub id_length: u32,

    /// Sessions that are open at the same time
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = whole::<u32>("a number of sessions", 1..=MAX_NUMBER), allow_negative_numbers = true, help_heading = FOR)]
    pub sessions: u32,

    /// Output format
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ProbeFormat::Table, help_heading = OUTPUT)]
    pub format: ProbeFormat,

    /// Print nothing; only set the exit status
    #[arg(short, long, help_heading = OUTPUT)]
    pub quiet: bool,
}

const FOR: &str = "What to recommend for";

/// What `--require` can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Require {
    /// SEM_UNDO releases what a killed process had
    Undo,
    /// A wait can have a time limit
    TimedWait,
}

/// Formats of what `probe-max` found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ProbeFormat {
    /// For people
    #[default]
    Table,
    /// One JSON document
    Json,
    /// Variables for a shell or a CI system
    Env,
}
