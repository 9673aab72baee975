//! The environment variables of each subcommand.

/// A variable, with its meaning.
type Row = (&'static str, &'static str);

const KEY: Row =
    ("SEMLOCK_KEY", "The key of the block if --key is not given, decimal or 0x hexadecimal.");
const APPLICATION: Row =
    ("SEMLOCK_KEY", "The key of the application's block, which no suggested command removes.");
const HELD: Row = (
    "SEMLOCK_HELD",
    "The locks of this process and its ancestors. semlock sets it for COMMAND, and reads it to \
     refuse a lock that would wait for one of them. It is a list of words, each \
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
