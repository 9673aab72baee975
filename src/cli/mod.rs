//! The command line as types. Help, manual pages and completions come from
//! here, so this module needs nothing but clap and std.

mod manual;
mod plain;
mod values;

use std::ffi::OsString;
use std::time::Duration;

use clap::{ArgAction, ArgMatches, Args, FromArgMatches, Parser, Subcommand, ValueEnum};

use manual::{
    CREATE_EXAMPLES, LOCK_EXAMPLES, PROBE_EXAMPLES, REMOVE_EXAMPLES, STATUS_EXAMPLES,
    UNLOCK_EXAMPLES,
};
pub use manual::{ENVIRONMENT, FROM_FLOCK};
pub use plain::plain_lock;
pub use values::{COLUMNS, SET_COLUMNS, key};
use values::{column, mode, nsems, percent, seconds};

/// Take, show and clear the session locks of Perl's Apache::Session
///
/// Apache::Session::Lock::Semaphore keeps its locks in a System V semaphore
/// set, the block. semlock works on the same block with the same operations,
/// so that a shell script and a Perl application exclude each other.
#[derive(Debug, Parser)]
#[command(name = "semlock", version, arg_required_else_help = true)]
#[command(disable_help_subcommand = true)]
pub struct Cli {
    /// Work in the IPC namespace of this process, or the one that this file is
    #[arg(long, global = true, value_name = "PID|PATH", value_hint = clap::ValueHint::FilePath)]
    pub ipc_namespace: Option<OsString>,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a block
    ///
    /// Makes the semaphore set that holds the locks, with every slot free. The
    /// Perl module makes a missing block by itself, as the user that happens to
    /// come first; made beforehand, it has the owner and the mode that are wanted.
    #[command(after_long_help = CREATE_EXAMPLES)]
    Create(Deferred<CreateArgs>),

    /// Hold the lock of a session: while a command runs, or for the calling shell
    ///
    /// Waits until the slots of all SESSIONs are free and takes them in one atomic
    /// operation. Two sessions may share a slot, and then wait for each other;
    /// semlock status shows which slot a session falls on.
    ///
    /// With COMMAND, becomes COMMAND. The kernel gives the lock back when that
    /// process ends, however it ends. If COMMAND goes into the background by
    /// itself (as daemons do), the lock is given back when its first process ends.
    ///
    /// Without COMMAND, returns once the lock is held. A small process in the
    /// background keeps it for the calling process, or the one that --owner
    /// names, and gives it back when that ends, however it ends, or at semlock
    /// unlock. Under sudo the calling process is sudo, which ends at once: say
    /// --owner $$ there. In a container whose first process does not reap what it
    /// adopts, each such lock leaves a zombie behind: start it with an init.
    ///
    /// With --persist, the lock stays until semlock unlock, held by no process,
    /// also after a crash of everything but the kernel. A slot can have seven
    /// persistent readers.
    ///
    /// A lock that could only wait for this process itself, an ancestor of it or
    /// the calling shell is refused at once, with status 75.
    #[command(override_usage = "semlock lock [OPTIONS] SESSION... [-- COMMAND [ARG]...]", after_long_help = LOCK_EXAMPLES)]
    Lock(Deferred<LockArgs>),

    /// Give back a lock that semlock lock took, or that was left in the block
    ///
    /// Ends the process that keeps the lock for the calling shell, or else the
    /// only one that keeps it for another, and returns when the kernel has given
    /// the lock back; takes back a lock of lock --persist; clears a write lock
    /// whose process has ended.
    ///
    /// Never waits for a lock, and never takes one from a living process unless
    /// --force says so. The kernel remembers who raised a writer flag, so one
    /// that an ended process left is recognised. It does not remember who the
    /// readers are: a reader's count goes only with --force.
    #[command(override_usage = "semlock unlock [OPTIONS] SESSION...", after_long_help = UNLOCK_EXAMPLES)]
    Unlock(Deferred<UnlockArgs>),

    /// Show a block, who has and who awaits its locks, and what is wrong; or every set
    ///
    /// With SESSIONs, shows the slots that these fall on instead, and which of
    /// these share one. What may not be read is shown as unknown; of a block that
    /// may not be read, everybody sees the header.
    ///
    /// A slot is called abandoned only if the process that raised its writer flag
    /// is provably gone: the kernel names it. It names no reader, so those are
    /// known only that semlock has made: holders, and commands under lock -s.
    /// Processes that wait can be seen by root, and by their own user.
    ///
    /// A deadlock is a circle of processes of which each waits for a slot that the
    /// next has, or for a child that does. In the JSON, deadlocks is null where
    /// there may be one that cannot be seen.
    ///
    /// With --all, shows every set of the IPC namespace, also those of other
    /// programs and of other users, with what is thought of it and why: in-use (a
    /// process waits on it, holds it, or has used it last and lives), idle (nobody
    /// is seen to use it, and somebody might), orphaned (no living process can be
    /// using it, see semlock-remove(1)) or unknown (not everything could be read).
    /// Above them stand the limits, with how much of them is in use, and the
    /// owners who have most. --all-namespaces shows the same of every namespace
    /// that has a process, so that a container's sets are seen from outside. Where
    /// --columns names none of waiting, verdict and evidence, no process is looked
    /// at, which makes a long list faster.
    ///
    /// --check looks for abandoned locks, deadlocks, an orphaned set, and for a use of
    /// SEMMNI or SEMMNS of --limit-warn percent or more: in a block, or with --all in every set.
    #[command(after_long_help = STATUS_EXAMPLES)]
    Status(Deferred<StatusArgs>),

    /// Remove a block that nobody uses, or sets that are left over
    ///
    /// Takes every lock of the block without waiting and removes it in that
    /// state; refuses while anybody holds or waits for one of its locks, and
    /// then leaves everything as it was. A Perl client whose block vanishes
    /// while it waits goes on as if it had the lock.
    ///
    /// Nobody can see a client that has opened the block and not locked yet, or
    /// one that comes between the last look at the waiters and the removal. It
    /// will find no block, and goes on without a lock: stop the application first.
    ///
    /// A set that is no session block is removed only if it is orphaned: nobody
    /// waits on it, the processes that used it last have ended, and no living
    /// process that may use it can know it. A process could know a set with a
    /// key. It could know one without a key if it, or an ancestor of it, started
    /// before the set was last changed or within 5 seconds of that, or if the
    /// leader of its process group or session has ended. What cannot be read
    /// counts as in use. The kernel keeps times by two clocks: after the system
    /// clock was set forward, or the machine was paused, wait until the servers
    /// have been restarted before you trust the word orphaned.
    ///
    /// With --orphaned, --owner, --creator, --idle, --nsems, --private or --all,
    /// removes every set for which all of these hold, each by the rules above,
    /// goes on after a refusal, and ends with the worst status.
    #[command(after_long_help = REMOVE_EXAMPLES)]
    Remove(Deferred<RemoveArgs>),

    /// Measure what this system's semaphores can do, and recommend an NSems
    ///
    /// Finds the largest set that can be made at this moment by making sets without
    /// a key, each of which is removed at once, and says which limit keeps a larger
    /// one from being made. Tries whether SEM_UNDO gives back what a killed process
    /// had, whether a wait can have an end, how many operations a call can make, and
    /// how high a semaphore can count. A probe that is killed leaves no set behind,
    /// unless both of its processes are killed in the same moment.
    ///
    /// Recommends the smallest NSems with which, of --sessions that are open at
    /// once, each shares its slot with another in less than 1 of 100 cases. A larger
    /// set makes the first lock of each process slower. Half of the recommended
    /// number is odd and not divisible by 31, so that long ids use every slot.
    ///
    /// The env format has the names of the JSON document in capitals behind
    /// SEMLOCK_, also those of its limits; what was not measured is empty.
    #[command(after_long_help = PROBE_EXAMPLES)]
    ProbeMax(Deferred<ProbeMaxArgs>),
}

/// A subcommand's arguments, described to clap only once that subcommand is the
/// one: describing all of them costs more than taking a lock.
#[derive(Debug)]
pub struct Deferred<T>(pub T);

impl<T: Args> Args for Deferred<T> {
    fn augment_args(command: clap::Command) -> clap::Command {
        command.defer(|command| described(command, T::augment_args))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        command.defer(|command| described(command, T::augment_args_for_update))
    }
}

/// Adds arguments to a subcommand, which keeps the description that it has.
fn described(command: clap::Command, add: fn(clap::Command) -> clap::Command) -> clap::Command {
    let (short, long) = (command.get_about().cloned(), command.get_long_about().cloned());
    let command = add(command).about(short.unwrap_or_default());
    match long {
        Some(long) => command.long_about(long),
        None => command,
    }
}

impl<T: FromArgMatches> FromArgMatches for Deferred<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        T::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

/// Which block.
#[derive(Args, Clone, Debug, Default)]
pub struct Target {
    /// Key of the block, decimal or 0x hexadecimal [default: $SEMLOCK_KEY, else 31818]
    #[arg(long, value_name = "KEY", value_parser = key, allow_negative_numbers = true, conflicts_with = "id")]
    pub key: Option<i32>,

    /// The block with this semid, whatever its key
    #[arg(long, value_name = "SEMID", value_parser = clap::value_parser!(i32).range(0..))]
    pub id: Option<i32>,
}

/// Which slots of the block.
#[derive(Args, Clone, Debug, Default)]
#[group(id = "which", required = true, multiple = true)]
pub struct Sessions {
    /// Session ids, as the application has them
    #[arg(value_name = "SESSION", group = "which")]
    pub sessions: Vec<OsString>,

    /// A session id that begins with a dash; may be given several times
    #[arg(long = "session", value_name = "SESSION", allow_hyphen_values = true, group = "which")]
    pub dashed: Vec<OsString>,

    /// A slot by its number instead of a session; may be given several times
    #[arg(long, value_name = "N", group = "which")]
    pub slot: Vec<u16>,

    /// Every slot of the block
    #[arg(long, group = "which", conflicts_with_all = ["sessions", "dashed", "slot"])]
    pub all: bool,
}

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

    /// Succeed if the block exists already with as many semaphores; its mode and owner stay
    #[arg(long)]
    pub exist_ok: bool,

    /// Do not remark on what goes wrong with such a block later
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
    #[arg(long, value_name = "PID", value_parser = clap::value_parser!(i32).range(1..), conflicts_with = "persist")]
    pub owner: Option<i32>,

    /// Without COMMAND: leave the lock in the block, held by no process, until it is unlocked
    #[arg(long)]
    pub persist: bool,

    /// Say what is waited for, also where stderr is no terminal
    #[arg(long)]
    pub verbose: bool,

    /// Command to run while the lock is held, and its arguments
    #[arg(last = true, conflicts_with_all = ["owner", "persist"], value_name = "COMMAND", value_hint = clap::ValueHint::CommandWithArguments)]
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

    /// Print nothing; exit with status 1 if something is abandoned, deadlocked or orphaned, or a limit is nearly reached
    #[arg(long)]
    pub check: bool,

    /// How much of a limit may be in use before --check objects
    #[arg(long, value_name = "PERCENT", value_parser = percent, default_value = "90")]
    pub limit_warn: u8,

    /// Show it again and again, every SECS seconds [default: 2]
    #[arg(long, value_name = "SECS", value_parser = seconds, num_args = 0..=1, conflicts_with = "check")]
    pub watch: Option<Option<Duration>>,

    /// Only the table of slots or of sets, with these columns, for awk and the like
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

    /// With --all: only the sets that this user owns, by name or number
    #[arg(long, value_name = "USER")]
    pub owner: Option<String>,

    /// With --all: only the sets with one of these verdicts
    #[arg(long, value_enum, value_name = "VERDICT,...", value_delimiter = ',')]
    pub verdict: Vec<VerdictName>,

    /// With --all: order of the sets
    #[arg(long, value_enum, value_name = "BY", default_value_t = SortBy::Semid)]
    pub sort: SortBy,

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
    /// Somebody waits on it, holds it, or has used it last and lives
    InUse,
    /// Nobody is seen to use it, and somebody might
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

    /// Sets that this user made, by name or number
    #[arg(long, value_name = "USER")]
    pub creator: Option<String>,

    /// Sets that were neither used nor changed for so long, such as 90m, 12h or 30d
    #[arg(long, value_name = "DURATION")]
    pub idle: Option<String>,

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

/// `semlock probe-max`
#[derive(Args, Debug)]
pub struct ProbeMaxArgs {
    /// Exit with status 1 if no set of N semaphores can be made
    #[arg(long, value_name = "N")]
    pub at_least: Option<u32>,

    /// Exit with status 1 unless this works
    #[arg(long, value_enum, value_name = "WHAT,...", value_delimiter = ',')]
    pub require: Vec<Require>,

    /// How many hexadecimal digits the application's session ids have
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u32).range(4..=206))]
    pub id_length: u32,

    /// How many sessions are open at once
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
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

/// Forms of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Table,
    /// One JSON document
    Json,
}

/// Which slots `status` lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Slots {
    /// Those that somebody has or waits for
    Used,
    /// Every one
    All,
}

/// Whether `--format json` is among the arguments of semlock itself. Errors have
/// that form too, also one that keeps the rest from being understood.
pub fn asks_for_json(arguments: &[OsString]) -> bool {
    let own: Vec<_> = arguments.iter().take_while(|&argument| argument != "--").collect();
    own.iter().any(|&argument| argument == "--format=json")
        || own.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json")
}
