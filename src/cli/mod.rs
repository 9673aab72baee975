//! The command line as types. Help, manual pages and what shells complete come from
//! here, so this module needs nothing but clap, std and plain enums of the reports.

mod create;
mod deferred;
mod help;
mod lock;
mod many;
mod plain;
mod probe_max;
mod remove;
mod status;
mod time;
mod unlock;
mod values;

use std::ffi::OsString;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

pub(crate) use create::CreateArgs;
pub(crate) use deferred::Deferred;
pub(crate) use lock::LockArgs;
pub(crate) use many::Many;
pub use plain::plain_lock;
pub(crate) use probe_max::{ProbeFormat, ProbeMaxArgs, Require};
pub(crate) use remove::RemoveArgs;
pub(crate) use status::{OF_SETS, Slots, SortBy, StatusArgs, StatusFormat};
pub(crate) use unlock::UnlockArgs;
use values::whole;
pub(crate) use values::{ChosenColumn, key};

const TEXT: &str = include_str!("help/semlock.txt");

/// What `--version` says about the build; `build.rs` finds it out.
const LONG_VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\ncommit: ",
    env!("SEMLOCK_BUILD_COMMIT"),
    "\ntarget: ",
    env!("SEMLOCK_BUILD_TARGET"),
    "\nlinkage: ",
    env!("SEMLOCK_BUILD_LINKAGE"),
);

/// Take, show and clear the session locks of Perl's Apache::Session
#[derive(Debug, Parser)]
#[command(name = "semlock", bin_name = "semlock", version, long_version = LONG_VERSION)]
#[command(disable_version_flag = true, arg_required_else_help = true)]
#[command(args_override_self = true)]
#[command(long_about = help::description(TEXT), after_long_help = help::examples(TEXT))]
pub struct Cli {
    /// Work in the IPC namespace of process PID, or in the one that the file PATH refers to
    #[arg(long, value_name = "PID|PATH", value_hint = clap::ValueHint::FilePath, hide_short_help = true)]
    ipc_namespace: Option<OsString>,

    /// Print the version; --version adds the build and the platform
    ///
    /// -V prints one line. --version also prints the commit, the target and the linkage of the
    /// build, and how semlock works on this system: how it limits the time of a wait, whether
    /// SEM_UNDO survives execve(2), where it finds the list of sets, and how it notices the end
    /// of a process.
    #[arg(short = 'V', long, action = ArgAction::Version, display_order = 999)]
    version: (),

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// The IPC namespace to work in: the last one that is given.
    pub fn ipc_namespace(&self) -> Option<&OsString> {
        let last = match &self.command {
            Command::Create(args) => &args.ipc_namespace,
            Command::Lock(args) => &args.ipc_namespace,
            Command::Unlock(args) => &args.ipc_namespace,
            Command::Status(args) => &args.ipc_namespace,
            Command::Remove(args) => &args.ipc_namespace,
            Command::ProbeMax(args) => &args.ipc_namespace,
        };
        last.as_ref().or(self.ipc_namespace.as_ref())
    }
}

/// What semlock does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create a block
    Create(Deferred<CreateArgs>),

    /// Hold the lock of a session while a command or a script runs
    #[command(override_usage = "semlock lock [OPTIONS] SESSION... [-- COMMAND [ARG]...]")]
    Lock(Deferred<LockArgs>),

    /// Release a lock, or clear an abandoned one
    #[command(override_usage = "semlock unlock [OPTIONS] SESSION...")]
    Unlock(Deferred<UnlockArgs>),

    /// Show who has locks, who waits for them, and what is wrong
    Status(Deferred<StatusArgs>),

    /// Remove a block that is not in use, or orphaned sets
    Remove(Deferred<RemoveArgs>),

    /// Measure what semaphores can do here, and recommend an NSems
    ProbeMax(Deferred<ProbeMaxArgs>),
}

/// Which block.
#[derive(Args, Clone, Debug, Default)]
pub struct Target {
    /// Key of the block [default: $SEMLOCK_KEY, else 31818]
    #[arg(long, long_help = help::KEY, value_name = "KEY", value_parser = key, allow_negative_numbers = true, conflicts_with = "id")]
    pub key: Option<i32>,

    /// The block with this semid, whatever its key
    #[arg(long, value_name = "SEMID", value_parser = whole::<i32>("a semid", 0..=MAX_NUMBER), allow_negative_numbers = true, hide_short_help = true)]
    pub id: Option<i32>,
}

/// Which slots of the block.
#[derive(Args, Clone, Debug, Default)]
#[group(id = "which", required = true, multiple = true)]
#[expect(clippy::struct_field_names, reason = "they are two options for sessions")]
pub struct Sessions {
    /// Session ids, as the application uses them
    #[arg(value_name = "SESSION", group = "which", display_order = 0)]
    pub sessions: Vec<OsString>,

    /// A session id that begins with a dash; may be given several times
    #[arg(
        long = "session",
        value_name = "SESSION",
        allow_hyphen_values = true,
        group = "which",
        display_order = 1,
        hide_short_help = true
    )]
    pub dashed: Vec<OsString>,

    /// A slot by its number instead of a session; may be given several times
    #[arg(long, value_name = "N", group = "which", value_parser = whole::<u16>("a slot", 0..=65535), allow_negative_numbers = true, hide_short_help = true)]
    pub slot: Vec<u16>,

    /// Every slot of the block
    #[arg(long, group = "which", conflicts_with_all = ["sessions", "dashed", "slot"])]
    pub all: bool,
}
/// Formats of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TextFormat {
    /// For people
    #[default]
    Text,
    /// One JSON document
    Json,
}
/// Formats of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Table,
    /// One JSON document
    Json,
}

/// The largest pid or semid.
const MAX_NUMBER: u64 = i32::MAX as u64;

/// Whether the last `--format` among semlock's own arguments asks for JSON. Errors have
/// that format too, even if the rest of the command line cannot be parsed.
pub fn asks_for_json(arguments: &[OsString]) -> bool {
    let mut own = arguments.iter().take_while(|&argument| argument != "--");
    let mut json = false;
    while let Some(argument) = own.next() {
        if argument == "--format" {
            json = own.next().is_some_and(|format| format == "json");
        } else if argument.as_encoded_bytes().starts_with(b"--format=") {
            json = argument == "--format=json";
        }
    }
    json
}
