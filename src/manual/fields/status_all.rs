//! The fields of what `status --all` shows.

use super::Fields;
use super::value::{COUNT, NAMESPACE, OBJECT, OBJECTS, PID, TEXT, TEXTS};

pub(super) const FIELDS: &[Fields] = &[
    Fields {
        page: "status",
        of: "the document of --all",
        places: &["status-all"],
        rows: &[
            ("limits", OBJECT, "The limits of the IPC namespace, and how much of them is in use."),
            ("sets", OBJECTS, "The selected sets."),
            ("summary", OBJECTS, "The sets by owner and program, the largest groups first."),
            ("owners", OBJECTS, "The users who own the most, in descending order."),
            (
                "namespaces",
                OBJECTS.optional(),
                "With --all-namespaces: every IPC namespace that was found.",
            ),
            ("notes", TEXTS, "What semlock could not look at, and why."),
        ],
    },
    Fields {
        page: "status",
        of: "a set of --all",
        places: &["status-all.sets[]"],
        rows: &[
            (
                "ipc_namespace",
                NAMESPACE.optional(),
                "With --all-namespaces: the IPC namespace that it is in.",
            ),
            (
                "sempid",
                COUNT.or_null(),
                "The last process that used its semaphores, if that is the same for all; 0 if it \
                 is in another pid namespace.",
            ),
            (
                "waiting",
                COUNT.or_null(),
                "The number of processes that wait for one of its semaphores.",
            ),
        ],
    },
    Fields {
        page: "status",
        of: "limits",
        places: &["status-all.limits", "status-all.namespaces[].limits", "probe-max.limits"],
        rows: &[
            ("semmni", COUNT.or_null(), "The largest number of sets."),
            ("semmns", COUNT.or_null(), "The largest number of semaphores in all sets together."),
            ("semmsl", COUNT.or_null(), "The largest number of semaphores in a set."),
            ("semopm", COUNT.or_null(), "The largest number of operations in one call."),
            ("semvmx", COUNT, "The largest value of a semaphore."),
            ("sets_used", COUNT, "The number of existing sets."),
            ("semaphores_used", COUNT, "The number of existing semaphores."),
        ],
    },
    Fields {
        page: "status",
        of: "an entry of the summary",
        places: &["status-all.summary[]"],
        rows: &[
            ("uid", COUNT, "The user id of the owner."),
            ("user", TEXT.or_null(), "The name of the owner."),
            ("program", TEXT.or_null(), "The program; null for sets whose program is not certain."),
            ("sets", COUNT, "The number of sets."),
            ("semaphores", COUNT, "The number of semaphores in these sets."),
            ("orphaned", COUNT, "How many of these sets are orphaned."),
        ],
    },
    Fields {
        page: "status",
        of: "an owner",
        places: &["status-all.owners[]"],
        rows: &[
            ("uid", COUNT, "The user id."),
            ("user", TEXT.or_null(), "The name."),
            ("sets", COUNT, "The number of sets that this user owns."),
            ("semaphores", COUNT, "The number of semaphores in these sets."),
        ],
    },
    Fields {
        page: "status",
        of: "a namespace",
        places: &["status-all.namespaces[]"],
        rows: &[
            ("ipc_namespace", NAMESPACE, "The IPC namespace, as /proc/PID/ns/ipc names it."),
            ("pid", PID, "A process in it."),
            ("command", TEXT.or_null(), "The command line of that process, up to 4,096 bytes."),
            (
                "limits",
                OBJECT.or_null(),
                "The limits, and how much of them is in use; null if the namespace may not be \
                 entered.",
            ),
        ],
    },
];
