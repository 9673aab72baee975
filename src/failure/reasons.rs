//! Every reason for a failure that semlock distinguishes: one table, for the program and
//! for semlock-errors(7).

#![expect(missing_docs, reason = "each reason has its cause")]

use crate::exit::Exit;

/// One reason.
#[derive(Debug, PartialEq, Eq)]
pub struct Reason {
    /// Its name in JSON.
    pub name: &'static str,
    /// The call and the errno behind it.
    pub call: &'static str,
    /// The status that semlock exits with.
    pub exit: Exit,
    /// What it means, where no more is known.
    pub cause: &'static str,
    /// What to do about it, for the manual.
    pub remedy: &'static str,
}

pub const USAGE: Reason = Reason {
    name: "usage",
    call: "refused before any call",
    exit: Exit::Usage,
    cause: "the command line is wrong",
    remedy: "Correct the command line. NSems must be even and at least 2: one half of the semaphores counts readers, the other half holds the writer flags. The kernel would refuse 0 and negative numbers with EINVAL, but accept an odd number, and the halves would overlap.",
};

pub const NO_SLOT: Reason = Reason {
    name: "no-slot",
    call: "refused before any call",
    exit: Exit::NoSlot,
    cause: "the session id has no slot",
    remedy: "An empty id belongs to no session: Apache::Session takes it as a request for a new one. From about 207 characters on, the module's hash is too large for Perl's numbers, and the module itself dies. With --slot, give one of the slots of the block.",
};

pub const TOO_MANY_PERSISTENT: Reason = Reason {
    name: "too-many-persistent",
    call: "semop: ERANGE",
    exit: Exit::System,
    cause: "a slot can have at most seven persistent read locks, and this one has seven",
    remedy: "Release one of them with semlock unlock --slot N, or let a process hold the lock.",
};

pub const NOT_FOUND: Reason = Reason {
    name: "not-found",
    call: "execve: ENOENT",
    exit: Exit::NotFound,
    cause: "COMMAND does not exist",
    remedy: "Check its spelling and PATH. If it is a script, check the interpreter in its first line.",
};

pub const CANNOT_RUN: Reason = Reason {
    name: "cannot-run",
    call: "execve: any other errno",
    exit: Exit::CannotRun,
    cause: "COMMAND was found, but cannot be run",
    remedy: "EACCES: make it executable (chmod +x), and check that no directory or file system on its path forbids it. E2BIG: pass fewer or shorter arguments.",
};

pub const ABSENT: Reason = Reason {
    name: "absent",
    call: "any call: ENOSYS",
    exit: Exit::Unavailable,
    cause: "this system has no System V semaphores",
    remedy: "Linux: use a kernel with CONFIG_SYSVIPC. FreeBSD: run kldload sysvsem; for a jail, set sysvsem=new. NetBSD: run modload sysv_ipc, or use a kernel with options SYSVSEM. OpenBSD, DragonFly: use a kernel with option SYSVSEM; for a DragonFly jail, allow System V IPC (jail(8)). illumos, Solaris: check that the module semsys may be loaded. Cygwin: start cygserver.",
};

pub const FILTERED: Reason = Reason {
    name: "filtered",
    call: "any call: ENOSYS or EPERM under a seccomp filter, or death by SIGSYS",
    exit: Exit::Unavailable,
    cause: "a system call filter (seccomp) of this container, service or app forbids System V semaphores",
    remedy: "Allow semget, semop, semtimedop and semctl in the filter: in the seccomp profile of the container, or in SystemCallFilter= of the systemd unit. Android forbids them to every app.",
};

pub const NO_TIMED_WAIT: Reason = Reason {
    name: "no-timed-wait",
    call: "pthread_create, where semtimedop is missing or forbidden: usually EAGAIN",
    exit: Exit::Unavailable,
    cause: "this system has semop but not semtimedop, so a wait with a time limit needs a thread, and none can be started",
    remedy: "Wait without a time limit (semlock lock without -w), or do not wait (-n). To allow more threads, raise ulimit -u, or pids.max of the control group. Under a seccomp filter, allow semtimedop.",
};

pub const DENIED: Reason = Reason {
    name: "denied",
    call: "any call: EACCES",
    exit: Exit::Permission,
    cause: "the mode of the set does not allow it",
    remedy: "Run semlock as the owner of the set or as root, or create the block with the owner and the mode that its users need. Semaphores have read (4) and alter (2) permission. The Perl module also asks for execute permission (1): with mode 0600, even the owner cannot open the block through it; 0700 is enough.",
};

pub const NOT_OWNER: Reason = Reason {
    name: "not-owner",
    call: "semctl: EPERM",
    exit: Exit::Permission,
    cause: "only the owner of the set, its creator and root may do that",
    remedy: "Run semlock as one of them.",
};

pub const NO_MEMORY: Reason = Reason {
    name: "no-memory",
    call: "any call: ENOMEM",
    exit: Exit::System,
    cause: "the kernel is out of memory, or this container or service has reached its memory limit",
    remedy: "Free memory, raise the limit, or create a smaller block.",
};

pub const MISSING: Reason = Reason {
    name: "missing",
    call: "semget: ENOENT",
    exit: Exit::NoBlock,
    cause: "there is no set with this key in this IPC namespace",
    remedy: "Create the block: semlock create, or semlock lock --create. In a container, check whether the application runs in another IPC namespace.",
};

pub const NO_SUCH_ID: Reason = Reason {
    name: "no-such-id",
    call: "semctl: EINVAL or EIDRM, with --id",
    exit: Exit::NoBlock,
    cause: "there is no set with this semid in this IPC namespace",
    remedy: "List the sets with semlock status --all. A set that is created again has a new semid; its key stays the same.",
};

pub const SEMMSL: Reason = Reason {
    name: "semmsl",
    call: "semget: EINVAL",
    exit: Exit::CannotCreate,
    cause: "a set cannot have that many semaphores here (SEMMSL)",
    remedy: "Create a smaller block, or raise the limit. Linux: the first number of the sysctl kernel.sem. FreeBSD, DragonFly: the sysctl kern.ipc.semmsl. OpenBSD: the sysctl kern.seminfo.semmsl. NetBSD: the kernel option SEMMNS, which sets this limit, too. macOS: kern.sysv.semmsl, right after a boot. illumos, Solaris: the resource control process.max-sem-nsems. Cygwin: kern.ipc.semmsl in /etc/cygserver.conf.",
};

pub const OTHER_SIZE: Reason = Reason {
    name: "other-size",
    call: "semget: EINVAL or EEXIST; a stated NSems that differs",
    exit: Exit::CannotCreate,
    cause: "clients with a different NSems use different semaphores, so they do not exclude each other",
    remedy: "Use the same NSems in every client, or stop them all and replace the block: semlock create --replace.",
};

pub const EXISTS: Reason = Reason {
    name: "exists",
    call: "semget: EEXIST",
    exit: Exit::CannotCreate,
    cause: "the block exists already",
    remedy: "semlock create --exist-ok accepts a block that is as requested.",
};

pub const OTHER_OWNER: Reason = Reason {
    name: "other-owner",
    call: "semget: EEXIST",
    exit: Exit::CannotCreate,
    cause: "the block exists, but its owner or mode is not as requested",
    remedy: "Stop its clients and replace the block: semlock create --replace.",
};

pub const SEMMNI: Reason = Reason {
    name: "semmni",
    call: "semget: ENOSPC",
    exit: Exit::System,
    cause: "the limit on the number of sets is reached (SEMMNI); this has nothing to do with disk space",
    remedy: "Remove the sets that are no longer used (semlock remove --orphaned), or raise the limit. Linux: the fourth number of the sysctl kernel.sem, for a container where it is started. FreeBSD, DragonFly: kern.ipc.semmni in /boot/loader.conf. NetBSD: the sysctl kern.ipc.semmni. OpenBSD: the sysctl kern.seminfo.semmni. macOS: kern.sysv.semmni, right after a boot. illumos, Solaris: the resource control project.max-sem-ids, and zone.max-sem-ids. Cygwin: kern.ipc.semmni in /etc/cygserver.conf.",
};

pub const SEMMNS: Reason = Reason {
    name: "semmns",
    call: "semget: ENOSPC",
    exit: Exit::System,
    cause: "the limit on the semaphores in all sets together is reached (SEMMNS); this has nothing to do with disk space",
    remedy: "Remove the sets that are no longer used (semlock remove --orphaned), or raise the limit. Linux: the second number of the sysctl kernel.sem, for a container where it is started. FreeBSD, DragonFly: kern.ipc.semmns in /boot/loader.conf. NetBSD: the sysctl kern.ipc.semmns. OpenBSD: the sysctl kern.seminfo.semmns. macOS: kern.sysv.semmns, right after a boot. Cygwin: kern.ipc.semmns in /etc/cygserver.conf. illumos and Solaris have no such limit.",
};

pub const REMOVED: Reason = Reason {
    name: "removed",
    call: "semop, semctl: EIDRM; EINVAL, and the set does not exist",
    exit: Exit::Unavailable,
    cause: "the set was removed in the meantime",
    remedy: "Create the block again, and find out who removed it: ipcrm, semlock remove, or, on Linux, systemd-logind, which removes the sets of a user who logs out unless logind.conf says RemoveIPC=no or the user lingers (loginctl enable-linger). A Perl client that was waiting continues as if it had the lock.",
};

pub const TOO_MANY_READERS: Reason = Reason {
    name: "too-many-readers",
    call: "semop: ERANGE",
    exit: Exit::System,
    cause: "the slot has as many readers as a semaphore can count",
    remedy: "Most of them were probably left behind. Stop the application; when no process has a lock any more, replace the block.",
};

pub const TOO_FEW_SEMAPHORES: Reason = Reason {
    name: "too-few-semaphores",
    call: "semop: EFBIG",
    exit: Exit::Unavailable,
    cause: "the set has fewer semaphores than the lock needs: it was replaced by a smaller one in the meantime",
    remedy: "Run the command again.",
};

pub const SEMOPM: Reason = Reason {
    name: "semopm",
    call: "semop: E2BIG",
    exit: Exit::System,
    cause: "a lock needs more operations in one call than this system allows (SEMOPM)",
    remedy: "Raise the limit: a read lock needs 2, a write lock 3. Linux: the third number of the sysctl kernel.sem. FreeBSD: kern.ipc.semopm in /boot/loader.conf. OpenBSD: the sysctl kern.seminfo.semopm. illumos, Solaris: the resource control process.max-sem-ops of the process that creates the set. Cygwin: kern.ipc.semopm in /etc/cygserver.conf. On the other systems it cannot be changed, and is large enough.",
};

pub const NO_UNDO: Reason = Reason {
    name: "no-undo",
    call: "semop: ENOSPC",
    exit: Exit::System,
    cause: "the kernel has no undo structure left (SEMMNU), so it could not release the lock when its holder ends; this has nothing to do with disk space",
    remedy: "FreeBSD: raise kern.ipc.semmnu in /boot/loader.conf. NetBSD: raise the sysctl kern.ipc.semmnu. OpenBSD: raise the sysctl kern.seminfo.semmnu. macOS: set kern.sysv.semmnu right after a boot, before any program creates a set. Cygwin: raise kern.ipc.semmnu in /etc/cygserver.conf. Linux, DragonFly, illumos and Solaris have no such limit.",
};

pub const SEMUME: Reason = Reason {
    name: "semume",
    call: "semop: EINVAL, and the set exists",
    exit: Exit::System,
    cause: "this process needs more undo entries than a process may have (SEMUME): one for each slot that it locks",
    remedy: "Lock fewer sessions at the same time in one process, or raise the limit. FreeBSD, DragonFly: raise kern.ipc.semume in /boot/loader.conf. macOS: set kern.sysv.semume right after a boot, before any program creates a set. NetBSD, OpenBSD: build a kernel with option SEMUME; OpenBSD's errno is ENOSPC if one call needs too many. Cygwin: raise kern.ipc.semume in /etc/cygserver.conf. Linux, illumos and Solaris have no such limit.",
};

pub const NOT_A_BLOCK: Reason = Reason {
    name: "not-a-block",
    call: "the set has an odd number of semaphores, or only 1",
    exit: Exit::CannotCreate,
    cause: "in a block, half of the semaphores count readers and half are writer flags: this set belongs to another program",
    remedy: "Leave the set alone, and let the application use another key.",
};

pub const FOREIGN: Reason = Reason {
    name: "foreign",
    call: "a writer flag has a value that no lock gives it",
    exit: Exit::CannotCreate,
    cause: "no lock gives a writer flag such a value: this set belongs to another program",
    remedy: "Leave the set alone, and let the application use another key.",
};

/// All of them, in the order of the manual.
pub const ALL: [&Reason; 27] = [
    &USAGE,
    &NO_SLOT,
    &NOT_FOUND,
    &CANNOT_RUN,
    &ABSENT,
    &FILTERED,
    &NO_TIMED_WAIT,
    &DENIED,
    &NOT_OWNER,
    &NO_MEMORY,
    &MISSING,
    &NO_SUCH_ID,
    &SEMMSL,
    &OTHER_SIZE,
    &EXISTS,
    &OTHER_OWNER,
    &SEMMNI,
    &SEMMNS,
    &REMOVED,
    &TOO_MANY_READERS,
    &TOO_MANY_PERSISTENT,
    &TOO_FEW_SEMAPHORES,
    &SEMOPM,
    &NO_UNDO,
    &SEMUME,
    &NOT_A_BLOCK,
    &FOREIGN,
];

/// The reason for a status, if there is only one.
pub fn of(exit: Exit) -> Option<&'static Reason> {
    let mut with_exit = ALL.into_iter().filter(|reason| reason.exit == exit);
    with_exit.next().filter(|_| with_exit.next().is_none())
}
