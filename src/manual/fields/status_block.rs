//! The fields of what `status` shows of a block.

use super::Fields;
use super::value::{
    BOOLEAN, COLUMN, COUNT, CYCLES, MODE, OBJECT, OBJECTS, PID, SLOT_STATE, TEXT, TEXTS, TIME, word,
};

pub(super) const FIELDS: &[Fields] = &[
    Fields {
        page: "status",
        of: "the document of a block",
        places: &["status-block"],
        rows: &[
            ("block", OBJECT, "The block."),
            (
                "slots",
                OBJECTS.or_null(),
                "Its slots in use, or all of them with --slots all; null if they may not be read.",
            ),
            ("sessions", OBJECTS.optional(), "The slots of the given sessions."),
            ("session_names", OBJECT.optional(), "With --sessions: the number of session ids."),
            (
                "deadlocks",
                CYCLES.or_null(),
                "Cycles of processes that wait for each other, each as a list of pids; null if \
                 there may be one that cannot be seen.",
            ),
        ],
    },
    Fields {
        page: "status",
        of: "a block",
        places: &["status-block.block"],
        rows: &[
            ("slots", COUNT, "The number of slots: half of nsems."),
            (
                "effective_slots",
                COUNT,
                "The number of slots that session ids of 13 or more characters can fall on.",
            ),
        ],
    },
    Fields {
        page: "status",
        of: "a slot",
        places: &["status-block.slots[]"],
        rows: &[
            ("slot", COUNT, "The number of the slot, from 0."),
            (
                "state",
                SLOT_STATE,
                "free, read, write, draining (a writer waits for the last readers to leave), \
                 persistent (locked without a process, on purpose), abandoned (its writer has \
                 ended) or unknown.",
            ),
            ("readers", COUNT, "The number of read locks."),
            (
                "writer",
                BOOLEAN,
                "Whether the writer flag is raised: true or false; 1 or 0 in a column.",
            ),
            (
                "persistent",
                COUNT,
                "How many of these locks are persistent, so that no process holds them.",
            ),
            ("waiting", COUNT, "The number of processes that wait for the slot."),
            (
                "sempid",
                COUNT.or_null(),
                "The last process that changed the raised semaphore, or waited for it to become \
                 zero; 0 if it is in another pid namespace.",
            ),
            (
                "command",
                TEXT.or_null(),
                "The command line of that process, up to 4,096 bytes, while it is alive.",
            ),
            ("started", TIME.or_null(), "When that process started, while it is alive."),
            ("since", TIME.or_null(), "When the slot was locked; null if that is not known."),
            ("age", COLUMN, "How long the slot has been locked."),
            (
                "holders",
                OBJECTS.or_null(),
                "The processes that have a lock of the slot, if they are known; a column has their \
                 pids.",
            ),
            (
                "waiters",
                OBJECTS.or_null(),
                "The processes that wait for the slot, if they can be seen; a column has their \
                 pids.",
            ),
            (
                "sessions",
                TEXTS.optional(),
                "With --sessions: the session ids that fall on the slot.",
            ),
        ],
    },
    Fields {
        page: "status",
        of: "a holder or a waiter",
        places: &["status-block.slots[].holders[]", "status-block.slots[].waiters[]"],
        rows: &[
            ("pid", PID, "The pid."),
            (
                "command",
                TEXT.or_null(),
                "The command line, up to 4,096 bytes. If semlock keeps the lock for a process, it is that of this \
                 process.",
            ),
            (
                "owner",
                PID.or_null(),
                "The pid of the process for which the lock is kept, or will be. Not a user.",
            ),
            (
                "since",
                TIME.or_null(),
                "When it got the lock; of one that waits, when it last ran. Null if that is not known.",
            ),
        ],
    },
    Fields {
        page: "status",
        of: "a holder",
        places: &["status-block.slots[].holders[]"],
        rows: &[
            ("mode", MODE, "The lock that it holds: read or write."),
            ("sessions", TEXTS, "The session ids that the lock was taken for, if semlock took it."),
        ],
    },
    Fields {
        page: "status",
        of: "a waiter",
        places: &["status-block.slots[].waiters[]"],
        rows: &[("wants", MODE.or_null(), "The lock that it waits for: read or write.")],
    },
    Fields {
        page: "status",
        of: "a session",
        places: &["status-block.sessions[]"],
        rows: &[
            ("session", TEXT, "The session id."),
            ("slot", COUNT, "The slot that it falls on."),
            ("state", SLOT_STATE, "The state of that slot."),
            (
                "persistent_for",
                word(|| vec!["session", "other", "slot"]).or_null(),
                "What a persistent write lock of that slot was taken for: session (this one), \
                 other (another one) or slot (no session); null if there is none.",
            ),
            ("shares_with", TEXTS, "The other sessions that fall on the same slot."),
        ],
    },
    Fields {
        page: "status",
        of: "the session ids of --sessions",
        places: &["status-block.session_names"],
        rows: &[
            ("total", COUNT, "The number of session ids."),
            ("without_slot", COUNT, "How many of them are too long to have a slot."),
        ],
    },
];
