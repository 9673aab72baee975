//! DragonFly's words: sys/kern/sysv_sem.c, loader.conf(5), jail(8).

use crate::sysv::remedy::{Absence, Change, Limit, Remedies, Setting};

/// Read at the boot only.
const TUNABLE: Change =
    Change::Line { file: "/boot/loader.conf", separator: "=", then: "boot again" };

pub(crate) const REMEDIES: Remedies = Remedies {
    place: "this system",
    settings: &[
        Setting {
            name: "kern.ipc.semmsl",
            limits: &[Limit::Semmsl],
            change: Change::Command { words: &["sysctl"], keeper: "a line in /etc/sysctl.conf" },
        },
        Setting { name: "kern.ipc.semmns", limits: &[Limit::Semmns], change: TUNABLE },
        Setting { name: "kern.ipc.semmni", limits: &[Limit::Semmni], change: TUNABLE },
        Setting { name: "kern.ipc.semume", limits: &[Limit::Semume], change: TUNABLE },
    ],
    // It allocates undo structures as they are needed.
    semop_enospc: &[],
    as_root: None,
    max_sets: 1 << 16,
    more_sets: None,
    absent: Absence {
        cause: "the kernel was built without System V semaphores, or this jail may not use them",
        fix: Some(
            "use a kernel with options SYSVSEM; for a jail, let it use System V IPC: jail(8), sysvipc_allowed",
        ),
    },
    policy: "a security policy",
};
