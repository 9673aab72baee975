//! The names in what the other subcommands print, and in errors.

use super::Names;

pub(super) const NAMES: &[Names] = &[
    Names {
        page: "remove",
        of: "the document",
        places: &["remove"],
        rows: &[
            ("schema", "1, as in every document."),
            ("dry_run", "Whether this is only what would be done."),
            (
                "removed",
                "The sets that were removed, each with the names of a set in semlock-status(1), \
                 its verdict, evidence and kept_by.",
            ),
            ("kept", "Those that were asked for and are kept, in the same way."),
            ("notes", "What nobody can see, and so no verdict says."),
        ],
    },
    Names {
        page: "create",
        of: "the document",
        places: &["create"],
        rows: &[
            ("schema", "1, as in every document."),
            (
                "block",
                "The block: key, key_hex, semid, nsems, slots and effective_slots, as in \
                 semlock-status(1).",
            ),
            ("created", "Whether it was created now; false with --exist-ok if it was there."),
            ("replaced", "With --replace, what was replaced: its semid, and what changed."),
            ("notes", "What to expect of it later."),
        ],
    },
    Names {
        page: "create",
        of: "replaced",
        places: &["create.replaced"],
        rows: &[
            ("semid", "The id of the block that is gone."),
            ("from", "Its nsems, mode, uid, user, gid and group."),
            ("to", "The same of the block that is there now."),
        ],
    },
    Names {
        page: "probe-max",
        of: "the document",
        places: &["probe-max"],
        rows: &[
            ("schema", "1, as in every document."),
            ("available", "Whether there are semaphores here."),
            ("max_nsems", "The largest set that can be created now."),
            ("max_power_of_two", "The largest power of two of these sizes."),
            (
                "binding_limit",
                "What forbids a larger one: SEMMSL, SEMMNS, SEMMNI or memory; null if none was \
                 tried.",
            ),
            ("sets", "How many sets --sets asks for; else null."),
            (
                "max_nsems_each",
                "The largest size of which that many can be created at the same time.",
            ),
            ("recommended", "The NSems to choose; null if no block can be created."),
            ("effective_slots", "How many slots the sessions fall on then."),
            ("collisions", "The share of open sessions that then meet another in their slot."),
            ("first_lock_cost", "How many times longer a first lock takes than with 32."),
            ("reason", "Why this size is recommended, or why none is."),
            ("undo", "Whether SEM_UNDO releases what a killed process had."),
            ("timed_wait", "Whether a wait can have an end."),
            ("zeroed", "Whether new semaphores are 0."),
            ("max_operations", "How many operations one call can make, as tried."),
            ("max_value", "The highest value that a semaphore takes, as tried."),
            (
                "limits",
                "The limits that the system declares, with their use: see semlock-status(1).",
            ),
        ],
    },
    Names {
        page: "errors",
        of: "the object of an error",
        places: &["error"],
        rows: &[
            ("schema", "1, as in every document."),
            ("error", "What could not be done, in words."),
            ("errno", "The name of the errno of the call that failed."),
            ("status", "The exit status."),
            ("reason", "A name of the list below."),
            ("cause", "Why, where error does not say it."),
            ("evidence", "What shows the cause: a list of sentences."),
            ("fix", "What fixes it: a list, the best first."),
            ("see", "The command that shows what can be typed."),
        ],
    },
    Names {
        page: "errors",
        of: "the same, if a lock is busy",
        places: &["error"],
        rows: &[
            ("block", "The block, as semlock-create(1) has it."),
            ("slots", "The slots that are locked: slot, readers, writer and persistent."),
            (
                "holders",
                "The processes that have them, where they are known: slot, pid, owner, mode, \
                 command and started.",
            ),
        ],
    },
];
