//! The fields of what the other subcommands print, and of errors.

use super::Fields;

pub(super) const FIELDS: &[Fields] = &[
    Fields {
        page: "remove",
        of: "the document",
        places: &["remove"],
        rows: &[
            ("schema", "Always 1."),
            ("dry_run", "Whether nothing was changed, because of --dry-run."),
            (
                "removed",
                "The sets that were removed, each with the fields of a set in semlock-status(1), \
                 and with verdict, evidence and kept_by.",
            ),
            ("kept", "The sets that were selected and kept, with the same fields."),
            ("notes", "Warnings about users that no verdict can take into account."),
        ],
    },
    Fields {
        page: "create",
        of: "the document",
        places: &["create"],
        rows: &[
            ("schema", "Always 1."),
            (
                "block",
                "The block: key, key_hex, semid, nsems, slots and effective_slots, as in \
                 semlock-status(1).",
            ),
            ("created", "Whether it was created; false if it already existed (--exist-ok)."),
            ("replaced", "With --replace: the block that was replaced."),
            ("notes", "The warnings, a list of sentences."),
        ],
    },
    Fields {
        page: "create",
        of: "replaced",
        places: &["create.replaced"],
        rows: &[
            ("semid", "The semid of the old block."),
            ("from", "The nsems, mode, uid, user, gid and group of the old block."),
            ("to", "The same fields of the new block."),
        ],
    },
    Fields {
        page: "probe-max",
        of: "the document",
        places: &["probe-max"],
        rows: &[
            ("schema", "Always 1."),
            ("available", "Whether the system has semaphores and allows them."),
            ("max_nsems", "The largest set that can be created now."),
            ("max_power_of_two", "The largest set whose size is a power of two."),
            (
                "binding_limit",
                "What prevents a larger set: SEMMSL, SEMMNS, SEMMNI or memory; null if none was \
                 tried.",
            ),
            ("sets", "The number of sets that --sets asks for; else null."),
            (
                "max_nsems_each",
                "The largest size of each set, if that many sets exist at the same time.",
            ),
            ("recommended", "The recommended NSems; null if no block can be created."),
            ("effective_slots", "The number of slots that session ids fall on with this NSems."),
            (
                "collisions",
                "The share of open sessions that share their slot with another open session.",
            ),
            (
                "first_lock_cost",
                "The time of a process's first lock with this NSems, divided by the time with 32.",
            ),
            ("reason", "Why this NSems is recommended, or why none is."),
            ("undo", "Whether SEM_UNDO releases the locks of a killed process."),
            ("timed_wait", "Whether a wait can have a time limit."),
            ("zeroed", "Whether new semaphores have the value 0."),
            ("max_operations", "The largest number of operations that one call could perform."),
            ("max_value", "The largest value that a semaphore could be given."),
            (
                "limits",
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
            ("schema", "Always 1."),
            ("error", "What could not be done."),
            ("errno", "The name of the errno of the call that failed."),
            ("status", "The exit status."),
            ("reason", "A name from the list of reasons below."),
            ("cause", "Why it failed, if the error does not already say so."),
            ("evidence", "The facts that show the cause: a list of sentences."),
            ("fix", "What fixes it: a list, the best fix first."),
            ("see", "The command that shows the options."),
        ],
    },
    Fields {
        page: "errors",
        of: "an error because a lock is busy",
        places: &["error"],
        rows: &[
            ("block", "The block, as in semlock-create(1)."),
            ("slots", "The locked slots: slot, readers, writer and persistent."),
            (
                "holders",
                "The processes that have them, if they are known: slot, pid, owner, mode, command \
                 and started.",
            ),
        ],
    },
];
