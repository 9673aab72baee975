//! The fields of sets, semaphores and limits, which `status` and `remove` show.

use super::Fields;

pub(super) const FIELDS: &[Fields] = &[
    Fields {
        page: "status",
        of: "a set",
        places: &[
            "status.block",
            "status.set",
            "status.sets[]",
            "remove.removed[]",
            "remove.kept[]",
        ],
        rows: &[
            ("key", "The key; 0 for a private set, which has none."),
            ("key_hex", "The key in hexadecimal, as ipcs(1) shows it."),
            ("semid", "The id that the kernel gave the set."),
            ("nsems", "The number of semaphores."),
            ("mode", "The permissions, as an octal number that begins with 0."),
            ("uid", "The user id of the owner."),
            (
                "user",
                "The name of the owner, or null; a column has the user id if there is no name.",
            ),
            ("gid", "The group id."),
            ("group", "The name of the group."),
            ("cuid", "The user id of the creator."),
            ("cuser", "The name of the creator."),
            ("cgid", "The group id of the creator."),
            ("cgroup", "The name of the creator's group."),
            ("otime", "When the last operation on a semaphore succeeded; null if there was none."),
            ("ctime", "When the set was created or last changed by semctl(2)."),
        ],
    },
    Fields {
        page: "status",
        of: "a set with a verdict",
        places: &["status", "status.sets[]", "remove.removed[]", "remove.kept[]"],
        rows: &[
            ("verdict", "What semlock infers: in-use, idle, orphaned or unknown."),
            ("evidence", "The reasons for the verdict: a list of sentences."),
            ("kept_by", "The pids of the processes that use it or could use it."),
        ],
    },
    Fields {
        page: "status",
        of: "a set of --all",
        places: &["status.sets[]"],
        rows: &[
            (
                "sempid",
                "The last process that used its semaphores, if that is the same for all; 0 if it \
                 is in another pid namespace.",
            ),
            ("waiting", "The number of processes that wait for one of its semaphores."),
        ],
    },
    Fields {
        page: "status",
        of: "a set of --all or of remove",
        places: &["status.sets[]", "remove.removed[]", "remove.kept[]"],
        rows: &[("program", "The program that it belongs to; null if that is not certain.")],
    },
    Fields {
        page: "status",
        of: "a set, a block or a namespace",
        places: &["status.block", "status.set", "status.sets[]", "status.namespaces[]"],
        rows: &[("ipc_namespace", "The IPC namespace, as /proc/PID/ns/ipc names it.")],
    },
    Fields {
        page: "status",
        of: "a semaphore",
        places: &["status.semaphores[]"],
        rows: &[
            ("semnum", "The number of the semaphore in the set, from 0."),
            ("semval", "The value."),
            ("semncnt", "The number of processes that wait for the value to increase."),
            ("semzcnt", "The number of processes that wait for the value to become zero."),
            (
                "sempid",
                "The last process that changed the value, or waited for it to become zero; 0 if \
                 there is none, or if it is in another pid namespace.",
            ),
            ("command", "The command line of that process, while it is alive."),
        ],
    },
    Fields {
        page: "status",
        of: "a process that waits on a set",
        places: &["status.waiters[]"],
        rows: &[
            ("pid", "The pid."),
            ("command", "The command line."),
            (
                "operations",
                "The operations that it waits to perform, all at once; null if they may not be \
                 read.",
            ),
            ("waits_for", "The first of these that cannot be performed; null if it is not known."),
        ],
    },
    Fields {
        page: "status",
        of: "an operation",
        places: &["status.waiters[].operations[]", "status.waiters[].waits_for"],
        rows: &[
            ("semnum", "The semaphore."),
            ("sem_op", "The number that is added to the value; 0 waits until the value is zero."),
            ("undo", "Whether the kernel reverses the operation when the process ends (SEM_UNDO)."),
        ],
    },
    Fields {
        page: "status",
        of: "limits",
        places: &["status.limits", "status.namespaces[].limits", "probe-max.limits"],
        rows: &[
            ("semmni", "The largest number of sets."),
            ("semmns", "The largest number of semaphores in all sets together."),
            ("semmsl", "The largest number of semaphores in a set."),
            ("semopm", "The largest number of operations in one call."),
            ("semvmx", "The largest value of a semaphore."),
            ("sets_used", "The number of existing sets."),
            ("semaphores_used", "The number of existing semaphores."),
        ],
    },
    Fields {
        page: "status",
        of: "an entry of the summary",
        places: &["status.summary[]"],
        rows: &[
            ("uid", "The user id of the owner."),
            ("user", "The name of the owner."),
            ("program", "The program; null for sets whose program is not certain."),
            ("sets", "The number of sets."),
            ("semaphores", "The number of semaphores in these sets."),
            ("orphaned", "How many of these sets are orphaned."),
        ],
    },
    Fields {
        page: "status",
        of: "an owner",
        places: &["status.owners[]"],
        rows: &[
            ("uid", "The user id."),
            ("user", "The name."),
            ("sets", "The number of sets that this user owns."),
            ("semaphores", "The number of semaphores in these sets."),
        ],
    },
    Fields {
        page: "status",
        of: "a namespace",
        places: &["status.namespaces[]"],
        rows: &[
            ("pid", "A process in it."),
            ("command", "The command line of that process."),
            (
                "limits",
                "The limits, and how much of them is in use; null if the namespace may not be \
                 entered.",
            ),
        ],
    },
];
