//! Command lines that are wrong, as a person types them into a shell.

use crate::common::{Finished, Sandbox};

/// A line as a shell reads it, with semlock in the PATH.
pub fn shell(sandbox: &Sandbox, line: &str) -> Finished {
    Finished::of(sandbox.shell(line))
}

/// What is typed, what is wrong with it, and the rest of what is said.
pub const WRONG: [(&str, &str, &str); 76] = [
    ("lock --foo a", "lock: there is no option --foo", "see: semlock lock --help"),
    ("lock", "lock: lock needs a SESSION, --session, --slot or --all", "see: semlock lock --help"),
    (
        "lock -- true",
        "lock: lock needs a SESSION, --session, --slot or --all",
        "see: semlock lock --help",
    ),
    (
        "unlock",
        "unlock: unlock needs a SESSION, --session, --slot or --all",
        "see: semlock unlock --help",
    ),
    (
        "lock --id x a",
        "lock: --id cannot be \"x\"",
        "cause: a semid is a whole number from 0 to 2147483647\n  see: semlock lock --help",
    ),
    (
        "lock --id= a",
        "lock: --id needs a value",
        "cause: a semid is a whole number from 0 to 2147483647\n  see: semlock lock --help",
    ),
    (
        "lock --id 99999999999 a",
        "lock: --id cannot be \"99999999999\"",
        "cause: a semid is a whole number from 0 to 2147483647\n  see: semlock lock --help",
    ),
    (
        "lock --id 99999999999999999999 a",
        "lock: --id cannot be \"99999999999999999999\"",
        "cause: a semid is a whole number from 0 to 2147483647\n  see: semlock lock --help",
    ),
    (
        "lock --slot x",
        "lock: --slot cannot be \"x\"",
        "cause: a slot is a whole number from 0 to 65535\n  see: semlock lock --help",
    ),
    (
        "lock --slot=-1",
        "lock: --slot cannot be \"-1\"",
        "cause: a slot is a whole number from 0 to 65535\n  see: semlock lock --help",
    ),
    (
        "lock -E 256 a",
        "lock: --conflict-exit-code cannot be \"256\"",
        "cause: an exit status is a whole number from 0 to 255\n  see: semlock lock --help",
    ),
    (
        "lock --for 0 a",
        "lock: --for cannot be \"0\"",
        "cause: a pid is a whole number from 1 to 2147483647\n  see: semlock lock --help",
    ),
    ("lock --wait", "lock: --wait needs a value", "see: semlock lock --help"),
    ("lock --all=yes", "lock: --all takes no value", "see: semlock lock --help"),
    (
        "lock --id 1 --key 2 a",
        "lock: --id and --key cannot be used together",
        "see: semlock lock --help",
    ),
    (
        "lock --persist a -- true",
        "lock: --persist and COMMAND cannot be used together",
        "see: semlock lock --help",
    ),
    (
        "remove --key 5 --owner root",
        "remove: --key and --owner cannot be used together",
        "see: semlock remove --help",
    ),
    (
        "remove --nsems x",
        "remove: --nsems cannot be \"x\"",
        "cause: a number of semaphores is a whole number from 1 to 2147483647\n  see: semlock remove --help",
    ),
    ("remove abc", "remove: remove takes only options, not abc", "see: semlock remove --help"),
    (
        "create -- 'a b'",
        "create a block: create takes only options, not 'a b'",
        "see: semlock create --help",
    ),
    (
        "create --nsems 7",
        "create a block: --nsems cannot be \"7\"",
        "cause: must be even: half of the semaphores count readers, the other half flag writers\n  see: semlock create --help",
    ),
    (
        "create --mode 1000",
        "create a block: --mode cannot be \"1000\"",
        "cause: a mode is an octal number from 0 to 0777\n  see: semlock create --help",
    ),
    (
        "probe-max --require foo",
        "probe: --require takes undo or timed-wait, not \"foo\"",
        "see: semlock probe-max --help",
    ),
    (
        "probe-max --id-length 3",
        "probe: --id-length cannot be \"3\"",
        "cause: the length of a session id is a whole number from 4 to 206\n  see: semlock probe-max --help",
    ),
    (
        "status --slots",
        "show the status: --slots needs a value: used or all",
        "see: semlock status --help",
    ),
    ("frobnicate", "run: there is no subcommand frobnicate", "see: semlock --help"),
    ("--foo", "run: there is no option --foo", "see: semlock --help"),
    ("--ipc-namespace 1", "run: no subcommand was given", "see: semlock --help"),
    ("rm abc", "run: there is no subcommand rm", "see: semlock remove --help"),
    ("list --foo", "run: there is no subcommand list", "see: semlock status --help"),
    // What only looks like an option that takes a lock away is not offered.
    ("unlock --forc a", "unlock: there is no option --forc", "see: semlock unlock --help"),
    ("remove --orphaned --ye", "remove: there is no option --ye", "see: semlock remove --help"),
    // What clap finds similar.
    (
        "lock --shard a -- true",
        "lock: there is no option --shard",
        "fix: semlock lock --shared a -- true",
    ),
    (
        "status --formt=json",
        "show the status: there is no option --formt",
        "fix: semlock status --format=json",
    ),
    (
        "status --format jsn",
        "show the status: --format takes table, json or prometheus, not \"jsn\"",
        "fix: semlock status --format json",
    ),
    (
        "status --format=jsn",
        "show the status: --format takes table, json or prometheus, not \"jsn\"",
        "fix: semlock status --format=json",
    ),
    ("stats --all", "run: there is no subcommand stats", "fix: semlock status --all"),
    ("lock --hlep", "lock: there is no option --hlep", "fix: semlock lock --help"),
    // Several mistakes in one line.
    (
        "status --formt jsn",
        "show the status: there is no option --formt",
        "fix: semlock status --format json",
    ),
    ("ls --json -l", "run: there is no subcommand ls", "fix: semlock status --all --format json"),
    (
        "status --json --foo",
        "show the status: there is no option --json",
        "see: semlock status --help",
    ),
    // Options that stand too early.
    (
        "--key 5 status",
        "run: there is no option --key before the subcommand",
        "fix: semlock status --key 5",
    ),
    (
        "--all status",
        "show the status: there is no option --all before the subcommand",
        "fix: semlock status --all",
    ),
    // The fix can be copied, or is left out.
    (
        "status --json 'a b' \"it's\"",
        "show the status: there is no option --json",
        "fix: semlock status --format json 'a b' \"it's\"",
    ),
    (
        "status --json '$x' --session='; ls'",
        "show the status: there is no option --json",
        "fix: semlock status --format json '$x' --session='; ls'",
    ),
    (
        "status --json \"$(printf 'a\\tb')\"",
        "show the status: there is no option --json",
        "see: semlock status --help",
    ),
    (
        "status --json \"$(printf 'a\\377')\"",
        "show the status: there is no option --json",
        "see: semlock status --help",
    ),
    ("lock --version", "lock: there is no option --version", "see: semlock lock --help"),
    ("lock --block a", "lock: there is no option --block", "see: semlock lock --help"),
    ("lock --start a", "lock: there is no option --start", "see: semlock lock --help"),
    (
        "status --older 1",
        "show the status: there is no option --older",
        "see: semlock status --help",
    ),
    ("status --yaml", "show the status: there is no option --yaml", "see: semlock status --help"),
    (
        "status --verbose",
        "show the status: there is no option --verbose",
        "see: semlock status --help",
    ),
    ("./lockfile", "run: there is no subcommand ./lockfile", "see: semlock --help"),
    ("unlocks a", "run: there is no subcommand unlocks", "fix: semlock unlock a"),
    ("Lock a", "run: there is no subcommand Lock", "fix: semlock lock a"),
    (
        "lock --Shard a -- true",
        "lock: there is no option --Shard",
        "fix: semlock lock --shared a -- true",
    ),
    (
        "lock --conflict 5 a -- true",
        "lock: there is no option --conflict",
        "fix: semlock lock --conflict-exit-code 5 a -- true",
    ),
    ("lock -un a -- true", "lock: there is no option -u, in -un", "see: semlock lock --help"),
    ("lock -u a -- true", "lock: there is no option -u", "see: semlock lock --help"),
    ("lock -u a ./x", "lock: there is no option -u", "see: semlock lock --help"),
    ("lock -vv a", "lock: there is no option -v, in -vv", "see: semlock lock --help"),
    ("status -un", "show the status: there is no option -u, in -un", "see: semlock status --help"),
    (
        "create 34 50",
        "create a block: create takes only options, not 34",
        "see: semlock create --help",
    ),
    (
        "lock --create 34 a",
        "lock: --create takes its number after an equals sign",
        "fix: semlock lock --create=34 a",
    ),
    (
        "lock --create 34",
        "lock: --create takes its number after an equals sign",
        "see: semlock lock --help",
    ),
    (
        "lock a --create 34 -- true",
        "lock: --create takes its number after an equals sign",
        "fix: semlock lock a --create=34 -- true",
    ),
    (
        "lock --create 34 a ./job",
        "lock: --create takes its number after an equals sign",
        "fix: semlock lock --create=34 a -- ./job",
    ),
    ("release a -- true", "run: there is no subcommand release", "see: semlock unlock --help"),
    ("help list", "run: there is no subcommand list", "fix: semlock help status"),
    ("help rm", "run: there is no subcommand rm", "fix: semlock help remove"),
    ("help unlok", "run: there is no subcommand unlok", "fix: semlock help unlock"),
    ("help flock", "run: there is no subcommand flock", "fix: semlock help lock"),
    ("help run", "run: there is no subcommand run", "fix: semlock help lock"),
    ("help abc true", "run: there is no subcommand abc", "see: semlock --help"),
    ("\"$(printf 'x\\ty')\"", "run: there is no subcommand 'x\\ty'", "see: semlock --help"),
];

/// What is typed from habit, and the lines that are offered.
pub const HABITS: [(&str, &[&str]); 73] = [
    ("lock a -c 'echo x; ls'", &["lock a -- sh -c 'echo x; ls'"]),
    ("lock -n a -c true", &["lock -n a -- sh -c true"]),
    ("lock a -nc true", &["lock a -n -- sh -c true"]),
    ("lock a --command true", &["lock a -- sh -c true"]),
    ("lock a --command='exit 3'", &["lock a -- sh -c 'exit 3'"]),
    ("lock -c true a", &["lock SESSION -- sh -c COMMAND"]),
    ("lock -c true", &["lock SESSION -- sh -c COMMAND"]),
    ("lock a ./job -v", &["lock a -- ./job -v"]),
    ("lock -w 5 a ./job --foo 5", &["lock -w 5 a -- ./job --foo 5"]),
    ("lock --all ./job", &["lock --all -- ./job"]),
    ("lock -abc", &["lock --session=-abc"]),
    ("lock -n -zbc -- true", &["lock -n --session=-zbc -- true"]),
    ("lock -zbc ./job", &["lock --session=-zbc -- ./job"]),
    ("unlock -zbc", &["unlock --session=-zbc"]),
    ("status a -zbc", &["status a --session=-zbc"]),
    ("lock -u a", &["unlock a"]),
    ("lock -r a -- true", &["lock --shared a -- true"]),
    ("lock --no-wait a -- true", &["lock --nonblock a -- true"]),
    ("lock --pid 1 a", &["lock --for 1 a"]),
    ("lock --json a -- true", &["lock --format json a -- true"]),
    ("status --json", &["status --format json"]),
    ("status -J a", &["status --format json a"]),
    ("remove --json --orphaned", &["remove --format json --orphaned"]),
    ("status -k 0x4401", &["status --key 0x4401"]),
    ("remove 5", &["remove --id 5", "remove --key 5"]),
    ("remove 0x4401", &["remove --key 0x4401"]),
    ("remove 5 --dry-run", &["remove --id 5 --dry-run", "remove --key 5 --dry-run"]),
    ("remove -s 5", &["remove --id 5"]),
    ("remove -s 5 -i 6", &["remove --id 5 --id 6"]),
    ("remove 5 6", &["remove --id 5 --id 6", "remove --key 5 --key 6"]),
    ("remove -s5", &["remove --id 5"]),
    ("remove --semaphore-id=5", &["remove --id 5"]),
    ("remove -S 0x4401", &["remove --key 0x4401"]),
    ("remove -a --dry-run", &["remove --all --dry-run"]),
    ("create 34", &["create --nsems 34"]),
    ("create -S 34 -p 0700", &["create --nsems 34 --mode 0700"]),
    ("probe-max 34", &["probe-max --at-least 34"]),
    ("status -s", &["status --all"]),
    ("status -s -i 5", &["status --all --id 5"]),
    ("list", &["status --all"]),
    ("ls", &["status --all"]),
    ("ps --owner root", &["status --all --owner root"]),
    ("ipcs -s", &["status --all"]),
    ("rm --if-exists", &["remove --if-exists"]),
    ("delete --key 5", &["remove --key 5"]),
    ("rm 5", &["remove --id 5", "remove --key 5"]),
    ("show a", &["status a"]),
    ("run", &["lock SESSION -- COMMAND"]),
    ("run a echo -n x", &["lock a -- echo -n x"]),
    ("with -w 5 'a b' -- true", &["lock -w 5 'a b' -- true"]),
    ("a -- true", &["lock a -- true"]),
    ("lok a -- true", &["lock a -- true"]),
    ("release a", &["unlock a"]),
    ("probe", &["probe-max"]),
    ("lock a sh -c 'echo hi'", &["lock a -- sh -c 'echo hi'"]),
    ("lock a cp -u x y", &["lock a -- cp -u x y"]),
    ("lock a cp -a x y", &["lock a -- cp -a x y"]),
    ("lock a wc -c file", &["lock a -- wc -c file"]),
    ("lock a prog --pid 3", &["lock a -- prog --pid 3"]),
    ("lock a rsync --json x", &["lock a -- rsync --json x"]),
    ("lock --all 'ls | wc'", &["lock --all -- sh -c 'ls | wc'"]),
    ("run a 'ls | wc'", &["lock a -- sh -c 'ls | wc'"]),
    ("lock -r a ./job", &["lock --shared a -- ./job"]),
    ("lock -nc 'echo hi' a", &["lock SESSION -- sh -c COMMAND"]),
    ("run a ./x --help", &["lock a -- ./x --help"]),
    ("abc true", &["lock abc -- true"]),
    ("abc ./x y", &["lock abc -- ./x y"]),
    ("./lockfile ls -l", &["lock ./lockfile -- ls -l"]),
    ("-n abc true", &["lock -n abc -- true"]),
    ("-w 5 abc true", &["lock -w 5 abc -- true"]),
    ("-n abc -- true", &["lock -n abc -- true"]),
    ("--key 5 lock a ./job", &["lock --key 5 a -- ./job"]),
    ("LOCK a true", &["lock a -- true"]),
];

/// Everything that is typed.
pub fn all() -> impl Iterator<Item = &'static str> {
    WRONG.iter().map(|wrong| wrong.0).chain(HABITS.iter().map(|habit| habit.0))
}
