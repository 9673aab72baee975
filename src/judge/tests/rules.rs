//! Each rule of a verdict, with a case that it decides.

use super::*;

#[test]
fn a_set_that_no_living_process_could_use_is_orphaned() {
    assert_eq!(verdict(&private(), vec![init()]), Verdict::Orphaned);
    assert_eq!(verdict(&keyed(), vec![init()]), Verdict::Orphaned);
    assert_eq!(
        verdict(&private(), vec![init(), process(7, OTHER, -1.0).calls()]),
        Verdict::Orphaned
    );
}

// Traces

#[test]
fn a_set_that_a_process_waits_on_is_in_use() {
    for waits in [
        Semaphore { semncnt: 1, ..Semaphore::default() },
        Semaphore { semzcnt: 1, ..Semaphore::default() },
    ] {
        let mut state = keyed();
        state.semaphores[0] = waits;
        assert_eq!(verdict(&state, vec![init()]), Verdict::InUse);
    }
}

#[test]
fn a_set_whose_last_user_lives_is_in_use_unless_the_pid_is_another_process_by_now() {
    let used_by = |started, ended| {
        let user = process(99, OTHER, started).with(|process| process.ended = ended);
        verdict(&private(), vec![init(), user])
    };
    assert_eq!(used_by(-1.0, false), Verdict::InUse);
    assert_eq!(used_by(0.9, false), Verdict::InUse, "some time in that second");
    assert_eq!(used_by(1.1, false), Verdict::Orphaned);
    assert_eq!(used_by(-1.0, true), Verdict::Orphaned);
}

#[test]
fn every_semaphore_is_looked_at() {
    let mut state = state(SetInfo { nsems: 70_000, ..info(0, 0o600) });
    state.semaphores[69_999].sempid = 99;
    assert_eq!(verdict(&state, vec![init(), process(99, OTHER, -1.0)]), Verdict::InUse);
}

#[test]
fn a_block_is_not_orphaned_while_a_count_is_raised() {
    let block = |mode, nsems, value| {
        let mut state = state(SetInfo { nsems, ..info(0x4401, mode) });
        state.semaphores[0].semval = value;
        verdict(&state, vec![init()])
    };
    assert_eq!(block(0o700, 2, 1), Verdict::Idle);
    assert_eq!(block(0o700, 2, 0), Verdict::Orphaned);
    assert_eq!(block(0o600, 2, 1), Verdict::Orphaned, "no block: its owner may not open it");
    assert_eq!(block(0o700, 3, 1), Verdict::Orphaned, "no block: it has no halves");
}

#[test]
fn what_was_changed_or_used_a_moment_ago_is_kept() {
    let changed = |before: i32, recent: i64| {
        let last = Some(at(LATER - f64::from(before)));
        let options = JudgeOptions { min_age: SignedDuration::from_secs(recent), ..options() };
        let by = Judge::new(survey(vec![init()]), Holders::default(), options);
        [
            by.judge(&state(SetInfo { ctime: last, ..info(5, 0o600) })).verdict,
            by.judge(&state(SetInfo { otime: last, ..info(5, 0o600) })).verdict,
        ]
    };
    assert_eq!(changed(9, 10), [Verdict::Idle; 2]);
    assert_eq!(changed(10, 10), [Verdict::Orphaned; 2]);
    assert_eq!(changed(9, 0), [Verdict::Orphaned; 2]);
}

// Access

#[test]
fn who_may_read_or_alter_the_set_counts() {
    let with = |mode, change: fn(&mut Process)| {
        let user = process(7, OTHER, 900.0).calls().with(change);
        verdict(&state(info(0x4401, mode)), vec![init(), user])
    };
    assert_eq!(with(0o600, |_| {}), Verdict::Orphaned);
    assert_eq!(with(0o604, |_| {}), Verdict::Idle, "waiting for zero needs to read");
    assert_eq!(with(0o602, |_| {}), Verdict::Idle);
    assert_eq!(with(0o601, |_| {}), Verdict::Orphaned);
    assert_eq!(with(0o660, |user| user.credentials.groups.push(group(OWNER))), Verdict::Idle);
    assert_eq!(with(0o600, |user| user.credentials.groups.push(group(OWNER))), Verdict::Orphaned);
    assert_eq!(with(0o600, |user| user.credentials.uids.push(OWNER)), Verdict::Idle, "saved id");
    assert_eq!(with(0o000, |user| user.credentials.uids = vec![OWNER]), Verdict::Idle, "may chmod");
    assert_eq!(with(0o666, |user| user.credentials.ipc_owner = true), Verdict::Idle);
    assert_eq!(with(0o600, |user| user.credentials.ipc_owner = true), Verdict::Orphaned);
}

#[test]
fn root_counts_where_root_owns_or_created_the_set_or_started_its_owners_processes() {
    let daemon = || process(7, ROOT, -1.0);
    let with = |cuid, uid, processes: Vec<Process>| {
        let mut state = private();
        (state.info.permissions.uid, state.info.permissions.cuid) = (uid, cuid);
        verdict(&state, [vec![init()], processes].concat())
    };
    assert_eq!(with(ROOT, OWNER, vec![daemon().calls()]), Verdict::Idle);
    assert_eq!(with(ROOT, ROOT, vec![daemon().calls()]), Verdict::Idle);
    assert_eq!(with(OWNER, OWNER, vec![daemon().calls()]), Verdict::Orphaned);
    let worker = || process(8, OWNER, 900.0).child_of(7);
    assert_eq!(with(OWNER, OWNER, vec![daemon().calls(), worker()]), Verdict::Idle);
    let unclear = || daemon().with_code(Entry::Is(Code::unclear(Unclear::Go)));
    assert_eq!(with(ROOT, OWNER, vec![unclear()]), Verdict::Orphaned, "created is not enough");
    assert_eq!(with(ROOT, ROOT, vec![unclear()]), Verdict::Idle);
    assert_eq!(with(OWNER, OWNER, vec![unclear(), worker()]), Verdict::Idle);
}

#[test]
fn a_process_of_another_ipc_namespace_matters_only_as_an_ancestor() {
    let within = |process: Process, namespaces| process.with(|one| one.namespaces = namespaces);
    let away = |process| within(process, Entry::Is(vec![ELSEWHERE]));
    let user = || process(7, OWNER, -1.0).calls();
    assert_eq!(verdict(&private(), vec![init(), away(user())]), Verdict::Orphaned);
    let hidden = within(user(), Entry::Unreadable(Errno::EACCES));
    assert_eq!(verdict(&private(), vec![init(), hidden]), Verdict::Idle);
    let child = process(8, OWNER, 900.0).calls().child_of(7);
    assert_eq!(verdict(&private(), vec![init(), away(user()), child]), Verdict::Idle);
}

// Means

#[test]
fn a_process_without_semaphore_calls_keeps_nothing() {
    let with = |code| verdict(&keyed(), vec![init(), process(7, OWNER, -1.0).with_code(code)]);
    assert_eq!(with(Entry::Is(Code::none())), Verdict::Orphaned);
    assert_eq!(with(Entry::Is(Code::calls("/usr/bin/perl"))), Verdict::Idle);
    assert_eq!(with(Entry::Is(Code::unclear(Unclear::Static))), Verdict::Idle);
    assert_eq!(with(Entry::Unreadable(Errno::EACCES)), Verdict::Idle);
    assert_eq!(with(Entry::Unreadable(Errno::ENFILE)), Verdict::Idle);
    assert_eq!(with(Entry::Gone), Verdict::Idle, "its children are not known");
}

#[test]
fn a_shell_that_runs_a_script_may_keep_a_set_that_is_its_users_own() {
    let started = |state: &SetState, shell, started| {
        let file = Entry::Is(b"bash".to_vec());
        let executable = Executable { file, shell };
        verdict(state, vec![init(), process(7, OWNER, started).with_executable(executable)])
    };
    let with = |state: &SetState, shell| started(state, shell, -1.0);
    let mut own = private();
    own.info.permissions.cuid = OWNER;
    assert_eq!(with(&own, Shell::Script), Verdict::Idle);
    assert_eq!(with(&own, Shell::Interactive), Verdict::Orphaned);
    assert_eq!(with(&private(), Shell::Script), Verdict::Orphaned, "it was given away");
    let mut own = keyed();
    own.info.permissions.cuid = OWNER;
    assert_eq!(with(&own, Shell::Script), Verdict::Idle, "ipcmk(1) gives sets a key");
    assert_eq!(started(&own, Shell::Script, 5.0), Verdict::Orphaned, "it was told no semid");
}

#[test]
fn a_part_of_the_login_that_nobody_may_look_into_keeps_no_private_set_of_its_user() {
    let with = |state: &SetState, name: &str, uid| {
        let login = process(7, OTHER, -1.0).with_code(Entry::Unreadable(Errno::EACCES));
        let login = login.named(name);
        let options = JudgeOptions { uid, ..options() };
        let by = Judge::new(survey(vec![init(), login]), Holders::default(), options);
        by.judge(state).verdict
    };
    let owned_by = |mut state: SetState| {
        (state.info.permissions.uid, state.info.permissions.cuid) = (OTHER, OTHER);
        state
    };
    assert_eq!(with(&owned_by(private()), "sshd", OTHER), Verdict::Orphaned);
    assert_eq!(with(&owned_by(private()), "server", OTHER), Verdict::Idle);
    assert_eq!(with(&owned_by(keyed()), "sshd", OTHER), Verdict::Idle);
    assert_eq!(with(&owned_by(private()), "sshd", ROOT), Verdict::Idle);
}

#[test]
fn a_semlock_that_is_no_holder_keeps_nothing() {
    let own = Executable { file: Entry::Is(b"semlock".to_vec()), shell: Shell::No };
    let code = Entry::Is(Code::unclear(Unclear::Static));
    let semlock = process(7, OWNER, -1.0).with_code(code).with_executable(own).like_this_one();
    assert_eq!(verdict(&private(), vec![init(), semlock]), Verdict::Orphaned);
}

// Knowledge

#[test]
fn of_a_private_set_who_was_there_when_it_was_last_changed_or_used_may_know() {
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
    assert_eq!(verdict(&private(), vec![hidden(), service().child_of(1)]), Verdict::Idle);
    assert_eq!(verdict(&private(), vec![init().calls(), service()]), Verdict::Idle);
}

#[test]
fn who_outlives_its_leader_may_have_been_told() {
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
fn a_child_that_has_ended_and_used_the_set_last_tells_of_its_parent() {
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
fn what_got_a_session_within_a_minute_may_have_been_started_by_the_creator() {
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
fn what_was_adopted_in_a_session_that_goes_on_may_have_been_told() {
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
fn of_a_set_with_a_key_everybody_may_know() {
    assert_eq!(verdict(&keyed(), vec![init(), process(7, OWNER, 4_000.0).calls()]), Verdict::Idle);
}

#[test]
fn who_is_ignored_keeps_nothing_as_a_user_or_as_an_ancestor() {
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

// Completeness

#[test]
fn what_could_not_be_read_makes_it_unknown_but_not_less_used() {
    for gap in [
        Gap::NoList(Errno::EIO),
        Gap::OtherPids,
        Gap::Hidden,
        Gap::Process(pid(5), Errno::ENFILE),
        Gap::Endless,
    ] {
        let with = |processes| {
            let mut processes = survey(processes);
            processes.gap = Some(gap.clone());
            Judge::new(processes, Holders::default(), options()).judge(&keyed()).verdict
        };
        assert_eq!(with(vec![init()]), Verdict::Unknown, "{gap:?}");
        assert_eq!(with(vec![init(), process(7, OWNER, 1.0).calls()]), Verdict::Idle);
    }
}

#[test]
fn a_stamp_from_before_the_kernel_started_says_nothing_of_who_was_there() {
    let mut old = private();
    old.info.ctime = Some(at(-20_000.0));
    assert_eq!(verdict(&old, vec![init()]), Verdict::Unknown);
}

#[test]
fn in_a_container_a_key_or_a_use_by_nobody_here_is_at_best_unknown() {
    let inside = |state: &SetState| {
        let mut processes = survey(vec![init()]);
        processes.everywhere = false;
        Judge::new(processes, Holders::default(), options()).judge(state).verdict
    };
    assert_eq!(inside(&keyed()), Verdict::Unknown);
    assert_eq!(inside(&private()), Verdict::Orphaned);
    let mut used_outside = state(info(0, 0o600));
    assert_eq!(inside(&used_outside), Verdict::Unknown, "by whom it will be used is not known");
    used_outside.info.otime = Some(at(0.0));
    assert_eq!(inside(&used_outside), Verdict::Unknown);
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
