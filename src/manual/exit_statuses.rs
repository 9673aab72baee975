//! The exit statuses, of semlock and of each subcommand.

use crate::exit::Exit;

/// A status with its meaning; None is the status of COMMAND.
pub type StatusRow = (Option<Exit>, &'static str);

/// Every status.
const ALL: [StatusRow; 14] = [
    (Some(Exit::Done), "Done."),
    (
        Some(Exit::No),
        "The answer is no: the session is not locked, --check found a problem, probe-max did not find what was required, or a question was answered with no.",
    ),
    (Some(Exit::Usage), "Wrong usage."),
    (
        Some(Exit::NoSlot),
        "A session id that has no slot (it is empty, or too long for Perl's numbers), or a slot that the block does not have.",
    ),
    (Some(Exit::NoBlock), "No such block."),
    (
        Some(Exit::Unavailable),
        "There are no System V semaphores here, or the set was removed in the meantime.",
    ),
    (Some(Exit::Bug), "A bug in semlock; please report it."),
    (Some(Exit::System), "A system limit was reached, or another system call failed."),
    (
        Some(Exit::CannotCreate),
        "The block cannot be created as requested, or the set is not a block of this size.",
    ),
    (
        Some(Exit::Busy),
        "Busy: not locked in time (-E sets another status), or in use and so not removed or unlocked.",
    ),
    (Some(Exit::Permission), "Permission denied; with --check, not everything could be checked."),
    (Some(Exit::CannotRun), "COMMAND was found, but cannot be run."),
    (Some(Exit::NotFound), "COMMAND was not found."),
    (None, "COMMAND's own status."),
];

const DONE: StatusRow = (Some(Exit::Done), "Success.");
const USAGE: StatusRow = (Some(Exit::Usage), "The command line or SEMLOCK_KEY is wrong.");
const NO_SLOT: StatusRow = (
    Some(Exit::NoSlot),
    "A session has no slot: its id is empty or too long for Perl's numbers, or the block has no \
     slot with this number.",
);
const NO_BLOCK: StatusRow = (Some(Exit::NoBlock), "There is no such block.");
const UNAVAILABLE: StatusRow = (
    Some(Exit::Unavailable),
    "The system has no semaphores or forbids them, or the set was removed in the meantime.",
);
const BUG: StatusRow = (Some(Exit::Bug), "A bug in semlock; please report it.");
const SYSTEM: StatusRow =
    (Some(Exit::System), "A system limit was reached, or another system call failed.");
const NOT_A_BLOCK: StatusRow = (
    Some(Exit::CannotCreate),
    "The set is not a block of this size, or may belong to another program.",
);
const PERMISSION: StatusRow = (Some(Exit::Permission), "Permission denied.");

const CREATE: [StatusRow; 8] = [
    DONE,
    USAGE,
    UNAVAILABLE,
    BUG,
    SYSTEM,
    (
        Some(Exit::CannotCreate),
        "The block cannot be created as requested: a different set exists, the size is not allowed, \
         or there is no such owner.",
    ),
    (Some(Exit::Busy), "With --replace: the existing block is in use."),
    PERMISSION,
];

const LOCK: [StatusRow; 13] = [
    (Some(Exit::Done), "COMMAND succeeded; without COMMAND, the lock is held."),
    (
        Some(Exit::Usage),
        "The command line or SEMLOCK_KEY is wrong, or the lock cannot be kept for the calling \
         process.",
    ),
    NO_SLOT,
    (Some(Exit::NoBlock), "There is no such block, and --create was not given."),
    UNAVAILABLE,
    BUG,
    SYSTEM,
    (
        Some(Exit::CannotCreate),
        "The set is not a block of this size, or --create cannot create one.",
    ),
    (
        Some(Exit::Busy),
        "The lock is busy, or waiting for it would never end; -E chooses another status.",
    ),
    PERMISSION,
    (Some(Exit::CannotRun), "COMMAND was found but cannot be run."),
    (Some(Exit::NotFound), "COMMAND was not found."),
    (None, "The status of COMMAND."),
];

const UNLOCK: [StatusRow; 11] = [
    DONE,
    (Some(Exit::No), "The session is not locked."),
    USAGE,
    NO_SLOT,
    NO_BLOCK,
    UNAVAILABLE,
    BUG,
    SYSTEM,
    NOT_A_BLOCK,
    (Some(Exit::Busy), "The lock is kept for another process, or readers have it."),
    PERMISSION,
];

const STATUS: [StatusRow; 10] = [
    DONE,
    (Some(Exit::No), "With --check: something is wrong."),
    USAGE,
    (Some(Exit::NoSlot), "A session has no slot: its id is empty or too long for Perl's numbers."),
    (Some(Exit::NoBlock), "There is no such block or set."),
    UNAVAILABLE,
    BUG,
    SYSTEM,
    (Some(Exit::CannotCreate), "The set is not a block, so no session has a slot in it."),
    (Some(Exit::Permission), "Permission denied; with --check: not everything could be checked."),
];

const REMOVE: [StatusRow; 9] = [
    DONE,
    (Some(Exit::No), "The question was answered with no."),
    USAGE,
    (Some(Exit::NoBlock), "There is no such block or set, and --if-exists was not given."),
    UNAVAILABLE,
    BUG,
    SYSTEM,
    (
        Some(Exit::Busy),
        "A set was kept that you named, or that you selected by something other than --orphaned.",
    ),
    PERMISSION,
];

const PROBE_MAX: [StatusRow; 7] = [
    DONE,
    (Some(Exit::No), "A requirement of --at-least or --require is not met."),
    (Some(Exit::Usage), "The command line is wrong."),
    (Some(Exit::Unavailable), "The system has no semaphores or forbids them."),
    BUG,
    SYSTEM,
    PERMISSION,
];

/// The exit statuses of a subcommand; of semlock itself, all.
pub fn exit_statuses(subcommand: &str) -> &'static [StatusRow] {
    match subcommand {
        "create" => &CREATE,
        "lock" => &LOCK,
        "unlock" => &UNLOCK,
        "status" => &STATUS,
        "remove" => &REMOVE,
        "probe-max" => &PROBE_MAX,
        _ => &ALL,
    }
}
