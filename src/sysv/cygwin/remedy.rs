//! Cygwin's words: winsup/cygserver/sysv_sem.cc, cygserver.conf, the user's guide
//! ("Cygserver").

use crate::sysv::remedy::{Absence, Change, Limit, Remedies, Setting};

/// Read when cygserver starts.
const CONFIGURED: Change = Change::Line {
    file: "/etc/cygserver.conf",
    separator: " ",
    then: "start cygserver again, which removes every set: cygrunsrv -E cygserver && cygrunsrv -S cygserver",
};

pub(crate) const REMEDIES: Remedies = Remedies {
    place: "this system",
    settings: &[
        Setting { name: "kern.ipc.semmsl", limits: &[Limit::Semmsl], change: CONFIGURED },
        Setting { name: "kern.ipc.semmns", limits: &[Limit::Semmns], change: CONFIGURED },
        Setting { name: "kern.ipc.semopm", limits: &[Limit::Semopm], change: CONFIGURED },
        Setting { name: "kern.ipc.semmni", limits: &[Limit::Semmni], change: CONFIGURED },
        Setting { name: "kern.ipc.semmnu", limits: &[Limit::Semmnu], change: CONFIGURED },
        Setting { name: "kern.ipc.semume", limits: &[Limit::Semume], change: CONFIGURED },
    ],
    semop_enospc: &[Limit::Semmnu],
    as_root: None,
    // cygserver accepts no larger number.
    max_sets: 1024,
    more_sets: None,
    absent: Absence {
        cause: "cygserver, which provides Cygwin's semaphores, is not running",
        fix: Some("cygserver-config && cygrunsrv -S cygserver"),
    },
    policy: "a security policy",
};
