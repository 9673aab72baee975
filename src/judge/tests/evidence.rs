//! The evidence: the same input gives the same words.

use super::*;
use crate::sysv::UNNAMED_PROCESS;

#[test]
fn the_evidence_names_processes_with_semaphore_calls_first_and_then_the_lowest_pid() {
    let users = || {
        vec![
            init(),
            process(7, OWNER, 5.0).with_code(Entry::Unreadable(Errno::EACCES)),
            process(9, OWNER, 5.0).calls(),
            process(8, OWNER, 5.0).calls(),
        ]
    };
    let judged = judge(&keyed(), users());
    assert_eq!(
        judged.evidence,
        [
            "process 8 (server) may use it: it can find it by its key, and libapr-1.so.0 calls semop(2)",
            "so may process 9 and 1 other",
        ]
    );
    assert_eq!(judged.kept_by, [pid(7), pid(8), pid(9)]);
    let mut other_order = users();
    other_order.reverse();
    assert_eq!(judge(&keyed(), other_order), judged);
}

#[test]
fn the_evidence_of_an_orphaned_set_names_its_last_user_and_what_was_not_counted() {
    let shell = Executable { file: Entry::Is(b"bash".to_vec()), shell: Shell::Interactive };
    let mut own = private();
    own.info.permissions.cuid = OWNER;
    own.info.otime = Some(at(0.0));
    let shell = process(7, OWNER, -1.0).with_executable(shell).named("bash");
    assert_eq!(
        judge(&own, vec![init(), shell]).evidence,
        [
            "no process waits on it, and process 99, which used it last, has ended",
            "no living process was found that could use it",
            "not counted: process 7 (bash) is an interactive shell",
        ]
    );
}

#[test]
fn the_last_process_of_a_set_that_was_never_used_has_set_its_value() {
    let words = |processes| judge(&private(), processes).evidence[0].clone();
    assert_eq!(
        words(vec![init()]),
        "no process waits on it, and process 99, which set its value, has ended"
    );
    assert_eq!(
        words(vec![init(), process(99, OWNER, -1.0)]),
        "process 99 (server) was the last to set its value, and is alive"
    );
}

#[test]
fn a_last_user_without_a_pid_here_is_of_another_pid_namespace() {
    let mut used = keyed();
    used.info.otime = Some(at(0.0));
    let judged = judge(&used, vec![init(), process(7, OWNER, 5.0).calls()]);
    let [other, user] = &judged.evidence[..] else { panic!("{judged:?}") };
    assert_eq!(*other, format!("{UNNAMED_PROCESS} was the last to use it"));
    assert!(user.starts_with("process 7 (server) may use it"), "{user}");
    assert_eq!((judged.verdict, judged.sempid), (Verdict::Idle, Some(0)));
    assert_eq!(judge(&keyed(), vec![init()]).sempid, None, "nobody ever used it");
}

#[test]
fn a_name_from_outside_cannot_forge_a_line() {
    let forger = process(7, OWNER, 1.0).calls().named("x\n7 orphaned\u{1b}[2J");
    let evidence = judge(&keyed(), vec![init(), forger]).evidence.join("; ");
    assert!(evidence.starts_with("process 7 (x\\n7 orphaned\\u{1b}[2J) may use it"), "{evidence}");
}

#[test]
fn waiting_processes_are_counted_in_plain_english() {
    let awaited = |number| {
        let mut state = keyed();
        state.semaphores[0].semzcnt = number;
        judge(&state, vec![init()])
    };
    assert_eq!(awaited(1).evidence, ["1 process waits on it"]);
    assert_eq!(awaited(2).evidence, ["2 processes wait on it"]);
    assert_eq!((awaited(2).waiting, awaited(0).waiting), (Some(2), Some(0)));
}

#[test]
fn the_processes_that_may_have_a_set_open_are_those_with_semaphore_calls() {
    let unclear = process(8, OWNER, 1.0).with_code(Entry::Unreadable(Errno::EACCES));
    let users = || survey(vec![init(), process(7, OWNER, 1.0).calls(), unclear.clone()]);
    let openers = Judge::new(users(), Holders::default(), options()).openers(&keyed());
    assert_eq!(openers, ["process 7 (server), which can call semop(2),"]);
    assert_eq!(crate::judge::callers(&keyed(), &users(), Some(HERE)), [pid(7)]);
    assert!(crate::judge::callers(&keyed(), &users(), Some(ELSEWHERE)).is_empty());
}

#[test]
fn the_caller_s_own_shells_are_not_mentioned() {
    let shell = Executable { file: Entry::Is(b"bash".to_vec()), shell: Shell::Interactive };
    let mut own = private();
    own.info.permissions.cuid = OWNER;
    let shell = process(7, OWNER, -1.0).with_executable(shell).named("bash");
    let by = JudgeOptions { ancestors: vec![pid(7)], ..options() };
    let judge = Judge::new(survey(vec![init(), shell]), Holders::default(), by);
    assert_eq!(judge.judge(&own).evidence.len(), 2);
}

#[test]
fn the_last_process_is_named_only_if_all_semaphores_name_the_same() {
    let last = |pids: &[i32]| {
        let mut state = state(SetInfo { nsems: 2, ..info(0x4401, 0o600) });
        for (semaphore, &raw) in state.semaphores.iter_mut().zip(pids) {
            semaphore.sempid = Pid::new(raw);
        }
        judge(&state, vec![init()]).sempid
    };
    assert_eq!((last(&[99, 99]), last(&[99, 0])), (Some(99), Some(99)));
    assert_eq!((last(&[99, 98]), last(&[0, 0])), (None, None));
}

#[test]
fn a_set_is_recent_for_less_than_the_least_age() {
    let changed = |age: SignedDuration| {
        let set = SetInfo { ctime: Some(at(LATER) - age), ..info(1, 0o600) };
        crate::judge::is_recent(&set, at(LATER))
    };
    let step = SignedDuration::from_secs(1);
    assert!(changed(MIN_AGE - step) && !changed(MIN_AGE) && !changed(MIN_AGE + step));
    assert!(!crate::judge::is_recent(&SetInfo { ctime: None, ..info(1, 0o600) }, at(LATER)));
}

#[test]
fn a_verdict_fills_the_width_that_it_is_given() {
    assert_eq!(
        Verdict::ALL.map(|verdict| format!("{verdict:9}|")).concat(),
        "in-use   |idle     |orphaned |unknown  |"
    );
}
