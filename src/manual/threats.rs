//! Who can try what, and what comes of it: the threat model. The manual shows it to users;
//! .github/CONTRIBUTING.md also names the tests.

mod surroundings;
mod users;

use surroundings::{INPUT, OUTPUT};
use users::{ANY_USER, MAY_ALTER, NAMESPACES, OWNER};

/// Somebody who is not trusted, and everything that they can try.
#[derive(Clone, Copy, Debug)]
pub struct Adversary {
    /// Who it is.
    pub who: &'static str,
    /// What they can try.
    pub threats: &'static [Threat],
}

/// What can be tried, what happens, and the tests that show it.
#[derive(Clone, Copy, Debug)]
pub struct Threat {
    /// What can be tried.
    pub attempt: &'static str,
    /// What happens then.
    pub outcome: &'static str,
    /// The names of the tests that show it.
    pub tests: &'static [&'static str],
}

const fn threat(
    attempt: &'static str,
    outcome: &'static str,
    tests: &'static [&'static str],
) -> Threat {
    Threat { attempt, outcome, tests }
}

/// What semlock believes when it runs as root.
pub const BELIEVED: [&str; 3] = [
    "What the kernel says: the header and the values of a set, the process that used a semaphore \
     last, and the number of waiting processes.",
    "What root reads in /proc about a process's credentials, namespaces, start time, parent and \
     mapped files. A pid can be reused, so a process that semlock waits for or signals is held by \
     a pidfd.",
    "Its own command line and environment, and files that only root can write.",
];

/// What it does not believe.
pub const NOT_BELIEVED: &str = "everything that another user can choose: the names, command lines and environments of \
     processes, the names of files, session ids, and the contents of a user's files.";

/// The threat model.
pub const ADVERSARIES: [Adversary; 6] = [
    Adversary { who: "Any local user", threats: &ANY_USER },
    Adversary { who: "A user who may alter the set", threats: &MAY_ALTER },
    Adversary { who: "The owner of the set", threats: &OWNER },
    Adversary { who: "A user in a container or another namespace", threats: &NAMESPACES },
    Adversary { who: "Whoever starts semlock or writes its input", threats: &INPUT },
    Adversary { who: "Whoever has its terminal or reads its output", threats: &OUTPUT },
];

/// What semlock does not protect from.
pub const UNPROTECTED: [(&str, &str); 9] = [
    (
        "Who may alter a set",
        "Such a user can ignore its locks, release those of others, keep it in use and make others \
         wait for ever. Locks protect from mistakes, not from these users. Create the block with a \
         mode that keeps all others out.",
    ),
    (
        "Who creates the block first",
        "semlock locks in the block that has the key, whoever owns it, as the Perl module does. Any \
         user can create it while there is none: create it when the system starts.",
    ),
    (
        "Who chooses session ids",
        "Sessions share slots. Anyone who can have a session id of their choice locked can make \
         another session wait.",
    ),
    (
        "Secrets",
        "Session ids are in the command line of lock and of the process that keeps a lock, which \
         every user may read, and in SEMLOCK_HELD.",
    ),
    (
        "Time",
        "A survey takes time for each process, each of its mapped files and each set. A user who \
         starts thousands of processes makes it slow, and one who also gives each a command line \
         of megabytes makes it need that much memory. Limit the processes of a user: \
         setrlimit(2), RLIMIT_NPROC.",
    ),
    (
        "The names of libraries",
        "A few libraries are known by their names to use only some sets. A program that has a \
         library of such a name mapped and uses other sets does not keep them.",
    ),
    (
        "Processes that cannot be seen",
        "semlock-remove(1) lists them under Limitations. --force and --ignore override every doubt.",
    ),
    (
        "Whoever may choose its arguments as root",
        "lock runs any COMMAND. Do not make semlock set-user-ID, and do not let sudo(8) run it with \
         arguments or an environment that the user chooses: it trusts PATH for getent(1).",
    ),
    (
        "Clients that do not check",
        "A Perl client that waits while its block is removed goes on as if it had the lock. So a \
         block on which a process waits is removed only by --force.",
    ),
];
