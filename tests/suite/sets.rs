//! `status --all`: every set, what is thought of it, and how full the table is.

use std::process::{Command, Stdio};
use std::thread;

use crate::common::remedy::limited;
use crate::common::{Finished, Running, Sandbox, abandon, until, until_waiting};
use semlock::session::{Block, DEFAULT_KEY};
use semlock::sysv::{Key, Set, all_sets, ipc_namespace};
use serde_json::{Value, json};

fn private(nsems: u16) -> Set {
    Set::create(Key::PRIVATE, nsems, 0o600).unwrap()
}

fn semids(report: &Value) -> Vec<i64> {
    report["sets"].as_array().unwrap().iter().map(|set| set["semid"].as_i64().unwrap()).collect()
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn every_set_is_told_with_its_verdict_and_the_limits_with_their_usage() {
    let sandbox = limited("20 40 8 5");
    Block::create(DEFAULT_KEY, 4, 0o700).unwrap();
    private(3);
    let holder = sandbox.hold(&["a"]);
    let report = sandbox.run(["status", "--all", "--format", "json"]).exits(0).json();
    let limits = json!({
        "semmsl": 20, "semmns": 40, "semopm": 8, "semmni": 5, "semvmx": 32767,
        "sets_used": 2, "semaphores_used": 7
    });
    assert_eq!((&report["schema"], &report["limits"]), (&json!(1), &limits));
    let block = &report["sets"][0];
    assert_eq!((&block["key"], &block["key_hex"]), (&json!(31818), &json!("0x00007c4a")));
    assert_eq!((&block["nsems"], &block["mode"]), (&json!(4), &json!("0700")));
    assert_eq!((&block["verdict"], &block["waiting"]), (&json!("in-use"), &json!(0)));
    let used = format!("process {} (cat) was the last to use it, and is alive", holder.pid());
    assert_eq!(block["evidence"], json!([used]));
    let other = &report["sets"][1];
    assert_eq!(
        (&other["key"], &other["otime"], &other["mode"]),
        (&json!(0), &Value::Null, &json!("0600"))
    );
    assert!(other["ctime"].is_string() && other["uid"].is_u64(), "{other}");
    assert_eq!(report["owners"][0]["sets"], 2);
    let table = sandbox.run(["status", "--all"]).exits(0).stdout();
    for part in [
        "SEMMNI     2   5       40  sets",
        "SEMMNS     7  40       17  semaphores in all sets",
        &used,
    ] {
        assert!(table.contains(part), "expected {part:?} in {table}");
    }
    assert_eq!(holder.finish(), 0);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn waiters_and_holders_of_semlocks_are_users_of_a_set() {
    let (sandbox, block) = Sandbox::with_block(4);
    let mut script = Command::new("cat");
    script.stdin(Stdio::piped());
    let owner = Running::start(script);
    sandbox.run(["lock", "-s", "--for", &owner.pid().to_string(), "--slot", "0"]).exits(0);
    let first = || sandbox.run(["status", "--all", "--format", "json"]).json()["sets"][0].clone();
    let evidence = first()["evidence"][0].as_str().unwrap().to_owned();
    let keeper = crate::common::holders()[0];
    let used = format!("process {keeper} (semlock-holds) was the last to use it, and is alive");
    assert_eq!(evidence, used);
    assert_eq!(first()["kept_by"], json!([keeper]));
    thread::scope(|scope| {
        let waiter = scope.spawn(|| sandbox.run(["lock", "--slot", "0", "--", "true"]));
        until_waiting(block, 1);
        let set = first();
        assert_eq!((&set["verdict"], &set["waiting"]), (&json!("in-use"), &json!(1)));
        assert_eq!(set["evidence"], json!(["1 process waits on it"]));
        sandbox.run(["unlock", "--force", "--slot", "0"]).exits(0);
        waiter.join().unwrap().exits(0);
    });
    owner.kill();
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn sets_are_chosen_and_sorted() {
    let sandbox = Sandbox::new();
    for (key, nsems) in [(9, 2), (7, 6), (8, 4)] {
        Block::create(Key::new(key), nsems, 0o700).unwrap();
    }
    let ids = |options: &[&str]| {
        let run = [&["status", "--all", "--format", "json"], options].concat();
        semids(&sandbox.run(run).exits(0).json())
    };
    assert_eq!(ids(&[]), [0, 1, 2]);
    assert_eq!(ids(&["--sort", "key"]), [1, 2, 0]);
    assert_eq!(ids(&["--sort", "nsems"]), [1, 2, 0]);
    assert_eq!(ids(&["--key", "8"]), [2]);
    assert_eq!(ids(&["--id", "1"]), [1]);
    assert_eq!(ids(&["--owner", "4242"]), Vec::<i64>::new());
    assert_eq!(ids(&["--owner", &nix::unistd::geteuid().to_string()]), [0, 1, 2]);
    assert_eq!(ids(&["--verdict", "idle,in-use,orphaned,unknown"]), [0, 1, 2]);
    assert_eq!(ids(&["--verdict", "unknown"]), Vec::<i64>::new());
    let holder = sandbox.hold(&["--key", "8", "a"]);
    assert_eq!(ids(&["--verdict", "in-use"]), [2]);
    assert_eq!(ids(&["--sort", "otime"]), [2, 0, 1]);
    assert_eq!(holder.finish(), 0);
    for options in [&["--owner", "no such user"][..], &["--sort", "size"], &["--verdict", "dead"]] {
        sandbox.run([&["status", "--all"], options].concat()).exits(64);
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn programs_get_the_columns_they_ask_for_and_nothing_else() {
    let sandbox = Sandbox::new();
    Block::create(Key::new(9), 2, 0o700).unwrap();
    let run = ["status", "--all", "--no-headers", "--columns", "semid,key,nsems,mode"];
    let line = sandbox.run(run).exits(0).stdout();
    assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["0", "9", "2", "0700"]);
    sandbox
        .run(["status", "--all", "--columns", "state"])
        .exits(64)
        .complains("the table has ipc_namespace, key");
    sandbox
        .run(["status", "--columns", "verdict"])
        .exits(64)
        .complains("the table has slot, state");
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs namespaces")]
fn the_namespace_of_a_set_is_told_where_it_is_asked_for() {
    let sandbox = Sandbox::new();
    private(1);
    let here = ipc_namespace().unwrap();
    let run = ["status", "--all", "--no-headers", "--columns", "ipc_namespace,semid"];
    let line = sandbox.run(run).exits(0).stdout();
    assert_eq!(line.split_whitespace().collect::<Vec<_>>(), [&here, "0"]);
}

/// What promtool says of a text: nothing, if all is well.
fn promtool(metrics: &str) -> Finished {
    let mut shell = Command::new("sh");
    shell.args(["-c", "printf %s \"$1\" | promtool check metrics", "sh", metrics]);
    Finished::of(shell)
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn prometheus_accepts_the_metrics_without_a_warning() {
    let (sandbox, block) = Sandbox::with_block(32);
    private(1);
    abandon(block.writer(block.all_slots().next().unwrap()));
    let metrics = |options: &[&str]| {
        let run = [&["status", "--format", "prometheus"], options].concat();
        let text = sandbox.run(run).exits(0).stdout();
        assert!(text.ends_with("\n# EOF\n"), "{text}");
        promtool(&text).exits(0).is_silent();
        // Other namespaces come and go.
        if !options.contains(&"--all-namespaces") {
            let again = sandbox.run(["status", "--format", "prometheus"].iter().chain(options));
            assert_eq!(again.stdout(), text);
        }
        text
    };
    let of_block = metrics(&[]);
    for line in [
        "semlock_block_abandoned{key=\"31818\"} 1",
        "semlock_block_effective_slots{key=\"31818\"} 1",
    ] {
        assert!(of_block.contains(&format!("\n{line}\n")), "{of_block}");
    }
    let of_sets = metrics(&["--all"]);
    for line in [
        "semlock_sets_used{} 2",
        "semlock_semaphores_used{} 33",
        "semlock_sets{verdict=\"in-use\"} 0",
    ] {
        assert!(of_sets.contains(&format!("\n{line}\n")), "{of_sets}");
    }
    for _ in 0..100 {
        private(1);
    }
    let lines = |text: &str| text.lines().count();
    assert_eq!(lines(&metrics(&["--all"])), lines(&of_sets), "series grow with the sets");
    metrics(&["--all-namespaces"]);
    promtool("# TYPE bad_total gauge\nbad_total 1\n").exits(3);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn watch_looks_again_and_again_and_ends_when_nobody_reads() {
    let (sandbox, _block) = Sandbox::with_block(4);
    let mut watch = Running::start(sandbox.semlock([
        "status",
        "--watch",
        "0.01",
        "--columns",
        "state,slot",
        "--slots",
        "all",
        "--no-headers",
    ]));
    watch.reads("free");
    let holder = sandbox.hold(&["--slot", "1"]);
    watch.reads("write");
    assert_eq!(holder.finish(), 0);
    watch.reads("free");
    watch.kill();
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("{} status --all --watch 0.01 | head -1", sandbox.binary()));
    Finished::of(shell).exits(0).contains("semlock status  every 100ms  ");
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn check_objects_to_what_is_abandoned_orphaned_or_nearly_full_and_can_be_quiet() {
    let sandbox = limited("20 40 8 4");
    let check = |options: &[&str], status, kind: &str| {
        let run = [&["status", "--check"], options].concat();
        let finished = sandbox.run(&run);
        finished.exits(status);
        if kind.is_empty() {
            finished.is_silent()
        } else {
            finished.finds(kind)
        };
        sandbox.run([&run[..], &["--quiet"]].concat()).exits(status).is_silent();
    };
    // Of a size on which long ids spread.
    let block = Block::create(DEFAULT_KEY, 6, 0o700).unwrap();
    check(&[], 0, "");
    check(&["--all"], 0, "");
    check(&["--all", "--limit-warn", "25"], 1, "limit");
    check(&["--all", "--limit-warn", "26"], 0, "");
    let flag = block.writer(block.all_slots().next().unwrap());
    abandon(flag);
    check(&[], 1, "abandoned-lock");
    check(&["--all"], 1, "abandoned-lock");
    block.set().reset(flag.into()).unwrap();
    check(&["--all"], 0, "");
    for key in [1, 2, 3] {
        Block::create(Key::new(key), 2, 0o700).unwrap();
    }
    check(&["--all"], 1, "limit");
    check(&["--all", "--limit-warn", "100"], 1, "limit");
    for percent in ["0", "101", "-1", "many"] {
        sandbox.run(["status", "--check", "--limit-warn", percent]).exits(64);
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn a_verdict_selects_sets_even_if_no_column_shows_it() {
    let (sandbox, _block) = Sandbox::with_block(6);
    let holder = sandbox.hold(&["a"]);
    let listed = |verdict| {
        let options = ["--verdict", verdict, "--columns", "semid", "--no-headers"];
        sandbox.run([&["status"], &options[..]].concat()).stdout()
    };
    assert_eq!(listed("in-use").trim(), "0");
    assert_eq!(listed("orphaned"), "");
    assert_eq!(holder.finish(), 0);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn a_limit_that_is_nearly_reached_is_explained_only_by_every_set() {
    let sandbox = limited("20 40 8 4");
    let block = Block::create(Key::new(1), 6, 0o700).unwrap();
    let semid = block.set().semid().to_string();
    for (selection, every_set) in [
        (&["--all"][..], true),
        (&["--idle", "0"], true),
        (&["--all", "--key", "1"], false),
        (&["--all", "--id", &semid], false),
        (&["--idle", "1h"], false),
        (&["--owner", "root"], false),
        (&["--verdict", "unknown"], false),
    ] {
        let found = sandbox.run([&["status", "--limit-warn", "1", "--check"], selection].concat());
        let refers = found.finds("limit").stdout().contains("looks at every set");
        assert_eq!(refers, !every_set, "{selection:?}");
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn a_set_that_vanishes_in_the_meantime_is_left_out() {
    let sandbox = Sandbox::new();
    let kept = private(1).semid().to_string();
    // Each lives about as long as a look takes.
    let churn = "use IPC::SysV qw(IPC_PRIVATE IPC_RMID);
        my @ids;
        while (1) {
            push @ids, semget(IPC_PRIVATE, 1, 0600);
            select undef, undef, undef, 0.001;
            semctl(shift @ids, 0, IPC_RMID, 0) if @ids > 50;
        }";
    let mut perl = Command::new("perl");
    perl.args(["-e", churn]);
    let churn = Running::start(perl);
    until("sets come and go", || all_sets().unwrap().len() > 50);
    let mut vanished = 0;
    for _ in 0..30 {
        let finished = sandbox.run(["status", "--all", "--format", "json"]);
        assert_eq!(finished.exits(0).stderr(), "");
        let report = finished.json();
        let shown = semids(&report);
        assert!(shown.iter().any(|semid| semid.to_string() == kept), "{report}");
        vanished += usize::from(report["limits"]["sets_used"].as_u64() > Some(shown.len() as u64));
    }
    assert!(vanished > 0, "no set vanished: this showed nothing");
    churn.kill();
}

/// What `status --all` shows on a terminal so wide.
fn at_terminal(sandbox: &Sandbox, columns: u16, environment: &str) -> String {
    let semlock = sandbox.binary();
    let command = format!("stty cols {columns}; {environment} {semlock} status --all");
    let mut script = Command::new("script");
    script.args(["-qec", &command, "/dev/null"]).env("TERM", "xterm").env_remove("NO_COLOR");
    Finished::of(script).exits(0).stdout().replace('\r', "")
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn on_a_terminal_no_line_is_longer_than_that_and_only_the_evidence_is_broken() {
    let sandbox = Sandbox::new();
    sandbox.run(["create", "-q"]).exits(0);
    sandbox.run(["lock", "a", "--", "true"]).exits(0);
    // It may use the set, so that there is something to say.
    let mut perl = Command::new("perl");
    perl.args(["-e", "$| = 1; print qq(ready\n); <STDIN>"]);
    let mut perl = Running::start(perl);
    assert_eq!(perl.line(), "ready");
    for columns in [80, 110, 140, 200, 300] {
        let shown = at_terminal(&sandbox, columns, "NO_COLOR=1");
        let (_, sets) = shown.split_once(" KEY_HEX ").unwrap();
        // A fix is in one line, so that it can be copied.
        for line in sets.lines().filter(|line| !line.starts_with("  fix: ")) {
            assert!(line.chars().count() <= columns.into(), "{columns}: {line:?}");
        }
        let row = sets.lines().nth(1).unwrap();
        let words: Vec<_> = row.split_whitespace().collect();
        assert_eq!(words[..3], ["0x00007c4a", "0", "32"]);
        // Both the exact time and how long ago.
        assert!(row.contains("s)"), "{columns}: {row}");
        let evidence = sets.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(evidence.contains(") may use it: it can find it by its key, and "), "{sets}");
        assert!(evidence.contains(" calls semop(2)"), "{sets}");
    }
    drop(perl);
}

#[test]
fn what_matters_is_coloured_on_a_terminal_unless_no_color_says_otherwise() {
    let (sandbox, block) = Sandbox::with_block(32);
    abandon(block.writer(block.all_slots().next().unwrap()));
    let shown = |environment: &str| {
        let command = format!("{environment} {} status", sandbox.binary());
        let mut script = Command::new("script");
        script.args(["-qec", &command, "/dev/null"]).env("TERM", "xterm").env_remove("NO_COLOR");
        Finished::of(script).exits(0).stdout()
    };
    let red: Vec<_> = shown("").split("\x1b[31m").skip(1).map(str::to_owned).collect();
    assert!(red.iter().any(|text| text.trim_start().starts_with("abandoned")), "{red:?}");
    assert!(!shown("NO_COLOR=1").contains('\x1b'));
    assert!(!shown("TERM=dumb").contains('\x1b'));
    assert!(!sandbox.run(["status"]).stdout().contains('\x1b'));
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn programs_get_one_word_a_cell_but_for_the_last() {
    let sandbox = Sandbox::new();
    sandbox.run(["create", "-q"]).exits(0);
    sandbox.run(["lock", "a", "--", "true"]).exits(0);
    Set::create_private(1, 0o600).unwrap();
    let rows = sandbox.run(["status", "--all", "--no-headers"]).exits(0).stdout();
    for (row, verdict) in rows.lines().zip(["idle", "idle"]) {
        let words: Vec<_> = row.split_whitespace().collect();
        assert_eq!(words[8], verdict, "{row}");
        assert!(words[7].parse::<jiff::Timestamp>().is_ok(), "{row}");
    }
    let used =
        sandbox.run(["status", "--all", "--no-headers", "--columns", "otime,semid"]).stdout();
    let used: Vec<_> = used.lines().map(|row| row.split_whitespace().next().unwrap()).collect();
    assert!(used[0].parse::<jiff::Timestamp>().is_ok() && used[1] == "never", "{used:?}");
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn what_picks_sets_or_sorts_them_asks_for_every_set() {
    let sandbox = Sandbox::new();
    sandbox.run(["create", "-q", "--key", "7"]).exits(0);
    let user = nix::unistd::geteuid().to_string();
    for options in [["--owner", &user], ["--verdict", "idle,unknown"], ["--sort", "key"]] {
        let rows = [&["status", "--columns", "key", "--no-headers"], &options[..]].concat();
        sandbox.run(rows).exits(0).prints(" 7\n");
        sandbox.run([&["status", "a"], &options[..]].concat()).exits(64);
    }
    sandbox.run(["status", "--owner", "4242", "--check"]).exits(0).is_silent();
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn every_document_says_the_same_of_a_set() {
    let sandbox = Sandbox::new();
    Block::create(DEFAULT_KEY, 4, 0o700).unwrap();
    let document = |args: &[&str]| sandbox.run([args, &["--format", "json"]].concat()).json();
    let block = document(&["status"])["block"].clone();
    let listed = document(&["status", "--all"])["sets"][0].clone();
    let removed = document(&["remove", "--dry-run"])["removed"][0].clone();
    for name in [
        "key", "key_hex", "semid", "nsems", "mode", "uid", "user", "gid", "group", "cuid", "cuser",
        "cgid", "cgroup", "otime", "ctime",
    ] {
        let said = block.get(name);
        assert!(said.is_some(), "status has no {name}");
        assert_eq!((listed.get(name), removed.get(name)), (said, said), "{name}");
    }
}
