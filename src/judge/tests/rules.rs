//! What a set itself shows: waiting processes, the last user, locks, and its age.

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
fn the_same_processes_are_judged_by_another_namespace() {
    let user = process(7, OWNER, -1.0).calls();
    let user = user.with(|user| user.namespaces = Entry::Is(vec![ELSEWHERE]));
    let here = Judge::new(survey(vec![init(), user]), Holders::default(), options());
    assert_eq!(here.judge(&keyed()).verdict, Verdict::Orphaned);
    let there = here.in_namespace(Some(ELSEWHERE), Holders::default());
    assert_eq!(there.judge(&keyed()).verdict, Verdict::Idle);
}

#[test]
fn every_semaphore_is_looked_at() {
    let mut state = state(SetInfo { nsems: 70_000, ..info(0, 0o600) });
    state.semaphores[69_999].sempid = Pid::new(99);
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
fn a_set_that_was_changed_or_used_a_moment_ago_is_kept() {
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
