//! Which processes could know a private set.

use super::*;

#[test]
fn a_process_that_was_there_when_a_private_set_was_last_used_may_know_it() {
    let with = |started| verdict(&private(), vec![init(), process(7, OWNER, started).calls()]);
    assert_eq!(with(-1.0), Verdict::Idle);
    assert_eq!(with(0.9), Verdict::Idle, "some time in that second");
    assert_eq!(with(61.0), Verdict::Orphaned);
    let mut used = private();
    used.info.otime = Some(at(100.0));
    assert_eq!(verdict(&used, vec![init(), process(7, OWNER, 100.9).calls()]), Verdict::Idle);
    assert_eq!(verdict(&used, vec![init(), process(7, OWNER, 161.1).calls()]), Verdict::Orphaned);
}

#[test]
fn an_ancestor_that_can_use_sets_itself_and_was_there_may_have_passed_it_on() {
    let child = || process(8, OWNER, 900.0).calls().child_of(7);
    let with = |parent: Process| verdict(&private(), vec![init(), parent, child()]);
    assert_eq!(with(process(7, OTHER, -1.0).calls()), Verdict::Idle);
    assert_eq!(with(process(7, OTHER, -1.0)), Verdict::Orphaned, "a shell passes nothing on");
    assert_eq!(with(process(7, OTHER, 800.0).calls()), Verdict::Orphaned);
}

#[test]
fn an_init_that_may_not_be_looked_into_is_an_ancestor_of_its_own_session_only() {
    let hidden = || init().with_code(Entry::Unreadable(Errno::EACCES));
    let service = || process(7, OWNER, 900.0).calls();
    assert_eq!(verdict(&private(), vec![hidden(), service()]), Verdict::Orphaned);
    let judged = judge(&private(), vec![hidden(), service().child_of(1)]);
    assert!(judged.evidence[0].contains("descends from process 1 (server)"), "{judged:?}");
    assert_eq!(verdict(&private(), vec![init().calls(), service()]), Verdict::Idle);
}

#[test]
fn an_ancestor_that_is_no_reaper_counts_in_any_session_and_even_unseen() {
    let server = process(7, OTHER, -1.0).with_code(Entry::Unreadable(Errno::EACCES));
    let worker = process(8, OWNER, 900.0).calls().with(|worker| worker.parent = Some(pid(7)));
    assert_eq!(verdict(&private(), vec![init(), server, worker]), Verdict::Idle);
}

#[test]
fn a_process_that_outlives_its_leader_may_know_the_set_from_it() {
    let child = process(8, OWNER, 900.0).calls();
    let left = || child.clone().with(|child| child.group = Some(pid(5)));
    assert_eq!(verdict(&private(), vec![init(), left()]), Verdict::Idle);
    let leader = process(5, OTHER, 800.0);
    assert_eq!(verdict(&private(), vec![init(), leader.clone(), left()]), Verdict::Orphaned);
    let zombie = leader.with(|leader| leader.ended = true);
    assert_eq!(verdict(&private(), vec![init(), zombie, left()]), Verdict::Idle);
    let below =
        process(9, OWNER, 950.0).calls().child_of(8).with(|process| process.group = Some(pid(9)));
    let silent = left().with_code(Entry::Is(Code::none()));
    assert_eq!(
        verdict(&private(), vec![init(), silent, below]),
        Verdict::Idle,
        "through its parent"
    );
}

#[test]
fn a_zombie_that_used_the_set_last_shows_that_its_parent_may_know_it() {
    let parent = || process(7, ROOT, 900.0).calls();
    let child = |of| process(99, OWNER, 950.0).child_of(of).with(|child| child.ended = true);
    let mut used = private();
    used.info.otime = Some(at(960.0));
    used.info.ctime = Some(at(0.0));
    assert_eq!(verdict(&used, vec![init(), parent(), child(7)]), Verdict::Idle);
    used.info.otime = None;
    let judged = judge(&used, vec![init(), parent(), child(7)]);
    assert_eq!((judged.verdict, judged.kept_by), (Verdict::Idle, vec![pid(7)]));
    assert_eq!(verdict(&used, vec![init(), parent(), child(1)]), Verdict::Orphaned);
}

#[test]
fn a_service_that_started_within_a_minute_may_have_been_started_by_the_creator() {
    let with = |service| verdict(&private(), vec![init(), service]);
    assert_eq!(with(process(7, OWNER, 59.0).calls()), Verdict::Idle);
    assert_eq!(with(process(7, OWNER, 60.0).calls()), Verdict::Orphaned);
    let go = Entry::Is(Code::unclear(Unclear::Go));
    assert_eq!(with(process(7, OWNER, 59.0).with_code(go)), Verdict::Idle);
    let below = |uid, started| {
        let shell = process(6, uid, started);
        let child = process(7, OWNER, 900.0).calls().child_of(6);
        verdict(&private(), vec![init(), shell, child])
    };
    assert_eq!(below(OWNER, 1.0), Verdict::Idle, "a shell that waits before it starts it");
    assert_eq!(below(ROOT, 1.0), Verdict::Idle);
    assert_eq!(below(OWNER, 60.0), Verdict::Orphaned);
    assert_eq!(below(OWNER, -9.0), Verdict::Orphaned, "a shell that was there has no semid");
}

#[test]
fn an_adopted_process_may_know_the_set_from_its_launcher() {
    let script = process(4, OTHER, -9.0);
    let worker = process(7, OWNER, 900.0).calls().child_of(4);
    let below = |parent| {
        let worker = worker.clone().with(|worker| worker.parent = Some(pid(parent)));
        verdict(&private(), vec![init(), script.clone(), worker])
    };
    assert_eq!(below(1), Verdict::Idle, "its launcher has ended");
    assert_eq!(below(4), Verdict::Orphaned);
}

#[test]
fn every_process_may_know_a_set_with_a_key() {
    assert_eq!(verdict(&keyed(), vec![init(), process(7, OWNER, 4_000.0).calls()]), Verdict::Idle);
}

#[test]
fn an_ignored_process_keeps_nothing_as_a_user_or_as_an_ancestor() {
    let ignoring = |ignored| {
        let parent = process(7, ROOT, -1.0).calls().named("httpd");
        let child = process(8, OWNER, 900.0).calls().child_of(7).named("worker");
        let options = JudgeOptions { ignored, ..options() };
        let by = Judge::new(survey(vec![init(), parent, child]), Holders::default(), options);
        by.judge(&private()).kept_by
    };
    assert_eq!(ignoring(vec![]), [pid(7), pid(8)]);
    assert_eq!(ignoring(vec![Ignored::Pid(pid(7))]), []);
    assert_eq!(ignoring(vec![Ignored::Name(b"httpd".to_vec())]), []);
    assert_eq!(ignoring(vec![Ignored::Name(b"worker".to_vec())]), [pid(7)]);
}

#[test]
fn a_shell_or_a_login_of_root_above_a_process_passes_nothing_on() {
    let with = |name: &str, uid| {
        let above = process(7, uid, -1.0).with_code(Entry::Unreadable(Errno::EACCES)).named(name);
        let child = process(8, OWNER, 900.0).calls().child_of(7);
        let options = JudgeOptions { uid: OWNER, ..options() };
        let by = Judge::new(survey(vec![init(), above, child]), Holders::default(), options);
        by.judge(&private()).verdict
    };
    assert_eq!(with("bash", ROOT), Verdict::Orphaned);
    assert_eq!(with("sshd", ROOT), Verdict::Orphaned);
    assert_eq!(with("httpd", ROOT), Verdict::Idle);
    assert_eq!(with("sshd", OTHER), Verdict::Idle, "anybody may call a process so");
}
