//! `status` names the processes of a deadlock, and no others.

use std::process::Command;

use crate::common::{Alone, Running, Sandbox, holders, perl, rounds, until, until_waiting};
use semlock::session::{Block, slot_of};

/// What `status` says of deadlocks.
fn deadlocks(sandbox: &Sandbox) -> serde_json::Value {
    sandbox.run(["status", "--format", "json"]).exits(0).json()["deadlocks"].clone()
}

/// Waits until `status` says so: a process is counted a moment before it can be
/// seen to wait, and until then it is unknown.
#[track_caller]
fn until_deadlocks(sandbox: &Sandbox, expected: &serde_json::Value) {
    until("the deadlocks expected", || deadlocks(sandbox) == *expected);
}

fn slot(session: &str) -> u16 {
    slot_of(session.as_bytes(), 34).unwrap().index()
}

/// Two Perl processes of which each has a session that the other waits for.
fn two_perls(sandbox: &Sandbox, block: Block) -> [Running; 2] {
    let mut perls = [perl(sandbox, 34), perl(sandbox, 34)];
    for (perl, session) in perls.iter_mut().zip(["a", "b"]) {
        assert_eq!(perl.ask(&format!("write {session}")), "held");
    }
    for (perl, session) in perls.iter_mut().zip(["b", "a"]) {
        perl.tell(&format!("write {session}"));
    }
    until_waiting(block, 2);
    perls
}

#[test]
fn two_perl_processes_that_wait_for_each_other_are_named() {
    let (sandbox, block) = Sandbox::with_block(34);
    let perls = two_perls(&sandbox, block);
    let mut pids = perls.each_ref().map(Running::pid);
    let [(one, a), (other, b)] = [(pids[0], slot("a")), (pids[1], slot("b"))];
    until("the deadlock", || deadlocks(&sandbox)[0].is_array());
    let said = sandbox.run(["status"]).exits(0).stdout();
    for part in [
        format!("\n    {one} (perl "),
        format!(") has slot {a}, waits for slot {b}, which {other} has\n"),
        format!(") has slot {b}, waits for slot {a}, which {one} has\n"),
    ] {
        assert!(said.contains(&part), "{part:?} is not in {said}");
    }
    pids.sort_unstable();
    until_deadlocks(&sandbox, &serde_json::json!([pids]));
    sandbox.run(["status", "--check", "--quiet"]).exits(1).is_silent();
    let [one, other] = perls;
    one.kill();
    assert_eq!(other.finish(), 0);
    sandbox.run(["status", "--check"]).exits(0).is_silent();
}

#[test]
fn a_process_that_waits_for_what_it_has_itself_is_named() {
    let (sandbox, block) = Sandbox::with_block(34);
    let mut perl = perl(&sandbox, 34);
    assert_eq!(perl.ask("write a"), "held");
    perl.tell("write a");
    until_waiting(block, 1);
    until_deadlocks(&sandbox, &serde_json::json!([[perl.pid()]]));
    let said = sandbox.run(["status"]);
    said.contains("\ndeadlock: a process waits for a lock that it holds itself\n");
    said.contains(&format!(
        "waits for slot {0}, which {1} has\n  fix: kill {1}  # ",
        slot("a"),
        perl.pid()
    ));
}

/// A shell that has one session locked and runs semlock for another.
fn nested(sandbox: &Sandbox, outer: &[&str], inner: &str) -> Running {
    let script = format!("echo in; read go; {} lock {inner} -- true; echo $?", sandbox.binary());
    let mut lock = sandbox.semlock([&["lock"], outer, &["--", "sh", "-c", &script]].concat());
    lock.stderr(std::process::Stdio::null());
    let mut shell = Running::start(lock);
    assert_eq!(shell.line(), "in");
    shell
}

#[test]
fn shells_under_semlock_that_wait_for_each_others_sessions_are_named_with_their_children() {
    // With --verbose, a thread of semlock's tells while another waits.
    for (mode, inner) in [("-x", "--verbose"), ("-s", "-x")] {
        let (sandbox, block) = Sandbox::with_block(34);
        let mut shells = [("a", "b"), ("b", "a")]
            .map(|(has, wants)| nested(&sandbox, &[mode, has], &format!("{inner} {wants}")));
        for shell in &mut shells {
            shell.tell("go");
        }
        until_waiting(block, 2);
        until("both shells wait for a child", || deadlocks(&sandbox)[0].is_array());
        let cycle = deadlocks(&sandbox)[0].as_array().unwrap().clone();
        assert_eq!(cycle.len(), 4, "{cycle:?}");
        for shell in &shells {
            assert!(cycle.contains(&shell.pid().into()), "{} is not in {cycle:?}", shell.pid());
        }
        sandbox.run(["status"]).contains(" waits for its child, ");
        end(block, cycle);
    }
}

/// Ends every process of a cycle: the children of a test's shells would outlive them.
fn end(block: Block, cycle: Vec<serde_json::Value>) {
    for pid in cycle {
        let pid = nix::unistd::Pid::from_raw(pid.as_i64().unwrap().try_into().unwrap());
        let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
    }
    until("every lock given back", || block.raised_slots().unwrap().is_empty());
}

#[test]
fn a_holder_is_in_the_cycle_with_the_one_it_keeps_the_lock_for() {
    let (sandbox, block) = Sandbox::with_block(34);
    let mut one = perl(&sandbox, 34);
    let mut other = perl(&sandbox, 34);
    let pid = one.pid().to_string();
    sandbox.run(["lock", "-s", "--for", &pid, "a"]).exits(0);
    assert_eq!(other.ask("write b"), "held");
    one.tell("write b");
    other.tell("write a");
    until_waiting(block, 2);
    let [holder] = holders()[..] else { panic!("one holder expected") };
    until("the deadlock", || deadlocks(&sandbox)[0].is_array());
    let cycle = deadlocks(&sandbox)[0].as_array().unwrap().clone();
    assert_eq!(cycle.len(), 3, "{cycle:?}");
    assert!(cycle.contains(&holder.into()));
    let said = sandbox.run(["status"]);
    said.contains("\ndeadlock: 2 processes wait for each other, and none can continue\n");
    said.contains(&format!(
        " has slot {}, waits for slot {}, which {pid} has\n",
        slot("b"),
        slot("a")
    ));
    one.kill();
    until("the holder gone", || holders().is_empty());
    assert_eq!(other.finish(), 0);
}

#[test]
fn a_queue_is_no_deadlock_whoever_waits_for_whom() {
    let (sandbox, block) = Sandbox::with_block(34);
    until_deadlocks(&sandbox, &serde_json::json!([]));
    let holder = sandbox.hold(&["a"]);
    let mut second = perl(&sandbox, 34);
    assert_eq!(second.ask("write b"), "held");
    second.tell("write a");
    let mut third = perl(&sandbox, 34);
    third.tell("read b");
    until_waiting(block, 2);
    until_deadlocks(&sandbox, &serde_json::json!([]));
    sandbox.run(["status", "--check"]).exits(0).is_silent();
    assert_eq!(holder.finish(), 0);
}

#[test]
fn a_draining_writer_does_not_wait_for_itself() {
    let (sandbox, block) = Sandbox::with_block(34);
    let reader = sandbox.hold(&["-s", "a"]);
    let draining = Running::start(sandbox.semlock(["lock", "--drain", "a", "--", "true"]));
    until_waiting(block, 1);
    until_deadlocks(&sandbox, &serde_json::json!([]));
    assert_eq!(reader.finish(), 0);
    assert_eq!(draining.finish(), 0);
}

#[test]
fn a_shell_with_a_child_that_can_go_on_is_in_no_deadlock() {
    let (sandbox, block) = Sandbox::with_block(34);
    let holder = sandbox.hold(&["b"]);
    let mut shell = nested(&sandbox, &["a"], "b");
    let mut other = perl(&sandbox, 34);
    shell.tell("go");
    other.tell("write a");
    until_waiting(block, 2);
    until_deadlocks(&sandbox, &serde_json::json!([]));
    assert_eq!(holder.finish(), 0);
    assert_eq!(shell.line(), "0");
    assert_eq!(other.line(), "held");
}

#[test]
fn where_the_readers_cannot_be_known_whether_there_is_a_deadlock_is_unknown() {
    let (sandbox, block) = Sandbox::with_block(34);
    let mut reader = perl(&sandbox, 34);
    assert_eq!(reader.ask("read a"), "held");
    let writer = Running::start(sandbox.semlock(["lock", "a", "--", "true"]));
    until_waiting(block, 1);
    assert_eq!(deadlocks(&sandbox), serde_json::Value::Null);
    sandbox.run(["status"]).contains("\nit is unknown whether there is a deadlock: ");
    assert_eq!(reader.ask("release"), "released");
    assert_eq!(writer.finish(), 0);
}

#[test]
fn whether_another_thread_helps_the_one_that_waits_is_unknown() {
    let (sandbox, block) = Sandbox::with_block(34);
    let script = "use threads; use IPC::SysV; my $id = semget(31818, 0, 0);
        semop($id, pack 's!3', 17, 1, 0x1000) or die;
        threads->create(sub { semop($id, pack 's!3', 17, 0, 0) })->detach;
        $| = 1; print qq{in\\n}; <STDIN>";
    let mut perl = Command::new("perl");
    perl.args(["-e", script]);
    let mut perl = Running::start(perl);
    assert_eq!(perl.line(), "in");
    until_waiting(block, 1);
    until("the waiter is seen", || {
        let report = sandbox.run(["status", "--format", "json"]).json();
        assert_eq!(report["deadlocks"], serde_json::Value::Null);
        report["slots"][0]["waiters"][0]["pid"] == perl.pid()
    });
}

/// A shell that keeps one session and then asks for another by `command`.
fn keeping(sandbox: &Sandbox, has: &str, command: &str) -> Running {
    let semlock = sandbox.binary();
    let script = format!("{semlock} lock {has}; echo in; read go; {command}; echo $?");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).stderr(std::process::Stdio::null());
    let mut shell = Running::start(shell);
    assert_eq!(shell.line(), "in");
    shell
}

#[test]
fn shells_that_keep_sessions_the_other_asks_for_are_named_with_all_between_them() {
    let (sandbox, block) = Sandbox::with_block(34);
    let ask = |session| format!("{} lock {session}", sandbox.binary());
    let mut shells =
        [("a", "b"), ("b", "a")].map(|(has, wants)| keeping(&sandbox, has, &ask(wants)));
    let [one, other] = holders()[..] else { panic!("two holders expected") };
    for shell in &mut shells {
        shell.tell("go");
    }
    until_waiting(block, 2);
    until("the deadlock", || deadlocks(&sandbox)[0].is_array());
    let cycle = deadlocks(&sandbox)[0].as_array().unwrap().clone();
    for pid in [one, other, shells[0].pid(), shells[1].pid()] {
        assert!(cycle.contains(&pid.into()), "{pid} is not in {cycle:?}");
    }
    // Of each shell: its holder, itself, the semlock that it runs, and the holder to be.
    assert_eq!(cycle.len(), 8, "{cycle:?}");
    let said = sandbox.run(["status"]);
    said.contains("\ndeadlock: 2 processes wait for each other, and none can continue\n");
    let (a, b) = (slot("a"), slot("b"));
    for (shell, has, waits, other) in [(0, a, b, 1), (1, b, a, 0)] {
        let line = format!(
            ") has slot {has}, waits for slot {waits}, which {} has\n",
            shells[other].pid()
        );
        let start = format!("\n    {} (sh -c ", shells[shell].pid());
        said.contains(&start).contains(&line);
    }
    said.contains("# its semlock lock fails, and process ");
    assert!(!said.stdout().contains("semlock hold"), "{said}");
    sandbox.run(["status", "--check", "--quiet"]).exits(1).is_silent();
    end(block, cycle);
}

#[test]
fn what_waits_in_a_way_that_cannot_be_followed_may_be_in_a_deadlock() {
    let (sandbox, block) = Sandbox::with_block(34);
    for how in ["timeout 60 SEMLOCK lock -w 60 b -- true", "SEMLOCK lock -w 60 b -- true | cat"] {
        let mut other = perl(&sandbox, 34);
        assert_eq!(other.ask("write b"), "held");
        let mut shell = keeping(&sandbox, "a", &how.replace("SEMLOCK", sandbox.binary()));
        shell.tell("go");
        other.tell("write a");
        until_waiting(block, 2);
        until("everybody is seen", || {
            let report = sandbox.run(["status", "--format", "json"]).json();
            let slots = report["slots"].as_array().unwrap();
            assert!(report["deadlocks"] != serde_json::json!([]), "denied: {report}");
            slots.iter().all(|slot| slot["waiters"].is_array())
        });
        other.kill();
        assert_eq!(shell.line(), "0");
        shell.finish();
        until("the holder gone", || holders().is_empty());
    }
}

#[test]
fn a_cycle_through_two_blocks_is_named_in_each() {
    let (sandbox, block) = Sandbox::with_block(34);
    let other = Block::create(semlock::sysv::Key::new(7), 4, 0o700).unwrap();
    let script = "my ($has, $wants) = map { semget($_, 0, 0) // die } @ARGV;
        sub lock { my ($id, $half) = ($_[0], $_[0] == semget(7, 0, 0) ? 2 : 17);
            semop($id, pack 's!9', 0, 0, 0x1000, $half, 0, 0x1000, $half, 1, 0x1000) or die }
        lock($has); $| = 1; print qq{in\n}; <STDIN>; lock($wants)";
    let mut perls = [["7", "31818"], ["31818", "7"]].map(|keys| {
        let mut perl = Command::new("perl");
        perl.args(["-e", script]).args(keys);
        let mut perl = Running::start(perl);
        assert_eq!(perl.line(), "in");
        perl
    });
    for perl in &mut perls {
        perl.tell("go");
    }
    until_waiting(block, 1);
    until_waiting(other, 1);
    let mut pids = perls.each_ref().map(Running::pid);
    pids.sort_unstable();
    until_deadlocks(&sandbox, &serde_json::json!([pids]));
    sandbox.run(["status", "--check", "--quiet"]).exits(1).is_silent();
    let said = sandbox.run(["status", "--key", "7"]).exits(0).stdout();
    let semid = block.set().semid();
    assert!(said.contains(&format!("waits for slot 0 of semid {semid}, which ")), "{said}");
    perls.into_iter().for_each(Running::kill);
}

#[test]
fn whoever_comes_and_goes_under_load_nothing_is_called_a_deadlock_or_abandoned() {
    let _alone = Alone::new();
    let (sandbox, block) = Sandbox::with_block(34);
    let lock =
        "semop($id, pack('s!9', $slot + 17, 0, 0x1000, $slot, 0, 0x1000, $slot + 17, 1, 0x1000))";
    let loops = [
        format!("my $slot = 5; while (1) {{ {lock}; semop($id, pack('s!3', 22, -1, 0x1000)) }}"),
        format!("while (1) {{ if (!fork) {{ my $slot = int rand 3; {lock}; kill 9, $$ if rand() < .5; exit }}
            wait }}"),
    ];
    let busy: Vec<_> = (0..4)
        .map(|number| {
            let mut perl = Command::new("perl");
            let script = format!(
                "$| = 1; print qq{{in\n}}; my $id = semget(31818, 0, 0); {}",
                loops[number % 2]
            );
            perl.args(["-e", &script]);
            let mut perl = Running::start(perl);
            assert_eq!(perl.line(), "in");
            perl
        })
        .collect();
    for _ in 0..rounds(300) {
        let checked = sandbox.run(["status", "--check"]);
        // That not everything could be looked at is no wonder.
        if checked.stderr().is_empty() {
            checked.exits(0).is_silent();
        } else {
            checked.exits(77).prints("").complains("cannot check everything: some of it ");
        }
        sandbox.run(["unlock", "--abandoned", "--all"]).exits(0).prints("");
    }
    busy.into_iter().for_each(Running::kill);
    until("every lock given back", || block.raised_slots().unwrap().is_empty());
}
