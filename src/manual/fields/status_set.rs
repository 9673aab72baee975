//! The fields of what `status` shows of a set that is not a block.

use super::Fields;
use super::value::{BOOLEAN, COUNT, INTEGER, OBJECT, OBJECTS, PID, TEXT};

pub(super) const FIELDS: &[Fields] = &[
    Fields {
        page: "status",
        of: "the document of another set",
        places: &["status-set"],
        rows: &[
            (
                "set",
                OBJECT,
                "Instead of block: a set that is not a block, or whose semaphores were asked for. \
                 Its verdict, evidence and kept_by are beside it.",
            ),
            (
                "not_a_block",
                TEXT.or_null(),
                "Why that set is not a block; null if it could be one.",
            ),
            (
                "semaphores",
                OBJECTS.or_null(),
                "The semaphores of that set; null if they may not be read.",
            ),
            ("waiting", COUNT.or_null(), "The number of processes that wait on that set."),
            ("waiters", OBJECTS.or_null(), "The processes that are seen to wait on that set."),
        ],
    },
    Fields {
        page: "status",
        of: "a semaphore",
        places: &["status-set.semaphores[]"],
        rows: &[
            ("semnum", COUNT, "The number of the semaphore in the set, from 0."),
            ("semval", COUNT, "The value."),
            ("semncnt", COUNT, "The number of processes that wait for the value to increase."),
            ("semzcnt", COUNT, "The number of processes that wait for the value to become zero."),
            (
                "sempid",
                COUNT,
                "The last process that changed the value, or waited for it to become zero; 0 if \
                 there is none, or if it is in another pid namespace.",
            ),
            (
                "command",
                TEXT.or_null(),
                "The command line of that process, up to 4,096 bytes, while it is alive.",
            ),
        ],
    },
    Fields {
        page: "status",
        of: "a process that waits on a set",
        places: &["status-set.waiters[]"],
        rows: &[
            ("pid", PID, "The pid."),
            ("command", TEXT.or_null(), "The command line, up to 4,096 bytes."),
            (
                "operations",
                OBJECTS.or_null(),
                "The operations that it waits to perform, all at once; null if they may not be \
                 read.",
            ),
            (
                "waits_for",
                OBJECT.or_null(),
                "The first of these that cannot be performed; null if it is not known.",
            ),
        ],
    },
    Fields {
        page: "status",
        of: "an operation",
        places: &["status-set.waiters[].operations[]", "status-set.waiters[].waits_for"],
        rows: &[
            ("semnum", COUNT, "The semaphore."),
            (
                "sem_op",
                INTEGER,
                "The number that is added to the value; 0 waits until the value is zero.",
            ),
            (
                "undo",
                BOOLEAN,
                "Whether the kernel reverses the operation when the process ends (SEM_UNDO).",
            ),
        ],
    },
];
