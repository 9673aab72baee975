//! What the manual says beside the options: environment, examples, and a table
//! for users of flock(1).

/// Environment variables that semlock reads, with their meaning.
pub const ENVIRONMENT: [(&str, &str); 3] = [
    ("SEMLOCK_KEY", "Key of the block where --key does not state one, decimal or 0x hexadecimal."),
    (
        "SEMLOCK_HELD",
        "Given to COMMAND: the locks that it and its ancestors have, separated by spaces, each as \
         NAMESPACE:SEMID:SLOT:MODE:PID:SESSION, with the inode number of the IPC namespace, * for \
         every slot, r or w for the mode, the process that has the lock, and the session id percent-encoded.",
    ),
    ("NO_COLOR", "If it has a value, nothing is coloured."),
];

/// What users of flock(1) write, and what they write here.
pub const FROM_FLOCK: [(&str, &str); 11] = [
    ("flock FILE COMMAND ARG...", "semlock lock SESSION -- COMMAND ARG..."),
    ("flock FILE -c 'COMMAND'", "semlock lock SESSION -- sh -c 'COMMAND'"),
    ("exec 9>FILE; flock 9", "semlock lock SESSION, in the script that is to hold the lock"),
    ("flock -u 9", "semlock unlock SESSION"),
    ("-s, --shared", "The same: a read lock."),
    ("-x, -e, --exclusive", "The same: a write lock, which is the default."),
    ("-n, --nb, --nonblock", "The same, but the status is 75 instead of 1."),
    ("-w, --wait, --timeout SECS", "The same, but the status is 75 instead of 1."),
    ("-E, --conflict-exit-code N", "The same."),
    ("-o, --close", "Not needed: children of COMMAND do not inherit the lock."),
    ("-F, --no-fork", "Always so."),
];

pub(super) const CREATE_EXAMPLES: &str = "\
Examples:
  Make the block that an application with the module's defaults uses:
    semlock create --owner www-data

  Twice an odd number of semaphores spreads long session ids over all slots:
    semlock create --nsems 34 --owner www-data

  Give the block that is there that size; its owner and mode stay:
    semlock create --replace --nsems 34";

pub(super) const LOCK_EXAMPLES: &str = "\
Examples:
  Remove a session's file while no process has the session open:
    semlock lock \"$id\" -- rm -f \"/var/lib/app/sessions/$id\"

  Back up a session unless the application has it open for writing:
    semlock lock -s -n \"$id\" -- cp \"/var/lib/app/sessions/$id\" /backup/

  Wait two and a half seconds at most for two sessions together:
    semlock lock -w 2.5 \"$from\" \"$to\" -- ./merge \"$from\" \"$to\"

  Keep the lock for the rest of this script, or until it is unlocked:
    semlock lock \"$id\" || exit
    ./change \"$id\"
    semlock unlock \"$id\"

  Freeze every session for a backup, although readers come without a gap:
    semlock lock --all --drain -w 60 -- tar -cf /backup/sessions.tar /var/lib/app/sessions";

pub(super) const UNLOCK_EXAMPLES: &str = "\
Examples:
  Clear the write lock that a killed process left behind:
    semlock unlock \"$id\"

  Clear every such lock of the block:
    semlock unlock --abandoned --all";

pub(super) const STATUS_EXAMPLES: &str = "\
Examples:
  Show the slots that are in use, and who has them:
    semlock status

  Ask in a script for the state of one session:
    semlock status --format json \"$id\" | jq -r '.sessions[0].state'

  Mail the administrator when something is wrong:
    semlock status --check || semlock status | mail -s \"session locks\" root

  See which sets there are, the left over first, and how full the table is:
    semlock status --all --sort verdict

  Give Prometheus' textfile collector what to watch; in a crontab:
    semlock status --all --format prometheus >/var/lib/node_exporter/semlock.prom.new && mv /var/lib/node_exporter/semlock.prom.new /var/lib/node_exporter/semlock.prom

  Look into the container in which process 4711 runs:
    semlock --ipc-namespace 4711 status --all

  List the slots that somebody waits for, with the pids of those who have them:
    semlock status --no-headers --columns slot,waiting,holders | awk '$2 > 0'";

pub(super) const REMOVE_EXAMPLES: &str = "\
Examples:
  Remove the block after the application was stopped:
    semlock remove

  See which sets are left over, and why they are taken for that; then remove them:
    semlock remove --orphaned --dry-run
    semlock remove --orphaned --yes

  Remove a user's sets that nobody has touched for a week:
    semlock remove --owner www-data --idle 7d

  Remove them although a process that has nothing to do with them might use them:
    semlock remove --orphaned --owner www-data --ignore php-fpm8.2";

pub(super) const PROBE_EXAMPLES: &str = "\
Examples:
  See what this system allows, and which NSems to choose:
    semlock probe-max

  Fail a CI job early where its tests could not run:
    semlock probe-max --at-least 34 --require undo,timed-wait --quiet

  Make a block of the recommended size for 500 sessions at once:
    eval \"$(semlock probe-max --sessions 500 --format env)\"
    semlock create --nsems \"$SEMLOCK_RECOMMENDED\"";
