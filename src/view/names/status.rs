//! The names in what `status` shows.

use super::Names;

pub(super) const NAMES: &[Names] = &[
    Names {
        page: "status",
        of: "the document",
        places: &["status"],
        rows: &[
            ("schema", "1: names are added, and never change their meaning."),
            ("time", "When it was looked at: RFC 3339, as every time is."),
            ("block", "The block, if one was asked for."),
            ("slots", "Its slots in use, or all with --slots all; null if they may not be read."),
            ("sessions", "Where the sessions fall that were asked for."),
            ("session_names", "With --sessions: how many session ids there are."),
            ("set", "Instead of a block: a set that is not a block, and what is said of it here."),
            (
                "not_a_block",
                "Why that set is not a block; null if it could be one, and its semaphores were \
                 asked for.",
            ),
            ("semaphores", "Its semaphores; null if they may not be read."),
            ("waiters", "The processes that are seen to wait on it."),
            (
                "deadlocks",
                "Cycles of processes that wait for each other, each as a list of pids; null if \
                 there may be one that cannot be seen.",
            ),
            ("waiting", "How many processes wait on it."),
            ("limits", "With --all: the limits of the IPC namespace, and their use."),
            ("summary", "With --all: the sets by owner and program, most first."),
            ("owners", "With --all: those who own most, in descending order."),
            ("namespaces", "With --all-namespaces: every IPC namespace that was found."),
            ("sets", "With --all: the sets that were asked for."),
            ("notes", "With --all: what else is to be known, such as that the host sees more."),
            ("findings", "What is wrong, the most urgent first."),
        ],
    },
    Names {
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
            ("nsems", "How many semaphores it has."),
            ("mode", "The permissions, in octal digits that begin with 0."),
            ("uid", "The owner's number."),
            ("user", "The owner's name, or null; in a column, the number if there is no name."),
            ("gid", "The group's number."),
            ("group", "The group's name."),
            ("cuid", "The creator's number."),
            ("cuser", "The creator's name."),
            ("cgid", "The number of the creator's group."),
            ("cgroup", "The name of the creator's group."),
            ("otime", "When the last operation on a semaphore succeeded; null if none has."),
            ("ctime", "When the set was created, or last changed by semctl(2)."),
        ],
    },
    Names {
        page: "status",
        of: "a set, if it is one of many",
        places: &["status", "status.sets[]", "remove.removed[]", "remove.kept[]"],
        rows: &[
            ("verdict", "What semlock infers: in-use, idle, orphaned or unknown."),
            ("evidence", "What the verdict rests on: a list of sentences."),
            ("kept_by", "The pids of the processes that could use it or do."),
        ],
    },
    Names {
        page: "status",
        of: "a set of --all",
        places: &["status.sets[]"],
        rows: &[
            (
                "sempid",
                "The last process that used one of its semaphores, where it is only one; 0 if it \
                 is of another pid namespace.",
            ),
            ("waiting", "How many processes wait for one of its semaphores."),
        ],
    },
    Names {
        page: "status",
        of: "a set of --all, or of remove",
        places: &["status.sets[]", "remove.removed[]", "remove.kept[]"],
        rows: &[("program", "The program that it belongs to, where that is certain.")],
    },
    Names {
        page: "status",
        of: "where a set or a block is",
        places: &["status.block", "status.set", "status.sets[]", "status.namespaces[]"],
        rows: &[("ipc_namespace", "The IPC namespace, as /proc/PID/ns/ipc names it.")],
    },
    Names {
        page: "status",
        of: "a block, besides",
        places: &["status.block"],
        rows: &[
            ("slots", "How many slots it has: half of nsems."),
            (
                "effective_slots",
                "How many of them session ids of 13 characters and more can fall on.",
            ),
        ],
    },
    Names {
        page: "status",
        of: "a slot",
        places: &["status.slots[]"],
        rows: &[
            ("slot", "Its number, from 0."),
            (
                "state",
                "free, read, write, draining (a writer waits for the last readers to leave), \
                 persistent (locked without a process, on purpose), abandoned (its writer has \
                 ended) or unknown.",
            ),
            ("readers", "How many read locks are held."),
            ("writer", "Whether the writer flag is raised: true or false, in a column 1 or 0."),
            ("persistent", "How many of these locks no process holds."),
            ("waiting", "How many processes wait for the slot."),
            (
                "sempid",
                "The last process that changed the raised semaphore or waited for its zero; 0 if \
                 it is of another pid namespace.",
            ),
            ("command", "That process's command line, while it lives."),
            ("started", "When that process started, while it lives."),
            ("since", "Since when the slot is locked, where that is known."),
            ("age", "Only a column: how long that is."),
            (
                "holders",
                "The processes that have it, where they are known; in a column, their pids.",
            ),
            ("waiters", "The processes that wait for it, where they can be seen; as above."),
            ("sessions", "With --sessions: which of the session ids fall on it."),
        ],
    },
    Names {
        page: "status",
        of: "a process of a slot",
        places: &["status.slots[].holders[]", "status.slots[].waiters[]"],
        rows: &[
            ("pid", "Its pid."),
            ("command", "Its command line; of a holder of semlock, that of its owner."),
            ("owner", "The pid of the process that it keeps the lock for, or is to."),
            ("since", "Since when it has or waits for the lock, where that is known."),
        ],
    },
    Names {
        page: "status",
        of: "a holder",
        places: &["status.slots[].holders[]"],
        rows: &[
            ("mode", "What it holds: read or write."),
            ("sessions", "The session ids that it was taken for, as far as semlock took it."),
        ],
    },
    Names {
        page: "status",
        of: "a waiter",
        places: &["status.slots[].waiters[]"],
        rows: &[("wants", "What it waits for: read or write.")],
    },
    Names {
        page: "status",
        of: "the session ids of --sessions",
        places: &["status.session_names"],
        rows: &[
            ("total", "How many there are."),
            ("without_slot", "How many of them are too long to have a slot."),
        ],
    },
    Names {
        page: "status",
        of: "a semaphore",
        places: &["status.semaphores[]"],
        rows: &[
            ("semnum", "Its number in the set, from 0."),
            ("semval", "Its value."),
            ("semncnt", "How many processes wait for it to grow."),
            ("semzcnt", "How many processes wait for it to become zero."),
            (
                "sempid",
                "The last process that changed it or waited for its zero; 0 if there is none, or \
                 it is of another pid namespace.",
            ),
            ("command", "That process's command line, while it lives."),
        ],
    },
    Names {
        page: "status",
        of: "a process that waits on a set",
        places: &["status.waiters[]"],
        rows: &[
            ("pid", "Its pid."),
            ("command", "Its command line."),
            ("operations", "What it wants to do, all at once; null if that may not be read."),
            ("waits_for", "The first of these that cannot be done; null if it is not known."),
        ],
    },
    Names {
        page: "status",
        of: "an operation",
        places: &["status.waiters[].operations[]", "status.waiters[].waits_for"],
        rows: &[
            ("semnum", "The semaphore."),
            ("sem_op", "What is added to its value; 0 waits until it is zero."),
            ("undo", "Whether the kernel takes that back when the process ends (SEM_UNDO)."),
        ],
    },
    Names {
        page: "status",
        of: "a session",
        places: &["status.sessions[]"],
        rows: &[
            ("session", "The session id."),
            ("slot", "The slot that it falls on."),
            ("state", "The state of that slot."),
            (
                "persistent_for",
                "What a persistent write lock there was taken for: session (this one), other or \
                 slot; else null.",
            ),
            ("shares_with", "Which of the other sessions fall on the same slot."),
        ],
    },
    Names {
        page: "status",
        of: "limits",
        places: &["status.limits", "status.namespaces[].limits", "probe-max.limits"],
        rows: &[
            ("semmni", "How many sets there can be."),
            ("semmns", "How many semaphores there can be in all sets together."),
            ("semmsl", "How many semaphores a set can have."),
            ("semopm", "How many operations one call can make."),
            ("semvmx", "The highest value of a semaphore."),
            ("sets_used", "How many sets there are."),
            ("semaphores_used", "How many semaphores there are in all sets together."),
        ],
    },
    Names {
        page: "status",
        of: "an entry of the summary",
        places: &["status.summary[]"],
        rows: &[
            ("uid", "The owner's number."),
            ("user", "The owner's name."),
            ("program", "The program; null for the sets of which it is not certain."),
            ("sets", "How many sets."),
            ("semaphores", "How many semaphores they have."),
            ("orphaned", "How many of the sets are orphaned."),
        ],
    },
    Names {
        page: "status",
        of: "an owner",
        places: &["status.owners[]"],
        rows: &[
            ("uid", "The number."),
            ("user", "The name."),
            ("sets", "How many sets this user owns."),
            ("semaphores", "How many semaphores they have."),
        ],
    },
    Names {
        page: "status",
        of: "a namespace",
        places: &["status.namespaces[]"],
        rows: &[
            ("pid", "A process in it."),
            ("command", "That process's command line."),
            ("limits", "Its limits and their use; null if it may not be entered."),
        ],
    },
    Names {
        page: "status",
        of: "a finding",
        places: &["status.findings[]"],
        rows: &[
            (
                "kind",
                "deadlock, abandoned-lock, leaked-reader, long-wait, limit, orphaned, \
                 kept-by-one, remove-ipc or shared-slots.",
            ),
            ("subject", "What was found, in a sentence."),
            ("details", "More of it, where there is more: a list of sentences."),
            ("fix", "What fixes it: a list of commands, with notes behind a #."),
        ],
    },
];
