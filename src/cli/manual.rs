//! What the manual says beside the options: the environment, and a table for users
//! of flock(1).

/// Environment variables that semlock reads, with their meaning.
pub const ENVIRONMENT: [(&str, &str); 3] = [
    ("SEMLOCK_KEY", "Key of the block where --key does not state one, decimal or 0x hexadecimal."),
    (
        "SEMLOCK_HELD",
        "Given to COMMAND: the locks that it and its ancestors have, separated by spaces, each as \
         NAMESPACE:SEMID:SLOT:MODE:PID:SESSION, with the inode number of the IPC namespace, * for \
         every slot, r or w for the mode, the process that has the lock, and the session id percent-encoded.",
    ),
    ("NO_COLOR", "If it has a value, nothing is coloured."),
];

/// What users of flock(1) write, and what they write here.
pub const FROM_FLOCK: [(&str, &str); 11] = [
    ("flock FILE COMMAND ARG...", "semlock lock SESSION -- COMMAND ARG..."),
    ("flock FILE -c 'COMMAND'", "semlock lock SESSION -- sh -c 'COMMAND'"),
    ("exec 9>FILE; flock 9", "semlock lock SESSION, in the script that is to hold the lock"),
    ("flock -u 9", "semlock unlock SESSION"),
    ("-s, --shared", "The same: a read lock."),
    ("-x, -e, --exclusive", "The same: a write lock, which is the default."),
    ("-n, --nb, --nonblock", "The same, but the status is 75 instead of 1."),
    ("-w, --wait, --timeout SECS", "The same, but the status is 75 instead of 1."),
    ("-E, --conflict-exit-code N", "The same."),
    ("-o, --close", "Not needed: children of COMMAND do not inherit the lock."),
    ("-F, --no-fork", "Always so."),
];
