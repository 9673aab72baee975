//! The fields of what `status` shows of a block.

use super::Fields;

pub(super) const FIELDS: &[Fields] = &[
    Fields {
        page: "status",
        of: "the document",
        places: &["status"],
        rows: &[
            (
                "schema",
                "Always 1. Later versions may add fields, but never change the meaning of one.",
            ),
            ("time", "When the data was read. Every time is in the format of RFC 3339."),
            ("block", "The block, if one was asked for."),
            (
                "slots",
                "Its slots in use, or all of them with --slots all; null if they may not be read.",
            ),
            ("sessions", "The slots of the given sessions."),
            ("session_names", "With --sessions: the number of session ids."),
            (
                "set",
                "Instead of block: a set that is not a block, or whose semaphores were asked for.",
            ),
            ("not_a_block", "Why that set is not a block; null if it could be one."),
            ("semaphores", "The semaphores of that set; null if they may not be read."),
            ("waiters", "The processes that are seen to wait on that set."),
            (
                "deadlocks",
                "Cycles of processes that wait for each other, each as a list of pids; null if \
                 there may be one that cannot be seen.",
            ),
            ("waiting", "The number of processes that wait on that set."),
            (
                "limits",
                "With --all: the limits of the IPC namespace, and how much of them is in use.",
            ),
            ("summary", "With --all: the sets by owner and program, the largest groups first."),
            ("owners", "With --all: the users who own the most, in descending order."),
            ("namespaces", "With --all-namespaces: every IPC namespace that was found."),
            ("sets", "With --all: the selected sets."),
            ("notes", "With --all: what semlock could not look at, and why."),
            ("findings", "What is wrong, the most urgent first."),
        ],
    },
    Fields {
        page: "status",
        of: "a finding",
        places: &["status.findings[]"],
        rows: &[
            (
                "kind",
                "deadlock, abandoned-lock, leaked-reader, long-wait, limit, orphaned, kept-by-one, \
                 remove-ipc or shared-slots.",
            ),
            ("subject", "The problem, in a sentence."),
            ("details", "Further facts, if there are any: a list of sentences."),
            ("fix", "What fixes it: a list of commands, with notes after a #."),
        ],
    },
    Fields {
        page: "status",
        of: "a block",
        places: &["status.block"],
        rows: &[
            ("slots", "The number of slots: half of nsems."),
            (
                "effective_slots",
                "The number of slots that session ids of 13 or more characters can fall on.",
            ),
        ],
    },
    Fields {
        page: "status",
        of: "a slot",
        places: &["status.slots[]"],
        rows: &[
            ("slot", "The number of the slot, from 0."),
            (
                "state",
                "free, read, write, draining (a writer waits for the last readers to leave), \
                 persistent (locked without a process, on purpose), abandoned (its writer has \
                 ended) or unknown.",
            ),
            ("readers", "The number of read locks."),
            ("writer", "Whether the writer flag is raised: true or false; 1 or 0 in a column."),
            (
                "persistent",
                "How many of these locks are persistent, so that no process holds them.",
            ),
            ("waiting", "The number of processes that wait for the slot."),
            (
                "sempid",
                "The last process that changed the raised semaphore, or waited for it to become \
                 zero; 0 if it is in another pid namespace.",
            ),
            ("command", "The command line of that process, while it is alive."),
            ("started", "When that process started, while it is alive."),
            ("since", "When the slot was locked; null if that is not known."),
            ("age", "How long the slot has been locked. This is only a column."),
            (
                "holders",
                "The processes that have a lock of the slot, if they are known; a column has their \
                 pids.",
            ),
            (
                "waiters",
                "The processes that wait for the slot, if they can be seen; a column has their \
                 pids.",
            ),
            ("sessions", "With --sessions: the session ids that fall on the slot."),
        ],
    },
    Fields {
        page: "status",
        of: "a holder or a waiter",
        places: &["status.slots[].holders[]", "status.slots[].waiters[]"],
        rows: &[
            ("pid", "The pid."),
            (
                "command",
                "The command line. If semlock keeps the lock for a process, it is that of this \
                 process.",
            ),
            ("owner", "The pid of the process for which the lock is kept, or will be. Not a user."),
            ("since", "When it got the lock or began to wait; null if that is not known."),
        ],
    },
    Fields {
        page: "status",
        of: "a holder",
        places: &["status.slots[].holders[]"],
        rows: &[
            ("mode", "The lock that it holds: read or write."),
            ("sessions", "The session ids that the lock was taken for, if semlock took it."),
        ],
    },
    Fields {
        page: "status",
        of: "a waiter",
        places: &["status.slots[].waiters[]"],
        rows: &[("wants", "The lock that it waits for: read or write.")],
    },
    Fields {
        page: "status",
        of: "a session",
        places: &["status.sessions[]"],
        rows: &[
            ("session", "The session id."),
            ("slot", "The slot that it falls on."),
            ("state", "The state of that slot."),
            (
                "persistent_for",
                "What a persistent write lock of that slot was taken for: session (this one), \
                 other (another one) or slot (no session); null if there is none.",
            ),
            ("shares_with", "The other sessions that fall on the same slot."),
        ],
    },
    Fields {
        page: "status",
        of: "the session ids of --sessions",
        places: &["status.session_names"],
        rows: &[
            ("total", "The number of session ids."),
            ("without_slot", "How many of them are too long to have a slot."),
        ],
    },
];
