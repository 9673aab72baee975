//! Linux's words: sysctl(8), systemd.exec(5), docker-run(1).

use crate::sysv::remedy::{Absence, Change, Limit, Remedies, Setting};

pub(crate) const REMEDIES: Remedies = Remedies {
    place: "this IPC namespace",
    settings: &[Setting {
        name: "kernel.sem",
        limits: &[Limit::Semmsl, Limit::Semmns, Limit::Semopm, Limit::Semmni],
        change: Change::Command { words: &["sysctl", "-w"], keeper: "a file in /etc/sysctl.d/" },
    }],
    semop_enospc: &[],
    as_root: Some("sudo"),
    // Without `ipcmni_extend`: include/linux/ipc_namespace.h.
    max_sets: 32768,
    more_sets: Some(
        "boot with ipcmni_extend on the kernel's command line: this allows 16777216 sets",
    ),
    absent: Absence {
        cause: "the kernel was built without System V IPC",
        fix: Some("use a kernel with CONFIG_SYSVIPC=y"),
    },
    policy: "a security module (SELinux, AppArmor)",
};

/// A filter of a container or a service.
#[cfg(any(test, not(target_os = "android")))]
pub(crate) const FILTERED: Absence = Absence {
    cause: "a system call filter (seccomp) of this container, service or app forbids System V semaphores",
    fix: Some(
        "allow semget, semop, semtimedop and semctl in the filter: docker run --security-opt seccomp=PROFILE.json, or SystemCallFilter=@ipc in the systemd unit",
    ),
};

/// The filter of every app: bionic/libc/SECCOMP_BLOCKLIST_APP.TXT.
#[cfg(all(not(test), target_os = "android"))]
pub(crate) const FILTERED: Absence = Absence {
    cause: "Android's system call filter (seccomp) forbids System V semaphores to every app",
    fix: None,
};
