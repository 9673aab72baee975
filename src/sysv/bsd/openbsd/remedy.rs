//! OpenBSD's words: sys/kern/sysv_sem.c, sysctl(2), options(4).

use crate::sysv::remedy::{Absence, Change, Limit, Remedies, Setting};

/// No running kernel lets them be lowered.
const SYSCTL: Change = Change::Command { words: &["sysctl"], keeper: "a line in /etc/sysctl.conf" };

pub(crate) const REMEDIES: Remedies = Remedies {
    place: "this system",
    settings: &[
        Setting { name: "kern.seminfo.semmsl", limits: &[Limit::Semmsl], change: SYSCTL },
        Setting { name: "kern.seminfo.semmns", limits: &[Limit::Semmns], change: SYSCTL },
        Setting { name: "kern.seminfo.semopm", limits: &[Limit::Semopm], change: SYSCTL },
        Setting { name: "kern.seminfo.semmni", limits: &[Limit::Semmni], change: SYSCTL },
        Setting { name: "kern.seminfo.semmnu", limits: &[Limit::Semmnu], change: SYSCTL },
        Setting {
            name: "SEMUME",
            limits: &[Limit::Semume],
            change: Change::Words("build a kernel with option SEMUME=NUMBER"),
        },
    ],
    // SEMUME, if a single call needs more entries.
    semop_enospc: &[Limit::Semmnu, Limit::Semume],
    as_root: Some("doas"),
    max_sets: 0xffff,
    more_sets: None,
    absent: Absence {
        cause: "the kernel was built without System V semaphores",
        fix: Some("use a kernel with option SYSVSEM, such as GENERIC"),
    },
    policy: "a security policy",
};
