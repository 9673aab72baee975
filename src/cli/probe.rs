//! `probe-max`.

use clap::{Args, ValueEnum};

use super::MOST;
use super::values::whole;

/// `semlock probe-max`
#[derive(Args, Debug)]
pub struct ProbeMaxArgs {
    /// Exit with status 1 if no set of N semaphores can be made
    #[arg(long, value_name = "N", value_parser = whole::<u32>("a number of semaphores", 0..=MOST), allow_negative_numbers = true)]
    pub at_least: Option<u32>,

    /// Exit with status 1 unless this works
    #[arg(long, value_enum, value_name = "WHAT,...", value_delimiter = ',')]
    pub require: Vec<Require>,

    /// How many hexadecimal digits the application's session ids have
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = whole::<u32>("the length of a session id", 4..=206), allow_negative_numbers = true)]
    pub id_length: u32,

    /// How many sessions are open at once
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = whole::<u32>("a number of sessions", 1..=MOST), allow_negative_numbers = true)]
    pub sessions: u32,

    /// Form of the answer
    #[arg(long, value_enum, value_name = "FORM", default_value_t = ProbeFormat::Table)]
    pub format: ProbeFormat,

    /// Print no answer; only the exit status tells
    #[arg(short, long)]
    pub quiet: bool,
}

/// What `probe-max` can be asked to insist on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Require {
    /// SEM_UNDO gives back what a killed process had
    Undo,
    /// A wait can have an end
    TimedWait,
}

/// Forms of what `probe-max` found.
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
