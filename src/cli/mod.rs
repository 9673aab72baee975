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
    ///
    /// With --replace, puts a block of another size, owner or mode in the place of the
    /// one that is there. What is not asked for stays as it was. semlock takes every
    /// lock of the old block without waiting, and replaces it in that state. While any
    /// process has or waits for one of its locks, or a lock was left in it, semlock
    /// refuses with status 75, names them, and changes nothing. Nor does it where the
    /// new block could not be created. A signal between the removal and the creation
    /// does not leave the key without a block, not even SIGKILL. A block that is as
    /// asked for stays; a missing one is created; a set that may be another program's
    /// is refused with status 73. If another process creates a block in between, that
    /// one is replaced by the same rules.
    ///
    /// Nobody can see which processes have opened the old block and not locked yet.
    /// Those that may be among them are named. The Perl module goes on without a lock
    /// until it opens the new block: stop the application first, or restart it right
    /// after.
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
    /// background keeps it for the calling process, or the one that --for
    /// names, and gives it back when that ends, however it ends, or at semlock
    /// unlock. timeout, time, sudo, doas, su, runuser, strace and ltrace are looked
    /// through: what called them is the calling process. In a container whose first process does not reap what it
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

    /// Release a lock that semlock lock took, or that was left in the block
    ///
    /// Ends the process that keeps the lock for the calling process and returns when
    /// the kernel has released the lock. The calling process is found as by semlock
    /// lock. A subshell stands for its shell, and so does what runs in timeout(1),
    /// sudo(8) and the like; a script that another one has called does not. Also
    /// releases a lock of lock --persist, and clears a write lock whose process has
    /// ended.
    ///
    /// Refuses a lock that is kept for another process, with status 75, and names
    /// both that process and the one that keeps it. Never waits for a lock, and never
    /// takes one from a living process unless --force says so. The kernel remembers
    /// who raised a writer flag, so one that an ended process left is recognised, and
    /// cleared once no readers are in any more. It does not remember who the readers
    /// are: a reader's count goes only with --force. So does anything in a set that
    /// is not known to be a block, whose semaphores may be another program's: status 73.
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
    /// process waits on it, holds it, or has used it last and lives), idle (no process
    /// is seen to use it, and one might), orphaned (no living process can be
    /// using it, see semlock-remove(1)) or unknown (not everything could be read).
    /// Above them stand the limits, with how much of them is in use, and the
    /// owners who have most. --all-namespaces shows the same of every namespace
    /// that has a process, so that a container's sets are seen from outside; of one
    /// that is seen and may not be entered, the figures are unknown, and --check
    /// leaves it out; so it is with one that is entered through a user namespace, as
    /// an ordinary user's containers are, which --ipc-namespace PID shows. Where --columns names none of waiting, verdict and evidence,
    /// no process is looked at, which makes a long list faster.
    ///
    /// --check looks for abandoned locks, deadlocks, and for a use of SEMMNI or SEMMNS
    /// of --limit-warn percent or more; with --all in every set, and also for orphaned
    /// sets. Where it finds nothing wrong and could not look everywhere, it says what
    /// it could not look at and exits with status 77: sets or processes that cannot
    /// be read, verdicts that are unknown, a lock of which cannot be told whether its
    /// process lives. --owner asks for one's own sets alone.
    /// Of a deadlock through readers that the kernel does not name it says nothing.
    #[command(after_long_help = STATUS_EXAMPLES)]
    Status(Deferred<StatusArgs>),

    /// Remove a block that nobody uses, or sets that are left over
    ///
    /// A block that is named, if only by default, goes by its locks. semlock takes
    /// every lock of it without waiting and removes it in that state. It refuses
    /// while any process has or waits for one of its locks, and then leaves
    /// everything as it was. A block is a set with a key, an even number of
    /// semaphores, and a mode with which its owner may read, write and execute (0700).
    ///
    /// Nobody can see which clients have opened a block and not locked yet. Living
    /// processes that have semaphore calls and may be among them are named. The
    /// Perl module goes on without a lock when its block is gone: stop the
    /// application first.
    ///
    /// A set that is named and was never used goes. Any other set, and every set
    /// that is chosen by --orphaned, --owner, --creator, --idle, --nsems, --private
    /// or --all, goes only if it is orphaned: no living process can be using it. It
    /// is not orphaned if a process waits on it or used it last and lives, if it is
    /// a block with a lock in it, or if it was created, changed or used in the last
    /// 10 seconds (--idle with a shorter time overrides this). And it is not
    /// orphaned if a living process could use it: one that has access to it, the
    /// means to use it, and that could know of it.
    ///
    /// Access: what the kernel lets the process do by any of its user and group ids.
    /// A process of root counts for sets that root owns or created, and for those of
    /// users that it has started processes of.
    ///
    /// Means: a file that the process has mapped calls semop(2), other than the C
    /// library. Where this cannot be determined (a statically linked program, a Go
    /// program, one that can call any function by name, one that may not be looked
    /// into), the process counts. A shell that runs a script counts for sets
    /// that its user created, and of which it can know without looking for a key.
    ///
    /// Knowledge: a set with a key can be found by everybody. A private set can be
    /// known to a process that started before the set was last changed or used, or
    /// that has an ancestor which did and has the means itself; to one that outlives
    /// the leader of its process group or session, or has been adopted; and to one
    /// whose session began within a minute after the set's last change, or that of an
    /// ancestor.
    ///
    /// What cannot be read keeps a set. Inside a container, sets with a key and sets
    /// of which a semaphore names no process inside are unknown at best.
    ///
    /// Each set that is kept is shown with the reason. If a process that keeps sets
    /// has nothing to do with them, --ignore leaves it out of account; --force
    /// removes a set whatever uses it. --orphaned never takes the set at the
    /// application's key ($SEMLOCK_KEY, else 31818), which no process has open
    /// between two runs of a job. The exit status is 75 if a set was kept that was
    /// named, or chosen by anything but --orphaned.
    ///
    /// This does not see a program that had another one create its set, calls no
    /// semaphore function itself and keeps the semid; one that reaches semop(2)
    /// through syscall(2) or dlsym(3), or unpacks its code into anonymous memory; a
    /// process of root that was told the semid of another user's private set; one
    /// that was told a semid by a process it does not descend from and has not used
    /// the set yet; nor a static, Go or foreign-function daemon of root that has
    /// given its private set to another user while none of that user's processes
    /// lives, or becomes that user only while it works.
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
