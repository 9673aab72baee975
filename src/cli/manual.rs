//! The exit statuses and the environment variables of each subcommand, for the manual.

/// A number or a name, with its meaning.
pub type Row = (&'static str, &'static str);

const DONE: Row = ("0", "Success.");
const USAGE: Row = ("64", "The command line or SEMLOCK_KEY is wrong.");
const NO_SLOT: Row = (
    "65",
    "A session has no slot: its id is empty or too long for Perl's numbers, or the block has no \
     slot with this number.",
);
const NO_BLOCK: Row = ("66", "There is no such block.");
const UNAVAILABLE: Row =
    ("69", "The system has no semaphores or forbids them, or the set was removed in the meantime.");
const BUG: Row = ("70", "A bug in semlock; please report it.");
const SYSTEM: Row = ("71", "A system limit was reached, or another system call failed.");
const NOT_A_BLOCK: Row = ("73", "The set is not a block, or may belong to another program.");
const PERMISSION: Row = ("77", "Permission denied.");

const CREATE: [Row; 8] = [
    DONE,
    USAGE,
    UNAVAILABLE,
    BUG,
    SYSTEM,
    (
        "73",
        "The block cannot be created as requested: a different set exists, the size is not allowed, \
         or there is no such owner.",
    ),
    ("75", "With --replace: the existing block is in use."),
    PERMISSION,
];

const LOCK: [Row; 13] = [
    ("0", "COMMAND succeeded; without COMMAND, the lock is held."),
    (
        "64",
        "The command line or SEMLOCK_KEY is wrong, or the lock cannot be kept for the calling \
         process.",
    ),
    NO_SLOT,
    ("66", "There is no such block, and --create was not given."),
    UNAVAILABLE,
    BUG,
    SYSTEM,
    ("73", "The set is not a block of this size, or --create cannot create one."),
    ("75", "The lock is busy, or could only wait for this process; -E chooses another status."),
    PERMISSION,
    ("126", "COMMAND was found but cannot be run."),
    ("127", "COMMAND was not found."),
    ("other", "The status of COMMAND."),
];

const UNLOCK: [Row; 11] = [
    DONE,
    ("1", "The session is not locked."),
    USAGE,
    NO_SLOT,
    NO_BLOCK,
    UNAVAILABLE,
    BUG,
    SYSTEM,
    NOT_A_BLOCK,
    ("75", "The lock is kept for another process, or readers have it."),
    PERMISSION,
];

const STATUS: [Row; 10] = [
    DONE,
    ("1", "With --check: something is wrong."),
    USAGE,
    NO_SLOT,
    ("66", "There is no such block or set."),
    UNAVAILABLE,
    BUG,
    SYSTEM,
    ("73", "The set is not a block, so no session has a slot in it."),
    ("77", "Permission denied; with --check: not everything could be checked."),
];

const REMOVE: [Row; 9] = [
    DONE,
    ("1", "The question was answered with no."),
    USAGE,
    ("66", "There is no such block or set, and --if-exists was not given."),
    UNAVAILABLE,
    BUG,
    SYSTEM,
    ("75", "A set was kept that was named, or selected in any way other than --orphaned."),
    PERMISSION,
];

const PROBE_MAX: [Row; 7] = [
    DONE,
    ("1", "A requirement of --at-least or --require is not met."),
    ("64", "The command line is wrong."),
    ("69", "The system has no semaphores or forbids them."),
    BUG,
    SYSTEM,
    PERMISSION,
];

/// The exit statuses of a subcommand; None of semlock itself, which has all of them.
pub fn exit_statuses(subcommand: &str) -> Option<&'static [Row]> {
    match subcommand {
        "create" => Some(&CREATE),
        "lock" => Some(&LOCK),
        "unlock" => Some(&UNLOCK),
        "status" => Some(&STATUS),
        "remove" => Some(&REMOVE),
        "probe-max" => Some(&PROBE_MAX),
        _ => None,
    }
}

const KEY: Row =
    ("SEMLOCK_KEY", "The key of the block if --key is not given, decimal or 0x hexadecimal.");
const APPLICATION: Row =
    ("SEMLOCK_KEY", "The key of the application's block, which no suggested command removes.");
const HELD: Row = (
    "SEMLOCK_HELD",
    "The locks of this process and its ancestors. semlock sets it for COMMAND, and reads it to refuse a lock that would wait for one of them. It is a list of words, each \
     NAMESPACE:SEMID:SLOT:MODE:PID:SESSION: the inode number of the IPC namespace, the semid, the \
     slot or * for all slots, r or w, the process that has the lock, and the session id, \
     percent-encoded.",
);
const PATH: Row = ("PATH", "Where to find COMMAND and getent(1).");
const GETENT: Row = ("PATH", "Where to find getent(1), which looks up users and groups.");
const TZ: Row = ("TZ", "The time zone of the times that are shown [default: that of the system].");
const TZDIR: Row = ("TZDIR", "The directory of the time zones that TZ may name.");
const POD: Row =
    ("KUBERNETES_SERVICE_HOST", "If it is set, semlock suggests fixes for a Kubernetes pod.");
const TERM: Row = ("TERM", "If it is dumb or empty, nothing is coloured or redrawn.");
const NO_COLOR: Row = ("NO_COLOR", "If it has a value, nothing is coloured.");
const COLUMNS: Row = ("COLUMNS", "The width of --help if standard output is not a terminal.");

/// The environment variables that a subcommand reads; of semlock itself, all.
pub fn environment(subcommand: &str) -> &'static [Row] {
    match subcommand {
        "create" => &[KEY, GETENT, POD, TERM, NO_COLOR, COLUMNS],
        "lock" => &[KEY, HELD, PATH, POD, TERM, NO_COLOR, COLUMNS],
        "unlock" => &[KEY, GETENT, TERM, NO_COLOR, COLUMNS],
        "status" => &[KEY, GETENT, TZ, TZDIR, POD, TERM, NO_COLOR, COLUMNS],
        "remove" => &[KEY, GETENT, TZ, TZDIR, TERM, NO_COLOR, COLUMNS],
        "probe-max" => &[APPLICATION, GETENT, POD, TERM, NO_COLOR, COLUMNS],
        _ => &[KEY, HELD, PATH, TZ, TZDIR, POD, TERM, NO_COLOR, COLUMNS],
    }
}
