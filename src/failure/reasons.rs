//! Everything that semlock can tell apart when a call fails: one table, which
//! the program names its reasons from and semlock-errors(7) is made of.

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
    /// What it means, where no numbers are at hand to say it better.
    pub cause: &'static str,
    /// What fixes it, for the manual.
    pub remedy: &'static str,
}

/// A wrong command line.
pub const USAGE: Reason = Reason {
    name: "usage",
    call: "none: refused before any call",
    exit: Exit::Usage,
    cause: "the command line is wrong",
    remedy: "NSems in particular must be even and at least 2, since half of the semaphores count readers and half flag writers; the kernel would say EINVAL of 0 and of a negative number, and nothing of an odd one, whose halves would overlap.",
};

/// A session id of which the module makes no slot.
pub const NO_SLOT: Reason = Reason {
    name: "no-slot",
    call: "none: refused before any call",
    exit: Exit::NoSlot,
    cause: "the session id has no slot",
    remedy: "An empty id is no session's: Apache::Session takes it for a new one. From about 207 characters on, the module's hash is too large for Perl's numbers, and the module itself dies of such an id. A slot by its number must be one that the block has.",
};

/// Readers that stay, of which there is no room for more.
pub const TOO_MANY_PERSISTENT: Reason = Reason {
    name: "too-many-persistent",
    call: "semop: ERANGE",
    exit: Exit::System,
    cause: "a slot can have seven persistent readers, and has them",
    remedy: "Release one of them with semlock unlock --slot N, or let a process hold the lock.",
};

/// execvp(3) found nothing.
pub const NOT_FOUND: Reason = Reason {
    name: "not-found",
    call: "execve: ENOENT",
    exit: Exit::NotFound,
    cause: "there is no such COMMAND",
    remedy: "Look at its spelling and at PATH; of a script, at the interpreter that its first line names.",
};

/// execvp(3) may not, or cannot, run what it found.
pub const CANNOT_RUN: Reason = Reason {
    name: "cannot-run",
    call: "execve: any other errno",
    exit: Exit::CannotRun,
    cause: "COMMAND was found and cannot be run",
    remedy: "EACCES: chmod +x, and no directory or file system on the way that forbids it. E2BIG: fewer or shorter arguments.",
};

/// ENOSYS and the like.
pub const ABSENT: Reason = Reason {
    name: "absent",
    call: "any call: ENOSYS",
    exit: Exit::Unavailable,
    cause: "this system has no System V semaphores",
    remedy: "Linux: a kernel with CONFIG_SYSVIPC. FreeBSD: kldload sysvsem, and for a jail sysvsem=new. NetBSD, OpenBSD, DragonFly: a kernel with options SYSVSEM. Cygwin: cygserver must run.",
};

/// A filter of system calls.
pub const FILTERED: Reason = Reason {
    name: "filtered",
    call: "any call: ENOSYS or EPERM under a seccomp filter, or death by SIGSYS",
    exit: Exit::Unavailable,
    cause: "a system call filter (seccomp) of this container, service or app forbids System V semaphores",
    remedy: "Allow semget, semop, semtimedop and semctl in the filter: the seccomp profile of the container, SystemCallFilter= of the systemd unit. Android forbids them to every app.",
};

/// semop(2) without semtimedop(2).
pub const NO_TIMED_WAIT: Reason = Reason {
    name: "no-timed-wait",
    call: "semtimedop: ENOSYS; EPERM or death by SIGSYS under a seccomp filter",
    exit: Exit::Unavailable,
    cause: "a wait with a limit is not available on this system, which has semop but not semtimedop",
    remedy: "Wait without a limit (semlock lock without -w) or not at all (-n). Under a seccomp filter, allow semtimedop in it.",
};

/// `IPC_STAT` and the others without read or alter permission.
pub const DENIED: Reason = Reason {
    name: "denied",
    call: "any call: EACCES",
    exit: Exit::Permission,
    cause: "the mode of the set does not allow it",
    remedy: "Run semlock as the owner of the set, or as root; or create the block with the owner and the mode that its users need. Semaphores know read (4) and alter (2). The Perl module asks for execute as well: a block of mode 0600 refuses it to its own owner, 0700 does not.",
};

/// `IPC_RMID` and `IPC_SET` by somebody else.
pub const NOT_OWNER: Reason = Reason {
    name: "not-owner",
    call: "semctl: EPERM",
    exit: Exit::Permission,
    cause: "only the owner of the set, its creator and root may do that",
    remedy: "Run semlock as one of them.",
};

/// The kernel could not allocate.
pub const NO_MEMORY: Reason = Reason {
    name: "no-memory",
    call: "any call: ENOMEM",
    exit: Exit::System,
    cause: "the kernel has no memory left for it, or the memory limit of this container or service is reached",
    remedy: "Free memory, raise the limit, or create a smaller block.",
};

/// No set at the key.
pub const MISSING: Reason = Reason {
    name: "missing",
    call: "semget: ENOENT",
    exit: Exit::NoBlock,
    cause: "there is no set with this key in this IPC namespace",
    remedy: "Create the block: semlock create, or semlock lock --create. In a container, look whether the application is in another IPC namespace.",
};

/// No set with the id.
pub const NO_SUCH_ID: Reason = Reason {
    name: "no-such-id",
    call: "semctl: EINVAL or EIDRM, with --id",
    exit: Exit::NoBlock,
    cause: "there is no set with this semid in this IPC namespace",
    remedy: "Look for it with ipcs -s. A set that is created again has another semid; its key stays the same.",
};

/// More semaphores than a set may have.
pub const SEMMSL: Reason = Reason {
    name: "semmsl",
    call: "semget: EINVAL",
    exit: Exit::CannotCreate,
    cause: "a set may not have that many semaphores here (SEMMSL)",
    remedy: "Raise the first number of the sysctl kernel.sem, or create a smaller block.",
};

/// A set of another size is there.
pub const OTHER_SIZE: Reason = Reason {
    name: "other-size",
    call: "semget: EINVAL or EEXIST; a stated NSems that differs",
    exit: Exit::CannotCreate,
    cause: "clients with another NSems use other semaphores, and exclude nobody",
    remedy: "Use the same NSems in every client; or stop them, and replace the block: semlock create --replace.",
};

/// A set is there.
pub const EXISTS: Reason = Reason {
    name: "exists",
    call: "semget: EEXIST",
    exit: Exit::CannotCreate,
    cause: "there is such a block already",
    remedy: "semlock create --exist-ok takes a block that is as asked for.",
};

/// A set with another owner or mode is there.
pub const OTHER_OWNER: Reason = Reason {
    name: "other-owner",
    call: "semget: EEXIST",
    exit: Exit::CannotCreate,
    cause: "the block that is there has another owner or mode than was asked for",
    remedy: "Stop its clients and replace the block: semlock create --replace.",
};

/// Too many sets.
pub const SEMMNI: Reason = Reason {
    name: "semmni",
    call: "semget: ENOSPC",
    exit: Exit::System,
    cause: "there are as many semaphore sets as there may be (SEMMNI); this is not the disk",
    remedy: "Remove sets that nobody uses any more; else raise the fourth number of the sysctl kernel.sem, in a container where it is started.",
};

/// Too many semaphores.
pub const SEMMNS: Reason = Reason {
    name: "semmns",
    call: "semget: ENOSPC",
    exit: Exit::System,
    cause: "all sets together would have more semaphores than there may be (SEMMNS); this is not the disk",
    remedy: "Remove sets that nobody uses any more; else raise the second number of the sysctl kernel.sem, in a container where it is started.",
};

/// The set is gone.
pub const REMOVED: Reason = Reason {
    name: "removed",
    call: "semop, semctl: EIDRM or EINVAL",
    exit: Exit::Unavailable,
    cause: "the set was removed in the meantime",
    remedy: "Create the block again, and find out who removed it: ipcrm, semlock remove, or systemd-logind, which removes the sets of a user who logs out unless logind.conf says RemoveIPC=no or the user lingers (loginctl enable-linger). A Perl client that was waiting goes on as if it had the lock.",
};

/// 32,767 readers.
pub const TOO_MANY_READERS: Reason = Reason {
    name: "too-many-readers",
    call: "semop: ERANGE",
    exit: Exit::System,
    cause: "the slot has as many readers as a semaphore can count",
    remedy: "Most of them are likely to have been left behind. Stop the application; when no reader is left, replace the block.",
};

/// A semaphore number that the set does not have.
pub const TOO_FEW_SEMAPHORES: Reason = Reason {
    name: "too-few-semaphores",
    call: "semop: EFBIG",
    exit: Exit::Unavailable,
    cause: "the set has fewer semaphores than the lock needs: it was replaced by a smaller one in the meantime",
    remedy: "Run the command again.",
};

/// A write lock needs three operations.
pub const SEMOPM: Reason = Reason {
    name: "semopm",
    call: "semop: E2BIG",
    exit: Exit::System,
    cause: "one lock needs more operations at once than this system allows (SEMOPM)",
    remedy: "Raise the third number of the sysctl kernel.sem: a read lock needs 2, a write lock 3.",
};

/// BSD's undo structures.
pub const NO_UNDO: Reason = Reason {
    name: "no-undo",
    call: "semop: ENOSPC",
    exit: Exit::System,
    cause: "no structure is left that gives a lock back when its holder ends (SEMMNU); this is not the disk",
    remedy: "FreeBSD: raise kern.ipc.semmnu in /boot/loader.conf. NetBSD: kern.ipc.semmnu. OpenBSD: kern.seminfo.semmnu.",
};

/// No number that can be halved.
pub const ODD: Reason = Reason {
    name: "no-block",
    call: "none: the set has an odd number of semaphores, or only 1",
    exit: Exit::CannotCreate,
    cause: "half of a block's semaphores count readers, half flag writers: this set is another program's",
    remedy: "Leave it alone, and let the application use another key.",
};

/// A value that no flag has.
pub const FOREIGN: Reason = Reason {
    name: "foreign",
    call: "none: a semaphore in the place of a writer's flag counts further",
    exit: Exit::CannotCreate,
    cause: "no lock gives a writer's flag such a value: this set is another program's",
    remedy: "Leave it alone, and let the application use another key.",
};

/// All of them, in the order of the manual.
pub const ALL: [&Reason; 26] = [
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
    &ODD,
    &FOREIGN,
];

/// The reason that a status stands for, where there is only one.
pub fn of(exit: Exit) -> Option<&'static Reason> {
    let mut with_exit = ALL.into_iter().filter(|reason| reason.exit == exit);
    with_exit.next().filter(|_| with_exit.next().is_none())
}
