//! `remove` of many sets: which are picked, what is asked, what is told.

use std::process::{Command, Stdio};

use crate::common::remedy::is_fixed_by_each_fix;
use crate::common::{
    Finished, Running, Sandbox, abandon, alone, assert_free, perl, until, until_waiting,
};
use semlock::session::{Block, DEFAULT_KEY, Slot};
use semlock::sysv::{Key, Set, all_sets};
use serde_json::{Value, json};

fn semids() -> Vec<i32> {
    all_sets().unwrap().iter().map(|row| row.semid.raw()).collect()
}

/// A set without a key.
fn private(nsems: u16) -> Set {
    Set::create(Key::PRIVATE, nsems, 0o600).unwrap()
}

fn ids(sets: &Value) -> Vec<i64> {
    sets.as_array().unwrap().iter().map(|set| set["semid"].as_i64().unwrap()).collect()
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn without_a_terminal_several_sets_go_only_with_yes() {
    let sandbox = Sandbox::new();
    private(1);
    sandbox
        .run(["remove", "--all"])
        .exits(64)
        .complains("only with --yes")
        .complains("\n  fix: semlock remove --all --dry-run  # shows which they are\n")
        .complains("\n  fix: semlock remove --all --yes\n");
    assert_eq!(semids().len(), 1);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn on_a_terminal_the_plan_is_shown_and_only_a_yes_removes() {
    let (sandbox, block) = Sandbox::with_block(32);
    let terminal = |answer: &str| {
        let options = alone().join(" ");
        let command =
            format!("{} remove --all --idle 0s {options}; echo status $?", sandbox.binary());
        let mut script = Command::new("script");
        script.args(["-q", "-c", &command, "/dev/null"]).stdin(Stdio::piped());
        let mut script = Running::start(script);
        let plan = script.reads("remove 1 set? [y/N/list] ");
        assert!(plan.contains(" remove     1  "), "{plan}");
        assert!(!plan.contains("semid 0"), "{plan}");
        script.tell("list");
        let list = script.reads("remove 1 set? [y/N/list] ");
        assert_eq!(list.matches("remove semid 0, key 31818").count(), 1, "{list}");
        script.tell(answer);
        let result = script.reads("status ");
        assert_eq!(result.matches("removed 1 set; 1 of ").count(), usize::from(answer == "y"));
        assert!(!result.contains(" remove ") && !result.contains("orphaned"), "{result}");
        script.line()
    };
    for answer in ["", "n", "no", "yess"] {
        assert_eq!(terminal(answer), "1", "{answer:?}");
        assert!(block.set().info().is_ok(), "{answer:?}");
    }
    assert_eq!(terminal("y"), "0");
    assert!(semids().is_empty());
}

/// A process that was the last to use a set without a key, and lives, but is not
/// seen to have semaphore calls: it keeps no other set.
fn in_use(nsems: u16) -> Running {
    let id = private(nsems).semid();
    let using = format!("exec perl -e 'semop({id}, pack q(s!3), 0, 1, 0) or die; exec q(cat)'");
    let mut shell = Command::new("sh");
    shell.args(["-c", &using]);
    let mut cat = Running::start(shell);
    assert_eq!(cat.ask("used"), "used");
    cat
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn conditions_combine_and_what_does_not_meet_them_all_is_not_touched() {
    let sandbox = Sandbox::new();
    for nsems in ["4", "6"] {
        let key = ["--key", nsems];
        sandbox.run([&["create", "--nsems", nsems, "-q"][..], &key].concat()).exits(0);
    }
    let other = in_use(4);
    let removed = |options: &[&str]| {
        let run = [&["--dry-run", "--format", "json"], options].concat();
        ids(&sandbox.remove(&run).json()["removed"])
    };
    assert_eq!(removed(&["--nsems", "4"]), [0]);
    assert_eq!(removed(&["--nsems", "6"]), [1]);
    assert_eq!(removed(&["--nsems", "4", "--private"]), Vec::<i64>::new());
    let uid = nix::unistd::geteuid().to_string();
    assert_eq!(removed(&["--owner", &uid]), [0, 1]);
    assert_eq!(removed(&["--creator", &uid, "--nsems", "6"]), [1]);
    assert_eq!(removed(&["--owner", "4242"]), Vec::<i64>::new());
    for (idle, sets) in [("0s", &[0, 1][..]), ("0", &[0, 1]), ("1h", &[]), ("3600", &[])] {
        assert_eq!(removed(&["--all", "--idle", idle]), sets, "{idle}");
    }
    sandbox.remove(&["--nsems", "4", "--yes"]).exits(75).contains("removed semid 0, key 4");
    assert_eq!(semids(), [1, 2]);
    assert_eq!(other.finish(), 0);
    assert_eq!(removed(&["--nsems", "4", "--private"]), [2]);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn selectors_that_make_no_sense_are_wrong_usage() {
    let sandbox = Sandbox::new();
    private(2);
    for options in [
        &["--idle", "soon"][..],
        &["--idle", "-1h"],
        &["--idle", "7x"],
        &["--idle", ""],
        &["--owner", "nobody:nogroup"],
        &["--owner", "no such user"],
        &["--nsems", "-1"],
        &["--all", "--key", "1"],
        &["--orphaned", "--id", "0"],
    ] {
        let run = [&["remove", "--yes"], options].concat();
        sandbox.run(run).exits(64);
    }
    assert_eq!(semids().len(), 1);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn a_set_that_is_in_use_is_kept_and_the_others_go() {
    let (sandbox, held) = Sandbox::with_block(32);
    let free = Block::create(Key::new(7), 4, 0o700).unwrap();
    let holder = sandbox.hold(&["a"]);
    let run = sandbox.remove(&["--all", "--yes"]);
    run.exits(75)
        .contains("removed semid 1, key 7 (0x00000007), 4 semaphores, owner ")
        .contains("kept semid 0, key 31818 (0x00007c4a), 32 semaphores, owner ")
        .contains("; cannot remove set with semid 0: it is in use; ")
        .contains(&format!("; process {} (cat) has the write lock of ", holder.pid()))
        .contains("\nremoved 1 set, kept 1; 2 of ")
        .is_said("");
    assert!(held.set().info().is_ok() && free.set().info().is_err());
    assert_eq!(holder.finish(), 0);
    assert_free(held);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn the_plan_of_a_dry_run_is_what_is_done_then() {
    let (sandbox, held) = Sandbox::with_block(32);
    let free = Block::create(Key::new(7), 4, 0o700).unwrap();
    abandon(held.writer(held.all_slots().next().unwrap()));
    let run = |options: &[&str]| {
        let run = [&["--all", "--format", "json"], options].concat();
        sandbox.remove(&run).exits(75).json()
    };
    let plan = run(&["--dry-run"]);
    assert!(free.set().info().is_ok());
    assert_eq!((&plan["schema"], &plan["dry_run"]), (&json!(1), &json!(true)));
    let done = run(&["--yes"]);
    assert!(free.set().info().is_err() && held.set().info().is_ok());
    assert_eq!(plan["notes"], done["notes"]);
    for part in ["removed", "kept"] {
        assert_eq!(plan[part], done[part]);
        let set = &plan[part][0];
        let names = ["semid", "key", "key_hex", "nsems", "uid", "user", "verdict", "evidence"];
        assert!(names.iter().all(|&name| set.get(name).is_some()), "{set}");
        assert_eq!(set["kept_by"], json!([]), "{set}");
    }
    assert_eq!((&done["removed"][0]["key"], &done["kept"][0]["key"]), (&json!(7), &json!(31818)));
}

#[test]
fn one_set_is_planned_and_told_as_json_like_many() {
    let (sandbox, block) = Sandbox::with_block(32);
    let plan = sandbox.run(["remove", "--dry-run"]).exits(0).stdout();
    assert!(
        plan.starts_with("would remove semid 0, key 31818 (0x00007c4a), 32 semaphores, owner ")
    );
    assert!(plan.contains("\nnote: a client that has opened a block and not locked yet"), "{plan}");
    let holder = sandbox.hold(&["a"]);
    let kept = sandbox.run(["remove", "--format", "json"]).exits(75).json();
    assert_eq!((ids(&kept["removed"]), ids(&kept["kept"])), (vec![], vec![0]));
    assert_eq!(kept["kept"][0]["verdict"], "in-use");
    assert_eq!(holder.finish(), 0);
    let removed = sandbox.run(["remove", "--format", "json"]).exits(0).json();
    assert_eq!((ids(&removed["removed"]), ids(&removed["kept"])), (vec![0], vec![]));
    assert!(block.set().info().is_err());
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn a_missing_block_is_66_unless_it_need_not_exist() {
    let sandbox = Sandbox::new();
    sandbox.run(["remove"]).exits(66);
    sandbox.run(["remove", "--if-exists"]).exits(0).is_silent();
    sandbox.run(["remove", "--id", "5"]).exits(66);
    sandbox.run(["remove", "--id", "5", "--if-exists"]).exits(0).is_silent();
    let empty = sandbox.run(["remove", "--if-exists", "--format", "json"]).exits(0).json();
    assert_eq!((ids(&empty["removed"]), ids(&empty["kept"])), (vec![], vec![]));
    sandbox
        .run(["remove", "--all", "--yes"])
        .exits(0)
        .prints("nothing to remove: there is no such set\n")
        .is_said("");
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn force_says_who_is_cut_off() {
    let (sandbox, block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["--slot", "3"]);
    let reader = sandbox.hold(&["-s", "--slot", "4"]);
    let mut waiter = sandbox
        .semlock(["lock", "--slot", "3", "--", "true"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until_waiting(block, 1);
    let writer = format!(
        "process {} (cat) has the write lock of slot 3, and may continue without",
        holder.pid()
    );
    sandbox
        .run(["remove", "--force"])
        .exits(0)
        .complains(&writer)
        .complains("(cat) has a read lock of slot 4, and may continue")
        .complains(") waits for slot 3, and may continue");
    assert_eq!(waiter.wait().unwrap().code(), Some(69));
    assert_eq!((holder.finish(), reader.finish()), (0, 0));
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn a_refusal_names_who_holds_and_who_waits() {
    let (sandbox, block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["--slot", "3"]);
    let has = format!("process {} (cat) has the write lock of slot 3", holder.pid());
    for options in [&["remove"][..], &["remove", "--dry-run"]] {
        sandbox.run(options).exits(75).complains(&format!("  evidence: {has}\n"));
    }
    sandbox.run(["remove", "--all", "--yes", "--verbose"]).exits(75).contains(&format!("; {has}"));
    let waiter = Running::start(sandbox.semlock(["lock", "-s", "--slot", "3", "--", "true"]));
    until_waiting(block, 1);
    let kept = sandbox.run(["remove", "--format", "json"]).exits(75).json();
    let evidence = kept["kept"][0]["evidence"].as_array().unwrap().clone();
    let waits = format!("process {} (", waiter.pid());
    let waits = |told: &Value| {
        let told = told.as_str().unwrap();
        told.starts_with(&waits) && told.ends_with(") waits for slot 3")
    };
    assert!(evidence.contains(&has.into()) && evidence.iter().any(waits), "{kept}");
    assert_eq!((holder.finish(), waiter.finish()), (0, 0));
}

#[test]
fn a_lock_that_nobody_has_is_told_from_a_holders_and_the_remedy_fixes_it() {
    let left = || {
        let (sandbox, block) = Sandbox::with_block(32);
        abandon(block.writer(Slot::new(5)));
        sandbox
    };
    is_fixed_by_each_fix(left, &["remove"], &["create"])
        .exits(75)
        .complains("it has abandoned locks")
        .complains(", which has ended, left the write lock of slot 5 behind\n");
    let (sandbox, _block) = Sandbox::with_block(32);
    sandbox.run(["lock", "--persist", "--slot", "6"]).exits(0);
    sandbox
        .run(["remove"])
        .exits(75)
        .complains("it has persistent locks\n")
        .complains("  evidence: slot 6 has 1 persistent lock\n");
    abandon(5);
    sandbox.run(["remove"]).exits(75).complains("a lock in it is held\n");
    let forced = sandbox.run(["remove", "--force"]);
    forced.exits(0).is_said(
        "semlock: removed block 31818 (0x00007c4a): slot 5 has 1 reader, and may continue without a lock\n",
    );
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn the_plan_of_a_forced_removal_says_who_would_be_cut_off() {
    let (sandbox, block) = Sandbox::with_block(32);
    let holder = sandbox.hold(&["--slot", "3"]);
    let cut = format!(
        "process {} (cat) has the write lock of slot 3, and might continue without a lock",
        holder.pid()
    );
    sandbox
        .run(["remove", "--force", "--dry-run"])
        .exits(0)
        .contains("would remove")
        .complains(&cut);
    assert!(block.set().info().is_ok());
    assert_eq!(holder.finish(), 0);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn many_sets_go_although_nobody_reads_the_answer_to_its_end() {
    let sandbox = Sandbox::new();
    for key in 1..=500 {
        Block::create(Key::new(key), 2, 0o700).unwrap();
    }
    let mut shell = Command::new("sh");
    let command = format!(
        "{{ {0} remove {1} --all --idle 0s --yes --verbose; echo $? >status; }} | head -1",
        sandbox.binary(),
        alone().join(" ")
    );
    shell.arg("-c").arg(command).current_dir(&sandbox.directory);
    Finished::of(shell).exits(0).contains("removed semid 0, key 1 ");
    until("every set is gone", || semids().is_empty());
    let status = || std::fs::read_to_string(sandbox.directory.join("status")).unwrap_or_default();
    until("it has ended", || !status().is_empty());
    assert_eq!(status(), "0\n");
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn a_closed_pipe_or_a_full_disk_behind_the_answer_leaves_no_set_behind() {
    let (sandbox, _block) = Sandbox::with_block(32);
    Block::create(Key::new(7), 4, 0o700).unwrap();
    let mut full = sandbox.removing(&["--all", "--yes"]);
    full.stdout(std::fs::File::options().write(true).open("/dev/full").unwrap());
    let full = Finished::of_stderr(full);
    full.exits(71).complains("ENOSPC").complains("  evidence: removed 2 sets\n");
    assert!(semids().is_empty());
    Block::create(DEFAULT_KEY, 4, 0o700).unwrap();
    let mut shell = Command::new("sh");
    let options = alone().join(" ");
    let command = format!("{} remove {options} --all --idle 0s --yes | true", sandbox.binary());
    shell.arg("-c").arg(command);
    Finished::of(shell).exits(0).is_silent();
    until("the block is gone", || semids().is_empty());
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of sets")]
fn what_is_removed_is_told_also_of_one_set_unless_quiet() {
    let sandbox = Sandbox::new();
    let uid = nix::unistd::geteuid();
    let create = || Block::create(DEFAULT_KEY, 32, 0o700).unwrap().set().semid();
    let semid = create();
    let removed = sandbox.run(["remove"]).exits(0).stdout();
    let told = format!("removed semid {semid}, key 31818 (0x00007c4a), 32 semaphores, owner ");
    assert!(removed.starts_with(&told) && removed.lines().count() == 1, "{removed}");
    assert!(removed.contains(&uid.to_string()), "{removed}");
    for quiet in ["-q", "--quiet"] {
        create();
        sandbox.run(["remove", quiet]).exits(0).is_silent();
    }
    private(1);
    let semid = semids()[0].to_string();
    let removed = sandbox.run(["remove", "--id", &semid]).exits(0).stdout();
    assert!(removed.starts_with(&format!("removed semid {semid}, no key, 1 semaphore, owner ")));
    sandbox.run(["remove", "--id", &semid, "--if-exists"]).exits(0).is_silent();
    create();
    let json = sandbox.run(["remove", "--quiet", "--format", "json"]).exits(0).json();
    assert_eq!(json["removed"][0]["key"], 31818);
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn quiet_removals_say_what_is_refused_and_nothing_else() {
    let (sandbox, held) = Sandbox::with_block(32);
    Block::create(Key::new(7), 4, 0o700).unwrap();
    let holder = sandbox.hold(&["a"]);
    sandbox.run(["remove", "--quiet"]).exits(75).prints("").complains("a lock in it is held");
    assert_eq!(holder.finish(), 0);
    // A Perl process has semaphore calls, and may have it open.
    let client = perl(&sandbox, 4);
    until("a Perl client", || {
        let warned =
            sandbox.run(["remove", "--dry-run", "--key", "7", "--format", "json"]).stdout();
        warned.contains(&format!("process {} (perl)", client.pid()))
    });
    sandbox.run(["remove", "--quiet", "--key", "7"]).exits(0).is_silent();
    assert!(held.set().info().is_ok());
    drop(client);
    let holder = sandbox.hold(&["a"]);
    private(1);
    let many = sandbox.remove(&["--all", "--yes", "--quiet"]);
    let uid = nix::unistd::geteuid();
    let why = format!("({uid}), semid 0: process {} (cat) used or set it last\n", holder.pid());
    many.exits(75).prints("").complains("semlock: cannot remove 1 set of ").complains(&why);
    assert_eq!(semids(), [0]);
    assert_eq!(holder.finish(), 0);
}
