//! NetBSD's words: sys/kern/sysv_sem.c, sys/sys/sem.h, options(4).

use crate::sysv::remedy::{Absence, Change, Limit, Remedies, Setting};

const SYSCTL: Change =
    Change::Command { words: &["sysctl", "-w"], keeper: "a line in /etc/sysctl.conf" };

pub(crate) const REMEDIES: Remedies = Remedies {
    place: "this system",
    settings: &[
        Setting {
            name: "SEMMSL",
            limits: &[Limit::Semmsl],
            change: Change::Words("build a kernel with options SEMMNS=NUMBER: it sets SEMMSL, too"),
        },
        Setting { name: "kern.ipc.semmns", limits: &[Limit::Semmns], change: SYSCTL },
        Setting { name: "kern.ipc.semmni", limits: &[Limit::Semmni], change: SYSCTL },
        Setting { name: "kern.ipc.semmnu", limits: &[Limit::Semmnu], change: SYSCTL },
        Setting {
            name: "SEMUME",
            limits: &[Limit::Semume],
            change: Change::Words("build a kernel with options SEMUME=NUMBER"),
        },
    ],
    semop_enospc: &[Limit::Semmnu],
    as_root: None,
    max_sets: 1 << 16,
    more_sets: None,
    absent: Absence {
        cause: "the kernel has no System V semaphores",
        fix: Some("modload sysv_ipc, or use a kernel with options SYSVSEM"),
    },
    policy: "a security model (secmodel(9))",
};
