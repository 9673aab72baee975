//! What is tried: every subcommand in its forms. Options that only choose among sets or columns
//! are left out: they make no calls of their own.

/// A form of a subcommand, and what it works on.
pub struct Form {
    pub name: &'static str,
    /// Shell commands that prepare the table. What they start in the background stays.
    pub prepare: &'static str,
    /// The command. Its standard input ends when semlock is done.
    pub run: &'static str,
    /// How it ends without a fault.
    pub status: i32,
    pub kind: Kind,
}

/// What is special about a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Plain,
    /// What `prepare` has locked is released when the command waits.
    Waits,
    /// Servers live whose sets must stay, and a set of a process that has ended is there.
    Servers,
    /// A new block takes the place of the old one.
    Replaces,
    /// It is for shells, which show nothing but what it offers.
    Offers,
    /// It changes one slot after the other.
    Parts,
    /// The faults are in the second command: the first one prepares.
    Second,
    /// It asks on a terminal, and is told "yes".
    Asks,
}

const fn form(
    name: &'static str,
    prepare: &'static str,
    run: &'static str,
    status: i32,
    kind: Kind,
) -> Form {
    Form { name, prepare, run, status, kind }
}

/// A block of 17 slots.
const BLOCK: &str = "semlock create -q --nsems 34";
/// A process has the lock of `a`.
const LOCKED: &str = "semlock create -q --nsems 34; sleep 1000 & semlock lock --for $! a";
/// A process has a read lock of `a`.
const READ: &str = "semlock create -q --nsems 34; sleep 1000 & semlock lock -s --for $! a";
/// A process has the lock of `a`, and another one waits for it.
const WAITED_FOR: &str = "semlock create -q --nsems 34; sleep 1000 & semlock lock --for $! a
    semlock lock a -- sleep 1000 & until semlock status | grep -q ' waits '; do :; done";
const PERSISTENT: &str = "semlock create -q --nsems 34; semlock lock --persist a";
const PERSISTENT_READ: &str = "semlock create -q --nsems 34; semlock lock --persist -s a";
/// A lock without SEM_UNDO of a process that has ended.
const ABANDONED: &str = "semlock create -q --nsems 34; perl -e '
    my $id = semget(31818, 0, 0) // die; semop($id, pack(\"s!3\", 20, 1, 0)) or die'";
/// Five operations in one call.
const FEW_OPERATIONS: &str = "echo 32000 1024000000 5 32000 >/proc/sys/kernel/sem
    semlock create -q --nsems 34";
const SETS: &str = "semlock create -q --nsems 34; semlock create -q --key 0x5152 --nsems 4
    sleep 1000 & semlock lock --for $! a";
const USER: &str =
    "for key in 0x5151 0x5152; do semlock create -q --nsems 4 --key $key --owner 1523; done
    semlock create -q --key 0x5153 --nsems 4";
/// A set that a process has used and left behind, and a lock of another one.
const LEFT_BEHIND: &str = "perl -e '$( = 1777; $) = \"1777 1777\"; ($<, $>) = (1777, 1777);
    my $id = semget(0, 1, 0600) // die; semctl($id, 0, 16, 1) or die'
    semlock create -q --key 0x5151 --nsems 34; sleep 1000 & semlock lock --key 0x5151 --for $! a";
/// Files with the semid of the block, and with that of a set that is none.
const IDS: &str = "semlock create -q --nsems 34; semlock create -q --key 0x5152 --nsems 4
    for key in 0x00007c4a 0x00005152; do ipcs -s | awk '$1 == \"'$key'\" {print $2}' >$key; done";
/// A directory as that of the application's sessions.
const DIRECTORY: &str = "semlock create -q --nsems 34; sleep 1000 & semlock lock --for $! a
    mkdir -p sessions; touch sessions/a sessions/b";
/// A block in another IPC namespace, with a lock.
const CONTAINER: &str = "unshare --ipc sh -c '
        semlock create -q --nsems 34; semlock lock --for $$ a; exec sleep 1000' & pid=$!
    until semlock status --ipc-namespace $pid 2>&1 | grep -q sleep; do :; done; echo $pid >pid";
const PERSISTENT_TWO: &str = "semlock create -q --nsems 34
    semlock lock --persist --session=a --session=b";
const SMALL: &str = "echo 34 4096 32 128 >/proc/sys/kernel/sem";

use Kind::{Asks, Offers, Parts, Plain, Replaces, Second, Servers, Waits};

pub const FORMS: &[Form] = &[
    form("create", "", "exec semlock create --nsems 34", 0, Plain),
    form("create, json", "", "exec semlock create --nsems 34 --format json", 0, Plain),
    form("create, owner", "", "exec semlock create --nsems 34 --owner nobody", 0, Plain),
    form(
        "create --ipc-namespace",
        CONTAINER,
        "exec semlock create --nsems 34 --exist-ok --ipc-namespace $(cat pid)",
        0,
        Plain,
    ),
    form("create, exists", BLOCK, "exec semlock create --nsems 34", 73, Plain),
    form("create --exist-ok", BLOCK, "exec semlock create --nsems 34 --exist-ok", 0, Plain),
    form("create --replace", BLOCK, "exec semlock create --nsems 62 --replace", 0, Replaces),
    form("create --replace, locked", LOCKED, "exec semlock create --nsems 62 --replace", 75, Plain),
    form("lock COMMAND", BLOCK, "exec semlock lock a -- echo ran", 0, Plain),
    form("lock COMMAND, read", READ, "exec semlock lock -s a -- echo ran", 0, Plain),
    form(
        "lock COMMAND, sessions",
        BLOCK,
        "exec semlock lock --session=a --session=b --session=c -- echo ran",
        0,
        Plain,
    ),
    form("lock COMMAND, all", BLOCK, "exec semlock lock --all -- echo ran", 0, Plain),
    form("lock COMMAND -n -E, busy", LOCKED, "exec semlock lock -n -E 9 a -- echo ran", 9, Plain),
    form("lock COMMAND, batches", FEW_OPERATIONS, "exec semlock lock --all -- echo ran", 0, Plain),
    form("lock COMMAND, create", "", "exec semlock lock --create=34 a -- echo ran", 0, Plain),
    form("lock COMMAND, waits", LOCKED, "exec semlock lock a -- echo ran", 0, Waits),
    form("lock COMMAND, drain", BLOCK, "exec semlock lock --drain a -- echo ran", 0, Plain),
    form("lock COMMAND, drain waits", READ, "exec semlock lock --drain a -- echo ran", 0, Waits),
    form("lock COMMAND -n, busy", LOCKED, "exec semlock lock -n a -- echo ran", 75, Plain),
    form(
        "lock COMMAND -n, json",
        LOCKED,
        "exec semlock lock -n --format json a -- echo ran",
        75,
        Plain,
    ),
    form(
        "lock COMMAND -w, busy",
        LOCKED,
        "exec semlock lock -w 0.1 --verbose a -- echo ran",
        75,
        Plain,
    ),
    form(
        "lock COMMAND --ipc-namespace",
        CONTAINER,
        "exec semlock lock --ipc-namespace $(cat pid) b -- echo ran",
        0,
        Plain,
    ),
    form(
        "lock COMMAND --id",
        IDS,
        "exec semlock lock --id $(cat 0x00007c4a) a -- echo ran",
        0,
        Plain,
    ),
    form("lock", BLOCK, "semlock lock a; read line", 0, Plain),
    form("lock, verbose", BLOCK, "semlock lock --verbose a; read line", 0, Plain),
    form("lock, waits", LOCKED, "semlock lock a; read line", 0, Waits),
    form("lock -w, busy", LOCKED, "semlock lock -w 0.1 a; read line", 75, Plain),
    form("lock, read", READ, "semlock lock -s a; read line", 0, Plain),
    form("lock, sessions", BLOCK, "semlock lock --session=a --session=b; read line", 0, Plain),
    form("lock, all", BLOCK, "semlock lock --all; read line", 0, Plain),
    form("lock, batches", FEW_OPERATIONS, "semlock lock --all; read line", 0, Plain),
    form("lock, create", "", "semlock lock --create=34 a; read line", 0, Plain),
    form("lock, drain", BLOCK, "semlock lock --drain a; read line", 0, Plain),
    form("lock, drain waits", READ, "semlock lock --drain a; read line", 0, Waits),
    form(
        "lock --ipc-namespace",
        CONTAINER,
        "semlock lock --ipc-namespace $(cat pid) b; read line",
        0,
        Plain,
    ),
    form("lock --for", BLOCK, "sleep 1000 & semlock lock --for $! a; read line; kill $!", 0, Plain),
    form("lock --persist", BLOCK, "exec semlock lock --persist a", 0, Plain),
    form("lock --persist, read", BLOCK, "exec semlock lock --persist -s a", 0, Plain),
    form(
        "lock --persist, sessions",
        BLOCK,
        "exec semlock lock --persist --session=a --session=b",
        0,
        Plain,
    ),
    form("lock --persist, batches", FEW_OPERATIONS, "exec semlock lock --persist --all", 0, Parts),
    form("lock --persist, all", BLOCK, "exec semlock lock --persist --all", 0, Plain),
    form("lock --persist, drain", BLOCK, "exec semlock lock --persist --drain a", 0, Plain),
    form("lock --persist, drain waits", READ, "exec semlock lock --persist --drain a", 0, Waits),
    form("lock --persist, waits", LOCKED, "exec semlock lock --persist a", 0, Waits),
    form("lock --persist -n, busy", LOCKED, "exec semlock lock --persist -n a", 75, Plain),
    form("unlock, kept", BLOCK, "semlock lock a; semlock unlock a; read line", 0, Second),
    form("unlock, another's", LOCKED, "exec semlock unlock a", 75, Plain),
    form("unlock --force", LOCKED, "exec semlock unlock --force a", 0, Plain),
    form("unlock, persistent", PERSISTENT, "exec semlock unlock a", 0, Plain),
    form("unlock, persistent read", PERSISTENT_READ, "exec semlock unlock --slot 12", 0, Plain),
    form("unlock --abandoned", ABANDONED, "exec semlock unlock --abandoned --all", 0, Plain),
    form("unlock --all", PERSISTENT, "exec semlock unlock --force --all", 0, Plain),
    form("unlock, not locked", BLOCK, "exec semlock unlock a", 1, Plain),
    form(
        "unlock, kept sessions",
        BLOCK,
        "semlock lock --session=a --session=b; semlock unlock --all; read line",
        0,
        Second,
    ),
    form(
        "unlock, persistent sessions",
        PERSISTENT_TWO,
        "exec semlock unlock --session=a --session=b",
        0,
        Parts,
    ),
    form(
        "unlock --force, persistent read",
        PERSISTENT_READ,
        "exec semlock unlock --force --slot 12",
        0,
        Plain,
    ),
    form(
        "unlock --ipc-namespace",
        CONTAINER,
        "exec semlock unlock --ipc-namespace $(cat pid) a",
        75,
        Plain,
    ),
    form("status, idle", BLOCK, "exec semlock status", 0, Plain),
    form("status, locked", LOCKED, "exec semlock status", 0, Plain),
    form("status, json", LOCKED, "exec semlock status --format json", 0, Plain),
    form("status, prometheus", LOCKED, "exec semlock status --format prometheus", 0, Plain),
    form("status, session", LOCKED, "exec semlock status a", 0, Plain),
    form("status --sessions", LOCKED, "echo a | semlock status --sessions -", 0, Plain),
    form("status, any set", SETS, "exec semlock status --key 0x5152 --format json", 0, Plain),
    form(
        "status --sessions DIRECTORY",
        DIRECTORY,
        "exec semlock status --sessions sessions",
        0,
        Plain,
    ),
    form("status --slots all", LOCKED, "exec semlock status --slots all --no-headers", 0, Plain),
    form("status, any set as table", IDS, "exec semlock status --id $(cat 0x00005152)", 0, Plain),
    form(
        "status, any set as prometheus",
        IDS,
        "exec semlock status --id $(cat 0x00005152) --format prometheus",
        0,
        Plain,
    ),
    form(
        "status, several sets",
        IDS,
        "exec semlock status --id $(cat 0x00005152) --key 31818",
        0,
        Plain,
    ),
    form(
        "status --ipc-namespace",
        CONTAINER,
        "exec semlock status --ipc-namespace $(cat pid)",
        0,
        Plain,
    ),
    form("status --watch", LOCKED, "semlock status --watch 0.1 | head -n 12", 0, Plain),
    form("status --all", SETS, "exec semlock status --all", 0, Plain),
    form(
        "status --all, json",
        LEFT_BEHIND,
        "exec semlock status --all --idle 0s --format json",
        0,
        Servers,
    ),
    form(
        "status --all, prometheus",
        SETS,
        "exec semlock status --all --format prometheus",
        0,
        Plain,
    ),
    form(
        "status --all, selected",
        SETS,
        "exec semlock status --nsems 4 --columns key,semid",
        0,
        Plain,
    ),
    form("status --all-namespaces", CONTAINER, "exec semlock status --all-namespaces", 0, Plain),
    form(
        "status --all-namespaces, json",
        CONTAINER,
        "exec semlock status --all-namespaces --format json",
        0,
        Plain,
    ),
    form("status --check, abandoned", ABANDONED, "exec semlock status --check", 1, Plain),
    form("status --check, waited for", WAITED_FOR, "exec semlock status --check", 0, Plain),
    form(
        "status --check, all",
        LEFT_BEHIND,
        "exec semlock status --all --idle 0s --check",
        1,
        Servers,
    ),
    form("remove", BLOCK, "exec semlock remove --yes", 0, Plain),
    form("remove, locked", LOCKED, "exec semlock remove --yes", 75, Plain),
    form("remove --id", IDS, "exec semlock remove --id $(cat 0x00007c4a)", 0, Plain),
    form(
        "remove, several",
        IDS,
        "exec semlock remove --id $(cat 0x00007c4a) --id $(cat 0x00005152)",
        0,
        Plain,
    ),
    form("remove --if-exists", "", "exec semlock remove --if-exists", 0, Plain),
    form("remove --force, locked", LOCKED, "exec semlock remove --force", 0, Plain),
    form(
        "remove --ipc-namespace",
        CONTAINER,
        "exec semlock remove --ipc-namespace $(cat pid)",
        75,
        Plain,
    ),
    form(
        "remove --orphaned",
        LEFT_BEHIND,
        "exec semlock remove --orphaned --idle 0s --yes --format json",
        0,
        Servers,
    ),
    form(
        "remove --dry-run",
        LEFT_BEHIND,
        "exec semlock remove --orphaned --idle 0s --dry-run",
        0,
        Servers,
    ),
    form("remove --owner, asks", USER, "exec semlock remove --owner 1523 --force", 0, Asks),
    form("remove --owner", USER, "exec semlock remove --owner 1523 --force --yes", 0, Plain),
    form("probe-max, env", SMALL, "exec semlock probe-max --format env", 0, Plain),
    form("probe-max, json", SMALL, "exec semlock probe-max --format json --at-least 99", 1, Plain),
    form("probe-max", SMALL, "exec semlock probe-max", 0, Plain),
    form("probe-max --sets", SMALL, "exec semlock probe-max --sets 8 --at-least 17", 0, Plain),
    form(
        "probe-max --require",
        SMALL,
        "exec semlock probe-max -q --require undo,timed-wait --at-least 99",
        1,
        Plain,
    ),
    form("complete", LOCKED, "exec semlock complete unlock ''", 0, Offers),
    form("complete, sets", SETS, "exec semlock complete status --key ''", 0, Offers),
    form("--version", "", "exec semlock --version", 0, Plain),
    form("--help", "", "exec semlock lock --help", 0, Plain),
];
