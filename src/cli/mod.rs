//! The command line as types. Help, manual pages and completions come from
//! here, so this module needs nothing but clap and std.

mod deferred;
mod locks;
mod manual;
mod plain;
mod probe;
mod sets;
mod values;

use std::ffi::OsString;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use deferred::Deferred;
pub use locks::{CreateArgs, LockArgs, UnlockArgs};
use manual::{
    CREATE_EXAMPLES, LOCK_EXAMPLES, PROBE_EXAMPLES, REMOVE_EXAMPLES, STATUS_EXAMPLES,
    UNLOCK_EXAMPLES,
};
pub use manual::{ENVIRONMENT, FROM_FLOCK};
pub use plain::plain_lock;
pub use probe::{ProbeFormat, ProbeMaxArgs, Require};
pub use sets::{Many, RemoveArgs, Slots, SortBy, StatusArgs, StatusFormat, VerdictName};
pub use values::{COLUMNS, SET_COLUMNS, key};

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
    /// persistent readers: each counts as 4096, and as many living readers of one
    /// slot at once are taken for one.
    ///
    /// Where the system ignores SEM_UNDO, as gVisor does, semlock releases the
    /// lock itself, and says so: with COMMAND it stays as its parent, passes on
    /// the signals that would end it, and ends as COMMAND did. If semlock is ended
    /// by SIGKILL there, the lock stays until semlock unlock --force.
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
    /// that an ended process left is recognised, and cleared once no readers are in
    /// any more. It does not remember who the readers are: a reader's count goes
    /// only with --force.
    #[command(override_usage = "semlock unlock [OPTIONS] SESSION...", after_long_help = UNLOCK_EXAMPLES)]
    Unlock(Deferred<UnlockArgs>),

    /// Show a block, who has and who awaits its locks, and what is wrong; or every set
    ///
    /// With SESSIONs, shows the slots that these fall on instead, and which of
    /// these share one. What may not be read is shown as unknown; of a block that
    /// may not be read, everybody sees the header.
    ///
    /// A slot is called abandoned only if the process that raised its writer flag
    /// is provably gone: the kernel names it. Another process that has got its pid
    /// since is known by its later start, unless the block has been used after that,
    /// as the kernel keeps one time for all slots. It names no reader, so those are
    /// known only that semlock has made: holders, and commands under lock -s.
    /// Processes that wait can be seen by root, and by their own user.
    ///
    /// A deadlock is a circle of processes of which each waits for a slot that the
    /// next has, be it of another block, or for a child that does. In the JSON, deadlocks is null where
    /// there may be one that cannot be seen.
    ///
    /// With --all, shows every set of the IPC namespace, also those of other
    /// programs and of other users, with what is thought of it and why: in-use (a
    /// process waits on it, holds it, or has used it last and lives), idle (nobody
    /// is seen to use it, and somebody might), orphaned (no living process can be
    /// using it, see semlock-remove(1)) or unknown (not everything could be read).
    /// Above them stand the limits, with how much of them is in use, and the
    /// owners who have most. --all-namespaces shows the same of every namespace
    /// that has a process, so that a container's sets are seen from outside; of one
    /// that is seen and may not be entered, the figures are unknown, and --check
    /// leaves it out; so it is with one that is entered through a user namespace, as
    /// an ordinary user's containers are, which --ipc-namespace PID shows. Where --columns names none of waiting, verdict and evidence,
    /// no process is looked at, which makes a long list faster.
    ///
    /// --check looks for abandoned locks, deadlocks, an orphaned set, and for a use of
    /// SEMMNI or SEMMNS of --limit-warn percent or more: in a block, or with --all in every set.
    /// Where it finds nothing wrong and may not read all of the sets asked for, it
    /// says so and exits with status 77; --owner asks for one's own alone.
    /// Of a deadlock that may be there and cannot be seen it says nothing.
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
    /// key. It could know one without a key if it, an ancestor of it, or the
    /// leader of its process group or session started before the set was last
    /// used, or before it was last changed or within 2 seconds of that, or if such
    /// a leader has ended. A
    /// privileged process that leads its process group and runs by itself, as a
    /// server's parent does, keeps the sets that were made within 2 seconds of its
    /// start, and for 2 seconds every new one. What cannot be read counts as in use.
    ///
    /// That does not see a server that makes a set, and more than 2 seconds later
    /// leaves its terminal without having used it, nor one that starts later, is told
    /// the semid, and has not used it yet. The kernel keeps times by two
    /// clocks: after the system clock was set forward, or the machine was paused,
    /// wait until the servers have been restarted before you trust the word orphaned.
    ///
    /// With --orphaned, --owner, --creator, --idle, --nsems, --private or --all,
    /// removes every set for which all of these hold, each by the rules above,
    /// goes on after a refusal, and ends with the worst status. A set with a key
    /// that looks like a session block may be another program's: it then goes by
    /// its locks alone only if its verdict is idle or its key that of $SEMLOCK_KEY, else 31818.
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
/// Forms of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Table,
    /// One JSON document
    Json,
}
/// Whether `--format json` is among the arguments of semlock itself. Errors have
/// that form too, also one that keeps the rest from being understood.
pub fn asks_for_json(arguments: &[OsString]) -> bool {
    let own: Vec<_> = arguments.iter().take_while(|&argument| argument != "--").collect();
    own.iter().any(|&argument| argument == "--format=json")
        || own.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json")
}
