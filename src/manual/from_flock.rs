//! The manual's table for users of flock(1).

/// A row: what differs from flock(1), or why nothing does.
#[derive(Clone, Copy, Debug)]
pub struct FromFlock {
    /// What users of flock(1) write.
    pub flock: &'static str,
    /// What they write instead, as shell lines; empty if it is the same.
    pub semlock: &'static str,
    /// What is different.
    pub differs: &'static str,
}

const fn row(flock: &'static str, semlock: &'static str, differs: &'static str) -> FromFlock {
    FromFlock { flock, semlock, differs }
}

/// Every difference between flock(1) and `semlock lock`.
pub const FROM_FLOCK: [FromFlock; 26] = [
    row(
        "flock FILE COMMAND ARG...",
        "semlock lock SESSION -- COMMAND ARG...",
        "COMMAND follows --. Without --, what follows SESSION is refused, not run: status 64.",
    ),
    row(
        "flock FILE -c 'COMMAND'",
        "semlock lock SESSION -- sh -c 'COMMAND'",
        "flock runs the shell that $SHELL names; here you name it. -c is refused: status 64.",
    ),
    row(
        "exec 9>FILE; flock 9",
        "semlock lock SESSION || exit",
        "There is no descriptor. The lock is kept for the shell or script that runs this line, \
         until it ends.",
    ),
    row(
        "flock -u 9",
        "semlock unlock SESSION",
        "Only for the shell or script that the lock is kept for. A script that it runs is refused: \
         status 75. If the session is not locked, the status is 1.",
    ),
    row(
        "exec 9>&-",
        "semlock unlock SESSION",
        "There is no descriptor to close. The lock is released even while children of the script \
         are running.",
    ),
    row(
        "( flock 9; COMMAND ) 9>FILE",
        "( semlock lock SESSION || exit; COMMAND )",
        "The same: the lock ends with the subshell.",
    ),
    row(
        "{ flock 9; COMMAND; } 9>FILE",
        "semlock lock SESSION || exit; COMMAND; semlock unlock SESSION",
        "Braces start no process, so no lock ends with them.",
    ),
    row(
        "flock -s 9; flock -x 9",
        "semlock lock -s SESSION || exit\nsemlock unlock SESSION\nsemlock lock -x SESSION || exit",
        "A lock cannot be converted or taken twice: a second lock of the shell's own session is \
         refused at once with status 75, unless both are read locks. Unlock first. As with flock, \
         another process may get the lock in between.",
    ),
    row(
        "OK=$(flock 9 && echo yes)",
        "OK=$(semlock lock --for $$ SESSION && echo yes)",
        "In $(...), ( ... ) and a pipeline, the lock is kept for the subshell and ends with it, \
         unless the shell runs a single command without a subshell. --for $$ keeps it for the script.",
    ),
    row(
        "timeout 5 flock 9",
        "timeout 5 semlock lock SESSION",
        "The same: the lock is kept for the shell that calls timeout, time, sudo, doas, su, runuser, \
         strace, ltrace, flock, unshare or nsenter. strace -f and ltrace -f are refused: status 64.",
    ),
    row(
        "echo 9 | xargs flock",
        "echo SESSION | xargs semlock lock --for $$",
        "If xargs, find, parallel, watch, cron or a daemon is the caller, --for is needed: \
         otherwise status 64.",
    ),
    row(
        "flock FILE sh -c 'DAEMON &'",
        "semlock lock SESSION -- DAEMON",
        "Children do not inherit the lock: it ends with COMMAND's own process. Run the daemon in \
         the foreground. For a process that is already running, use semlock lock --for PID SESSION; \
         for a lock that lasts until semlock unlock, --persist.",
    ),
    row(
        "exec 9>FILE; flock 9; DAEMON &",
        "semlock lock SESSION -- DAEMON &",
        "A lock without COMMAND ends with the script, not with the last of its children.",
    ),
    row(
        "flock FILE flock FILE COMMAND",
        "semlock lock SESSION -- COMMAND",
        "flock waits forever. Here, a lock that waits for its own ancestor is refused, with status 75, even in the background of a script that would unlock it later.",
    ),
    row(
        "flock FILE1 flock FILE2 COMMAND",
        "semlock lock SESSION1 SESSION2 -- COMMAND",
        "Take both at once. Two sessions may share a slot, and a lock of one inside a lock of the \
         other is then refused: status 75.",
    ),
    row(
        "[ \"$FLOCKER\" = \"$0\" ] || FLOCKER=$0 exec flock -n \"$0\" \"$0\" \"$@\"",
        "semlock lock -n SESSION || exit",
        "The script does not have to run itself again.",
    ),
    row(
        "-s, -x, -e, -n, -E N",
        "",
        "The same, and so are the long options. -n overrides -w; of -s and -x, the last one wins.",
    ),
    row("-w SECS", "", "The same; -w 0 does not wait. A unit may follow: 500ms, 2m, 1h30m."),
    row("-o, --close", "", "Does nothing: children of COMMAND never inherit the lock."),
    row(
        "-F, --no-fork",
        "",
        "Does nothing: semlock becomes COMMAND, and a signal to it reaches COMMAND. If flock \
         without -F is killed, COMMAND continues and keeps the lock.",
    ),
    row(
        "--verbose",
        "",
        "flock says how long it waited, and what it runs. semlock says which process has the lock \
         and, without COMMAND, for which process it is kept.",
    ),
    row("Exit status 1: busy", "", "75, or what -E chooses: with -E 1, the same."),
    row(
        "Exit status 69: COMMAND cannot be run",
        "",
        "127 if COMMAND is not found, 126 if it cannot be run, as in a shell. 69 means that there \
         are no semaphores here, or that the set was removed in the meantime.",
    ),
    row(
        "Exit status 66: FILE cannot be opened; 65: not a descriptor",
        "",
        "66 means that there is no block (--create creates it), 77 that you may not use it, 65 that \
         a session id has no slot.",
    ),
    row(
        "flock /run/lock/NAME COMMAND",
        "semlock lock NAME -- COMMAND",
        "A session id is a name, not a path, and may be anything: no file or directory is opened, \
         created or left over. NAME and ./NAME are two sessions.",
    ),
    row(
        "A FILE that containers or hosts (NFS) share",
        "semlock --ipc-namespace PID lock SESSION -- COMMAND",
        "Semaphores work only between processes of one kernel and one IPC namespace. This takes a lock in \
         the IPC namespace of process PID. For other machines, use another tool.",
    ),
];
