//! The fields of what `create` and `probe-max` print, and of errors.

use super::Fields;
use super::value::{
    BOOLEAN, COUNT, ERRNO, INTEGER, KEY_HEX, MODE, NUMBER, OBJECT, OBJECTS, OCTAL_MODE, PID,
    SCHEMA_VERSION, TEXT, TEXTS, TIME, word,
};
use crate::failure::reasons;

pub(super) const FIELDS: &[Fields] = &[
    Fields {
        page: "create",
        of: "the document",
        places: &["create"],
        rows: &[
            ("schema", SCHEMA_VERSION, "Always 1."),
            ("block", OBJECT, "The block."),
            (
                "created",
                BOOLEAN,
                "Whether it was created; false if it already existed (--exist-ok).",
            ),
            ("replaced", OBJECT.or_null(), "With --replace: the block that was replaced."),
            ("notes", TEXTS, "The warnings, a list of sentences."),
        ],
    },
    Fields {
        page: "create",
        of: "block",
        places: &["create.block", "error.block"],
        rows: &[
            ("key", INTEGER, "The key."),
            ("key_hex", KEY_HEX, "The key in hexadecimal, as ipcs(1) shows it."),
            ("semid", COUNT, "The id that the kernel gave the set."),
            ("nsems", COUNT, "The number of semaphores."),
            ("slots", COUNT, "The number of slots: half of nsems."),
            (
                "effective_slots",
                COUNT,
                "The number of slots that session ids of 13 or more characters can fall on.",
            ),
        ],
    },
    Fields {
        page: "create",
        of: "replaced",
        places: &["create.replaced"],
        rows: &[
            ("semid", COUNT, "The semid of the old block."),
            ("from", OBJECT, "What the old block was like."),
            ("to", OBJECT, "What the new block is like."),
        ],
    },
    Fields {
        page: "create",
        of: "from and to",
        places: &["create.replaced.from", "create.replaced.to"],
        rows: &[
            ("nsems", COUNT, "The number of semaphores."),
            ("mode", OCTAL_MODE, "The permissions, as an octal number that begins with 0."),
            ("uid", COUNT, "The user id of the owner."),
            ("user", TEXT.or_null(), "The name of the owner."),
            ("gid", COUNT, "The group id."),
            ("group", TEXT.or_null(), "The name of the group."),
        ],
    },
    Fields {
        page: "probe-max",
        of: "the document",
        places: &["probe-max"],
        rows: &[
            ("schema", SCHEMA_VERSION, "Always 1."),
            ("available", BOOLEAN, "Whether the system has semaphores and allows them."),
            ("max_nsems", COUNT.or_null(), "The largest set that can be created now."),
            ("max_power_of_two", COUNT.or_null(), "The largest set whose size is a power of two."),
            (
                "binding_limit",
                word(|| vec!["SEMMSL", "SEMMNS", "SEMMNI", "memory"]).or_null(),
                "What prevents a larger set: SEMMSL, SEMMNS, SEMMNI or memory; null if none was \
                 tried.",
            ),
            ("sets", COUNT.or_null(), "The number of sets that --sets asks for; else null."),
            (
                "max_nsems_each",
                COUNT.or_null(),
                "The largest size of each set, if that many sets exist at the same time.",
            ),
            (
                "recommended",
                COUNT.or_null(),
                "The recommended NSems; null if no block can be created.",
            ),
            (
                "effective_slots",
                COUNT.or_null(),
                "The number of slots that session ids fall on with this NSems.",
            ),
            (
                "collisions",
                NUMBER.or_null(),
                "The share of open sessions that share their slot with another open session.",
            ),
            (
                "first_lock_cost",
                NUMBER.or_null(),
                "The time of a process's first lock with this NSems, divided by the time with 32.",
            ),
            ("reason", TEXT.or_null(), "Why this NSems is recommended, or why none is."),
            ("undo", BOOLEAN.or_null(), "Whether SEM_UNDO releases the locks of a killed process."),
            ("timed_wait", BOOLEAN.or_null(), "Whether a wait can have a time limit."),
            ("zeroed", BOOLEAN.or_null(), "Whether new semaphores have the value 0."),
            (
                "max_operations",
                COUNT.or_null(),
                "The largest number of operations that one call could perform.",
            ),
            ("max_value", COUNT.or_null(), "The largest value that a semaphore could be given."),
            (
                "limits",
                OBJECT.or_null(),
                "The limits that the system declares, and how much of them is in use: see \
                 semlock-status(1).",
            ),
        ],
    },
    Fields {
        page: "errors",
        of: "an error",
        places: &["error"],
        rows: &[
            ("schema", SCHEMA_VERSION, "Always 1."),
            ("error", TEXT, "What could not be done."),
            ("errno", ERRNO.or_null(), "The name of the errno of the call that failed."),
            (
                "status",
                COUNT,
                "The exit status for this failure. Without --check, semlock status shows the rest, and exits with 0.",
            ),
            (
                "reason",
                word(|| reasons::ALL.iter().map(|reason| reason.name).collect()).or_null(),
                "A name from the list of reasons below.",
            ),
            ("cause", TEXT.or_null(), "Why it failed, if the error does not already say so."),
            ("evidence", TEXTS, "The facts that show the cause: a list of sentences."),
            ("fix", TEXTS, "What fixes it: a list, the best fix first."),
            ("see", TEXT.or_null(), "The command that shows the options."),
        ],
    },
    Fields {
        page: "errors",
        of: "an error because a lock is busy",
        places: &["error"],
        rows: &[
            ("block", OBJECT.optional(), "The block, with the fields of semlock-create(1)."),
            ("slots", OBJECTS.optional(), "The locked slots."),
            ("holders", OBJECTS.optional(), "The processes that have them, if they are known."),
        ],
    },
    Fields {
        page: "errors",
        of: "a locked slot",
        places: &["error.slots[]"],
        rows: &[
            ("slot", COUNT, "The number of the slot, from 0."),
            ("readers", COUNT, "The number of read locks."),
            ("writer", BOOLEAN, "Whether the writer flag is raised."),
            ("persistent", COUNT, "How many of these locks are persistent."),
        ],
    },
    Fields {
        page: "errors",
        of: "a process that has it",
        places: &["error.holders[]"],
        rows: &[
            ("slot", COUNT, "The slot."),
            ("pid", PID, "The pid."),
            ("owner", PID.or_null(), "The pid of the process for which the lock is kept."),
            ("mode", MODE, "The lock that it holds: read or write."),
            (
                "command",
                TEXT.or_null(),
                "The command line of the process that the lock is for, up to 4,096 bytes.",
            ),
            ("started", TIME.or_null(), "When the process pid started."),
        ],
    },
];
