//! The fields of a set, which several documents show.

use super::Fields;
use super::value::{
    COUNT, INTEGER, KEY_HEX, NAMESPACE, OCTAL_MODE, PIDS, TEXT, TEXTS, TIME, VERDICT,
};

pub(super) const FIELDS: &[Fields] = &[
    Fields {
        page: "status",
        of: "a set",
        places: &[
            "status-block.block",
            "status-set.set",
            "status-all.sets[]",
            "remove.removed[]",
            "remove.kept[]",
        ],
        rows: &[
            ("key", INTEGER, "The key; 0 for a private set, which has none."),
            ("key_hex", KEY_HEX, "The key in hexadecimal, as ipcs(1) shows it."),
            ("semid", COUNT, "The id that the kernel gave the set."),
            ("nsems", COUNT, "The number of semaphores."),
            ("mode", OCTAL_MODE, "The permissions, as an octal number that begins with 0."),
            ("uid", COUNT, "The user id of the owner."),
            (
                "user",
                TEXT.or_null(),
                "The name of the owner, or null; a column has the user id if there is no name.",
            ),
            ("gid", COUNT, "The group id."),
            ("group", TEXT.or_null(), "The name of the group."),
            ("cuid", COUNT, "The user id of the creator."),
            ("cuser", TEXT.or_null(), "The name of the creator."),
            ("cgid", COUNT, "The group id of the creator."),
            ("cgroup", TEXT.or_null(), "The name of the creator's group."),
            (
                "otime",
                TIME.or_null(),
                "When the last operation on a semaphore succeeded; null if there was none.",
            ),
            ("ctime", TIME.or_null(), "When the set was created or last changed by semctl(2)."),
        ],
    },
    Fields {
        page: "status",
        of: "a block or another set",
        places: &["status-block.block", "status-set.set"],
        rows: &[(
            "ipc_namespace",
            NAMESPACE.or_null(),
            "The IPC namespace, as /proc/PID/ns/ipc names it.",
        )],
    },
    Fields {
        page: "status",
        of: "a set with a verdict",
        places: &["status-set", "status-all.sets[]", "remove.removed[]", "remove.kept[]"],
        rows: &[
            ("verdict", VERDICT, "What semlock infers: in-use, idle, orphaned or unknown."),
            ("evidence", TEXTS, "The reasons for the verdict: a list of sentences."),
            ("kept_by", PIDS, "The pids of the processes that use it or could use it."),
        ],
    },
    Fields {
        page: "status",
        of: "a set of --all or of remove",
        places: &["status-all.sets[]", "remove.removed[]", "remove.kept[]"],
        rows: &[(
            "program",
            TEXT.or_null(),
            "The program that it belongs to; null if that is not certain.",
        )],
    },
];
