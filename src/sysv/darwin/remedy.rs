//! The words of macOS: bsd/kern/sysv_sem.c of XNU.

use crate::sysv::remedy::{Absence, Change, Limit, Remedies, Setting};

/// Refused with EINVAL as soon as a set has existed.
const BEFORE_THE_FIRST_SET: Change = Change::Words(
    "right after a boot, before any program creates a set: sudo sysctl -w NAME=NUMBER",
);

/// SEMOPM cannot be changed.
pub(crate) const REMEDIES: Remedies = Remedies {
    place: "this system",
    settings: &[
        Setting {
            name: "kern.sysv.semmsl",
            limits: &[Limit::Semmsl],
            change: BEFORE_THE_FIRST_SET,
        },
        Setting {
            name: "kern.sysv.semmns",
            limits: &[Limit::Semmns],
            change: BEFORE_THE_FIRST_SET,
        },
        Setting {
            name: "kern.sysv.semmni",
            limits: &[Limit::Semmni],
            change: BEFORE_THE_FIRST_SET,
        },
        Setting {
            name: "kern.sysv.semmnu",
            limits: &[Limit::Semmnu],
            change: BEFORE_THE_FIRST_SET,
        },
        Setting {
            name: "kern.sysv.semume",
            limits: &[Limit::Semume],
            change: BEFORE_THE_FIRST_SET,
        },
    ],
    semop_enospc: &[Limit::Semmnu],
    as_root: Some("sudo"),
    max_sets: 1 << 16,
    more_sets: None,
    absent: Absence { cause: "this kernel has no System V semaphores", fix: None },
    policy: "the sandbox of this app",
};
