//! Blocks that are shared by two users. Needs root: `make test` runs it as
//! root, and says so where it cannot.

use std::process::Command;

#[cfg(target_pointer_width = "64")]
use crate::common::filter::without_semctl;
use crate::common::remedy::{fixes, follow};
use crate::common::users::{NOBODY, as_nobody, sandbox};
use crate::common::{Finished, Running, Sandbox, until_waiting};
use semlock::session::{Block, DEFAULT_KEY};
use semlock::sysv::{Gid, Key, Set, Uid};
use serde_json::Value;

/// A Perl application of nobody's; its script is where nobody can read it.
fn nobodys_perl(sandbox: &Sandbox) -> Running {
    let script = sandbox.directory.join("client.pl");
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/perl/client.pl"), &script).unwrap();
    let mut perl = Command::new("perl");
    perl.arg(script).arg(&sandbox.directory).arg("32");
    perl.current_dir("/").stderr(std::process::Stdio::null());
    Running::start(as_nobody(perl))
}

fn block() -> Block {
    Block::open(DEFAULT_KEY).unwrap()
}

#[test]
#[ignore = "needs root"]
fn a_perl_client_of_another_user_uses_a_block_that_semlock_made() {
    for options in [["--owner", "nobody"], ["--owner", "65534:65534"], ["--mode", "0777"]] {
        let sandbox = sandbox();
        sandbox.run([&["create"], &options[..]].concat()).exits(0);
        let mut perl = nobodys_perl(&sandbox);
        let session = perl.ask("new");
        assert_eq!(perl.ask(&format!("tie {session}")), "held");
        sandbox.run(["lock", "-n", &session, "--", "true"]).exits(75);
        assert_eq!(perl.ask("untie"), "released");
        let holder = sandbox.hold(&[&session]);
        perl.tell(&format!("tie {session}"));
        until_waiting(block(), 1);
        assert_eq!(holder.finish(), 0);
        assert_eq!(perl.line(), "held");
    }
}

#[test]
#[ignore = "needs root"]
fn semlock_of_an_ordinary_user_and_of_root_use_a_block_that_the_users_perl_made() {
    let sandbox = sandbox();
    let mut perl = nobodys_perl(&sandbox);
    let session = perl.ask("new");
    assert_eq!(perl.ask(&format!("tie {session}")), "held");
    let lock = || sandbox.semlock(["lock", "-n", &session, "--", "true"]);
    Finished::of(as_nobody(lock())).exits(75);
    Finished::of(lock()).exits(75);
    assert_eq!(perl.ask("untie"), "released");
    Finished::of(as_nobody(lock())).exits(0);
    Finished::of(lock()).exits(0);
}

#[test]
#[ignore = "needs root"]
fn a_block_of_another_users_is_refused_with_77() {
    let sandbox = sandbox();
    sandbox.run(["create"]).exits(0);
    for arguments in
        [&["lock", "a", "--", "true"][..], &["status", "--check"], &["unlock", "a"], &["remove"]]
    {
        Finished::of(as_nobody(sandbox.semlock(arguments))).exits(77).complains("EACCES");
    }
    Finished::of(as_nobody(sandbox.semlock(["remove", "--force"]))).exits(77);
    assert_eq!(block().nsems(), 32);
}

#[test]
#[ignore = "needs root"]
fn an_ordinary_user_may_give_its_block_away() {
    let sandbox = sandbox();
    let create = sandbox.semlock(["create", "--owner", "root"]);
    Finished::of(as_nobody(create)).exits(0);
    let header = block().set().info().unwrap();
    let of = header.permissions;
    assert_eq!((of.uid.raw(), of.cuid.raw()), (0, NOBODY));
}

#[test]
#[ignore = "needs root"]
fn a_mode_is_warned_of_where_the_perl_module_is_refused_and_nowhere_else() {
    let class = |owner, class| {
        let warning = format!(" for {class}: the module asks for read, write and execute (7)\n");
        (owner, warning)
    };
    let (owner, group, others) =
        (class("nobody", "its owner"), class("root:nogroup", "its group"), class("root", "others"));
    for (mode, (owner, warning)) in [
        ("0600", &owner),
        ("0000", &owner),
        ("0070", &owner),
        ("0677", &owner),
        ("0700", &owner),
        ("0740", &owner),
        ("0755", &owner),
        ("0760", &group),
        ("0770", &group),
        ("0706", &others),
        ("0707", &others),
    ] {
        let sandbox = sandbox();
        let created = sandbox.run(["create", "--owner", owner, "--mode", mode]);
        let warned = created.exits(0).stderr().contains(warning.as_str());
        let answer = nobodys_perl(&sandbox).ask("new");
        assert_eq!(warned, answer.contains("Permission denied"), "{mode}: {created} {answer}");
    }
}

/// Fails as nobody, saying what is missing; works as root, which is the remedy.
fn is_fixed_by_root(sandbox: &Sandbox, arguments: &[&str], cause: &str) -> Finished {
    let failed = Finished::of(as_nobody(sandbox.semlock(arguments)));
    failed
        .exits(77)
        .complains(&format!("  cause: {cause}\n"))
        .complains(", owner root (0), group root (0), ")
        .complains("  evidence: semlock runs as nobody (65534), group nogroup (65534)\n")
        .complains("  fix: run it as root (0)\n");
    sandbox.run(arguments).exits(0);
    failed
}

#[test]
#[ignore = "needs root"]
fn what_the_mode_does_not_allow_is_named_with_class_and_permission() {
    let lock = ["lock", "a", "--", "true"];
    for (mode, cause) in [
        ("0700", "mode 0700 gives others no permission to read (4)"),
        ("0774", "mode 0774 gives others no permission to alter (2)"),
        ("0772", "mode 0772 gives others no permission to read (4)"),
    ] {
        let sandbox = sandbox();
        sandbox.run(["create", "--mode", mode]).exits(0);
        is_fixed_by_root(&sandbox, &lock, cause).complains("(EACCES)");
    }
    let own = sandbox();
    let create = ["create", "--mode", "0077", "--owner", "nobody"];
    own.run(create).exits(0);
    Finished::of(as_nobody(own.semlock(lock)))
        .exits(77)
        .complains("mode 0077 gives its owner no permission to read (4)")
        .complains("  fix: run it as root (0)\n");
    let sandbox = sandbox();
    let create = ["create", "--mode", "0707", "--owner", "root:nogroup"];
    sandbox.run(create).exits(0);
    let failed = Finished::of(as_nobody(sandbox.semlock(lock)));
    failed.exits(77).complains("mode 0707 gives its group no permission to read (4)");
}

#[test]
#[ignore = "needs root"]
fn a_refusal_by_mode_0600_names_the_trap_of_the_perl_module() {
    let sandbox = sandbox();
    sandbox.run(["create", "--mode", "0600"]).exits(0);
    let cause = "mode 0600 gives others no permission to read (4)";
    is_fixed_by_root(&sandbox, &["lock", "a", "--", "true"], cause)
        .complains("  evidence: mode 0600 keeps the Perl module out for its owner: the module asks for read, write and execute (7)\n");
}

#[test]
#[ignore = "needs root"]
fn only_owner_creator_and_root_remove_a_block() {
    let sandbox = sandbox();
    sandbox.run(["create", "--mode", "0777"]).exits(0);
    let cause = "only the owner of the set, its creator and root may do that";
    is_fixed_by_root(&sandbox, &["remove"], cause).complains("(EPERM)");
}

#[cfg(target_pointer_width = "64")]
#[test]
#[ignore = "needs root"]
fn a_filter_that_refuses_a_removal_is_told_from_the_kernel_that_does() {
    let sandbox = sandbox();
    Finished::of(as_nobody(sandbox.semlock(["create", "--mode", "0777"]))).exits(0);
    // Root, who is neither owner nor creator.
    let refused = without_semctl(libc::IPC_RMID, || sandbox.run(["remove"]));
    refused.exits(69).complains("(EPERM)\n  cause: a system call filter");
    sandbox.run(["remove"]).exits(0);
    sandbox.run(["create", "--mode", "0777"]).exits(0);
    let another = as_nobody(sandbox.semlock(["remove"]));
    let refused = without_semctl(libc::IPC_SET, || Finished::of(another));
    refused.exits(77).complains("(EPERM)\n  cause: only the owner of the set");
}

#[test]
#[ignore = "needs root"]
fn who_may_not_alter_a_block_is_no_reader_of_it_whatever_it_says() {
    let sandbox = sandbox();
    sandbox.run(["create"]).exits(0);
    crate::common::abandon(0);
    let namespace = semlock::internal::holder_namespace();
    let script = format!("SEMLOCK_HELD={namespace}:0:0:r:$$:a exec cat");
    let claims = |become_user: fn(Command) -> Command| {
        let mut sh = Command::new("sh");
        sh.args(["-c", &script]);
        let mut cat = Running::start(become_user(sh));
        assert_eq!(cat.ask("in"), "in");
        let report = sandbox.run(["status", "--format", "json"]).exits(0).json();
        assert_eq!(cat.finish(), 0);
        report["slots"][0]["holders"].clone()
    };
    assert_eq!(claims(|root| root)[0]["mode"], "read");
    assert_eq!(claims(as_nobody), Value::Null);
}

#[test]
#[ignore = "needs root"]
fn a_plan_says_what_the_caller_may_not_do() {
    let sandbox = sandbox();
    let block = ["create", "--mode", "0777"];
    sandbox.run(block).exits(0);
    let set = Set::create(Key::PRIVATE, 1, 0o606).unwrap();
    set.give(Uid::new(4242), Gid::new(4242), 0o606).unwrap();
    for options in
        [&["--key", "31818"][..], &["--key", "31818", "--force"], &["--id", "1", "--force"]]
    {
        let remove = |plan: &[&str]| {
            let remove = sandbox.semlock([&["remove"], options, plan].concat());
            let removed = Finished::of(as_nobody(remove));
            removed.exits(77).stderr()
        };
        let (plan, done) = (remove(&["--dry-run"]), remove(&[]));
        assert_eq!(plan.lines().next(), done.lines().next(), "{options:?}");
        assert!(plan.contains("Operation not permitted (EPERM)"), "{plan}");
    }
}

#[test]
#[ignore = "needs root"]
fn a_block_made_by_an_ordinary_user_is_open_to_its_perl_module() {
    for arguments in [&["create"][..], &["lock", "--create", "a", "--", "true"]] {
        let sandbox = sandbox();
        Finished::of(as_nobody(sandbox.semlock(arguments))).exits(0);
        assert_eq!(nobodys_perl(&sandbox).ask("write a"), "held", "{arguments:?}");
    }
}

#[test]
#[ignore = "needs root"]
fn the_header_of_a_block_that_may_not_be_read_is_shown_and_the_rest_is_unknown() {
    let sandbox = sandbox();
    for mode in ["0700", "0600", "0733"] {
        sandbox.run(["create", "--key", "9", "--nsems", "34", "--mode", mode]).exits(0);
        let status = |more: &[&str]| {
            let status = sandbox.semlock([&["status", "--key", "9"], more].concat());
            Finished::of(as_nobody(status))
        };
        // The module cannot open a set of mode 0600, so it is no block.
        let what = if mode == "0600" { "semaphores of set" } else { "slots of block" };
        let refused = format!("cannot show the {what} 9 (0x00000009): Permission denied (EACCES)");
        status(&[])
            .exits(0)
            .contains("key        9 (0x00000009)\n")
            .contains("owner      root (0), group root (0)\n")
            .contains("you may not read its semaphores")
            .complains(&refused)
            .complains("  fix: run it as root (0)\n");
        let report = status(&["--format", "json", "a"]).exits(0).json();
        assert_eq!(report["block"]["mode"], mode);
        assert_eq!((&report["slots"], &report["deadlocks"]), (&Value::Null, &Value::Null));
        assert_eq!(report["sessions"][0]["state"], "unknown");
        sandbox.run(["remove", "--key", "9"]).exits(0);
    }
    Finished::of(as_nobody(sandbox.semlock(["status", "--key", "9"]))).exits(66);
}

#[test]
#[ignore = "needs root"]
fn what_other_users_processes_wait_for_is_counted_and_unknown() {
    let sandbox = sandbox();
    sandbox.run(["create", "--mode", "0777"]).exits(0);
    let holder = sandbox.hold(&["a"]);
    let waiter = Running::start(sandbox.semlock(["lock", "a", "--", "true"]));
    until_waiting(block(), 1);
    let status = Finished::of(as_nobody(sandbox.semlock(["status", "--format", "json"]))).json();
    let slot = &status["slots"][0];
    assert_eq!((&slot["state"], &slot["waiting"]), (&"write".into(), &1.into()));
    assert_eq!((&slot["waiters"], &status["deadlocks"]), (&Value::Null, &Value::Null));
    assert_eq!(slot["holders"][0]["pid"], holder.pid());
    let table = Finished::of(as_nobody(sandbox.semlock(["status"])));
    table.exits(0).contains("1 unidentified");
    assert_eq!(holder.finish(), 0);
    assert_eq!(waiter.finish(), 0);
}

#[test]
#[ignore = "needs root"]
fn what_to_do_with_a_block_of_another_user_is_offered_for_who_may() {
    for (arguments, fix) in [
        (&["create"][..], "as root (0): semlock create --key 31818 --nsems 32 --exist-ok"),
        (
            &["create", "--nsems", "34"],
            "as root (0): semlock create --replace --key 31818 --nsems 34  #",
        ),
    ] {
        let sandbox = sandbox();
        sandbox.run(["create"]).exits(0);
        let failed = Finished::of(as_nobody(sandbox.semlock(arguments)));
        failed
            .exits(73)
            .complains("  evidence: semlock runs as nobody (65534), group nogroup (65534)\n");
        let fixes = fixes(&failed);
        assert_eq!(fixes.len(), 1, "{failed}");
        assert!(fixes[0].starts_with(fix), "{failed}");
        follow(&sandbox, fixes[0].strip_prefix("as root (0): ").unwrap());
        let nsems = arguments.last().unwrap().parse().unwrap_or(32);
        assert_eq!(block().nsems(), nsems);
        assert_eq!(block().set().info().unwrap().permissions.uid, Uid::ROOT);
    }
}

#[test]
#[ignore = "needs root"]
fn a_block_of_another_user_that_may_be_read_is_accepted_as_it_is() {
    let sandbox = sandbox();
    sandbox.run(["create", "--mode", "0777"]).exits(0);
    let failed = Finished::of(as_nobody(sandbox.semlock(["create"])));
    assert_eq!(fixes(&failed), ["semlock create --key 31818 --nsems 32 --exist-ok"]);
    let failed = Finished::of(as_nobody(sandbox.semlock(["create", "--nsems", "34"])));
    assert!(
        fixes(&failed)[0]
            .starts_with("as root (0): semlock create --replace --key 31818 --nsems 34  #")
    );
    let accept = ["create", "--exist-ok"];
    Finished::of(as_nobody(sandbox.semlock(accept))).exits(0);
}

#[test]
#[ignore = "needs root"]
fn a_block_is_replaced_for_its_owner_by_root_and_by_nobody_else() {
    let sandbox = sandbox();
    Finished::of(as_nobody(sandbox.semlock(["create", "--nsems", "34"]))).exits(0);
    sandbox.run(["create", "--replace", "--nsems", "32"]).exits(0).contains(
        "34 semaphores, mode 0700, owner nobody (65534), group nogroup (65534) -> 32 semaphores, mode 0700, owner nobody (65534), group nogroup (65534)\n",
    );
    let mut perl = nobodys_perl(&sandbox);
    assert_eq!(perl.ask("write a"), "held");
    let refused =
        Finished::of(as_nobody(sandbox.semlock(["create", "--replace", "--nsems", "34"])));
    refused.exits(75).complains("(perl ");
    assert_eq!(perl.ask("release"), "released");
    Finished::of(as_nobody(sandbox.semlock(["create", "--replace", "--owner", "root:root"])))
        .exits(0);
    let header = block().set().info().unwrap().permissions;
    assert_eq!((header.uid.raw(), header.gid.raw(), header.cuid.raw()), (0, 0, NOBODY));
    sandbox.run(["create", "--replace", "--owner", "nobody"]).exits(0);
    let header = block().set().info().unwrap().permissions;
    assert_eq!((header.uid.raw(), header.gid.raw(), header.cuid.raw()), (NOBODY, 0, 0));
    assert_eq!(perl.ask("write a"), "held");
}

#[test]
#[ignore = "needs root"]
fn who_may_not_replace_a_block_is_told_who_may_and_leaves_it_as_it_was() {
    for (mode, why) in [("0700", "EACCES"), ("0777", "EPERM"), ("0744", "EPERM")] {
        let sandbox = sandbox();
        sandbox.run(["create", "--mode", mode]).exits(0);
        let before = block().set().info().unwrap();
        let replace = ["create", "--replace", "--nsems", "34"];
        let refused = Finished::of(as_nobody(sandbox.semlock(replace)));
        refused.exits(77).complains(why).complains("  fix: run it as root (0)\n");
        assert_eq!(block().set().info().unwrap(), before);
        let same =
            Finished::of(as_nobody(sandbox.semlock(["create", "--replace", "--nsems", "32"])));
        same.exits(if mode == "0700" { 77 } else { 0 });
    }
}
