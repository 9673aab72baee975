//! What the manual says beside the options: the environment.

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
