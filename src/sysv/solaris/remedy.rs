//! The words of illumos and Solaris: uts/common/syscall/sem.c, resource_controls(7).

use crate::sysv::remedy::{Absence, Change, Limit, Remedies, Setting};

/// There is no limit on undo entries, and none on all semaphores together.
pub(crate) const REMEDIES: Remedies = Remedies {
    place: "this zone",
    settings: &[
        Setting {
            name: "process.max-sem-nsems",
            limits: &[Limit::Semmsl],
            change: Change::Words(
                "as root: prctl -n NAME -r -v NUMBER -i process PID, with the pid of this shell for PID; projmod(8) makes it permanent",
            ),
        },
        Setting {
            name: "process.max-sem-ops",
            limits: &[Limit::Semopm],
            change: Change::Words(
                "as root: prctl -n NAME -r -v NUMBER -i process PID, with the pid of this shell for PID, and create the set again: it keeps the limit of the process that creates it",
            ),
        },
        Setting {
            name: "project.max-sem-ids",
            limits: &[Limit::Semmni],
            change: Change::Words(
                "as root: prctl -n NAME -r -v NUMBER -i project PROJECT, with this user's project (id -p) for PROJECT; projmod(8) makes it permanent. A zone has a limit of its own, zone.max-sem-ids: zonecfg(8)",
            ),
        },
    ],
    semop_enospc: &[],
    as_root: Some("pfexec"),
    max_sets: 1 << 24,
    more_sets: None,
    absent: Absence {
        cause: "the kernel cannot load its module for System V semaphores",
        fix: Some("check that semsys is there and may be loaded: modload -p sys/semsys, system(5)"),
    },
    policy: "a security policy",
};
