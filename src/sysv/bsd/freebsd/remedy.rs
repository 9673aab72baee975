//! FreeBSD's words: sys/kern/sysv_sem.c, loader.conf(5), jail(8).

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
        Setting { name: "kern.ipc.semopm", limits: &[Limit::Semopm], change: TUNABLE },
        Setting { name: "kern.ipc.semmni", limits: &[Limit::Semmni], change: TUNABLE },
        Setting { name: "kern.ipc.semmnu", limits: &[Limit::Semmnu], change: TUNABLE },
        Setting { name: "kern.ipc.semume", limits: &[Limit::Semume], change: TUNABLE },
    ],
    semop_enospc: &[Limit::Semmnu],
    as_root: None,
    max_sets: 1 << 16,
    more_sets: None,
    absent: Absence {
        cause: "the kernel has no sysvsem, or this jail may not use it",
        fix: Some(
            "kldload sysvsem; for a jail, on its host: jail -m name=JAIL sysvsem=new, and put sysvsem = new; into jail.conf(5)",
        ),
    },
    policy: "a policy of mac(4)",
};
