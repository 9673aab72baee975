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
