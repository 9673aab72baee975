//! Verdicts while processes fork and end without a pause, beside owners that
//! live. Needs root: `make test` runs it as root.
//!
//! As it is, a few verdicts; with SEMLOCK_STORM=N, so many.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::common::{Alone, Running, Sandbox, until};
use serde_json::Value;

/// How many processes there are at any time that fork and end.
const STORM: usize = 100;

/// The user of both.
const USER: u32 = 1521;

/// Two processes: each has a set, at a key and without one, that only an ended
/// child of it has used.
fn owners() -> Vec<(Running, i32)> {
    let start = |key: &str| {
        let mut perl = Command::new("perl");
        perl.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/perl/owner.pl"));
        perl.args([key, &USER.to_string(), &USER.to_string()]);
        let mut owner = Running::start(perl);
        let semid = owner.line().parse().unwrap();
        (owner, semid)
    };
    vec![start("17409"), start("0")]
}

/// Processes of the owners' user, in the same namespace, each of which forks and
/// ends at once, while its child does the same. All of them end with the first one,
/// which stays root's: a change of user would untie it from its parent.
fn storm(sandbox: &Sandbox) -> Running {
    let program = "my ($user, $count) = @ARGV; $SIG{CHLD} = 'IGNORE';
        for (1 .. $count) {
            next if fork // die;
            ($(, $)) = ($user, \"$user $user\");
            ($<, $>) = ($user, $user);
            while (1) { exit if fork // 1 }
        }
        $| = 1; print \"blows\\n\"; sleep while 1";
    // They leave some of the processors' time to others, and never rest.
    let mut perl = Command::new("setpriv");
    perl.args(["--pdeathsig", "KILL", "nice", "-n", "19", "unshare"]);
    perl.args(["--pid", "--fork", "--kill-child", "perl", "-e", program])
        .args([USER.to_string(), STORM.to_string()]);
    perl.current_dir(&sandbox.directory);
    let mut storm = Running::start(perl);
    assert_eq!(storm.line(), "blows");
    storm
}

/// How many processes of the storm's user there are.
fn in_the_air() -> usize {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries.filter(|entry| entry.metadata().is_ok_and(|data| data.uid() == USER)).count()
}

/// How many rounds are asked for, and how long they may take: with SEMLOCK_STORM, as
/// long as they need; otherwise a machine that is busy does fewer.
fn rounds() -> (usize, Duration) {
    let asked = std::env::var("SEMLOCK_STORM").ok().and_then(|rounds| rounds.parse().ok());
    asked.map_or((50, Duration::from_secs(20)), |rounds| (rounds, Duration::MAX))
}

#[test]
#[ignore = "needs root"]
fn no_living_owner_is_overlooked_while_processes_fork_and_end_without_a_pause() {
    let _alone = Alone::new();
    let sandbox = Sandbox::for_every_user();
    let owners = owners();
    let storm = storm(&sandbox);
    let mut tally = BTreeMap::<String, usize>::new();
    let mut wrong = Vec::new();
    let ((most, time), begin) = (rounds(), Instant::now());
    let mut done = 0;
    while done < most && begin.elapsed() < time {
        done += 1;
        let status = ["status", "--all", "--idle", "0s", "--format", "json"];
        let report = sandbox.run(status).exits(0).json();
        for (_, semid) in &owners {
            let sets = report["sets"].as_array().unwrap();
            let set = sets.iter().find(|set| set["semid"] == *semid).expect("an owner's set");
            let Value::String(verdict) = &set["verdict"] else { panic!("no verdict: {set}") };
            *tally.entry(verdict.clone()).or_default() += 1;
            if verdict == "orphaned" {
                wrong.push(set.clone());
            }
        }
    }
    until("the storm still blows", || in_the_air() > STORM / 2);
    println!("storm: {STORM} processes fork and end, {done} rounds, verdicts: {tally:?}");
    assert!(wrong.is_empty(), "{} of {tally:?} are wrong: {}", wrong.len(), wrong[0]);
    storm.kill();
}

/// A first process that reaps what it adopts; a process of a user in its own session,
/// which has used a set and, once that second is over, forks and ends for ever; and
/// as many attempts to remove what is orphaned. The first process itself is ignored.
const CHAIN: &str = r#"
    use IPC::SysV q(IPC_PRIVATE);
    use POSIX ();
    my ($user, $rounds, @remove) = @ARGV;
    $SIG{CHLD} = 'IGNORE';
    $| = 1;
    pipe my $said, my $say or die;
    unless (fork // die) {
        POSIX::setsid();
        POSIX::nice(19);
        ($(, $)) = ($user, "$user $user");
        ($<, $>) = ($user, $user);
        my $id = semget(IPC_PRIVATE, 1, 0600) // die;
        semop($id, pack 's!3', 0, 1, 0) or die;
        my $used = time;
        select undef, undef, undef, 0.01 until time > $used + 1;
        syswrite $say, "ready\n";
        while (1) { exit if fork // 1 }
    }
    <$said>;
    system @remove for 1 .. $rounds;
    print "end\n";
"#;

#[test]
#[ignore = "needs root"]
fn an_owner_that_forks_and_ends_without_a_pause_itself_is_never_overlooked() {
    const ROUNDS: usize = 20;
    let _alone = Alone::new();
    let sandbox = Sandbox::for_every_user();
    let mut init = Command::new("unshare");
    init.args(["--pid", "--fork", "--mount-proc", "--kill-child", "perl", "-e", CHAIN]);
    init.args([USER.to_string(), ROUNDS.to_string(), sandbox.binary().into()]);
    init.args(["remove", "--orphaned", "--idle", "0s", "--ignore", "1", "--dry-run", "--verbose"]);
    let mut init = Running::start(init);
    let said: Vec<_> =
        std::iter::from_fn(|| Some(init.line()).filter(|line| line != "end")).collect();
    let kept = |why: &str| said.iter().filter(|line| line.contains(why)).count();
    let (idle, unknown) = (kept(": idle: "), kept(": unknown: "));
    println!("an owner that forks and ends: {ROUNDS} rounds, {idle} idle, {unknown} unknown");
    assert_eq!(kept("would remove "), 0, "{said:#?}");
    assert_eq!(idle + unknown, ROUNDS, "{said:#?}");
    init.kill();
}
