//! What could not be read.

use super::*;

#[test]
fn a_gap_in_the_survey_makes_an_orphaned_set_unknown() {
    for gap in [
        Incomplete::NotListed(Errno::EIO),
        Incomplete::OtherPids,
        Incomplete::Hidden,
        Incomplete::Process(pid(5), Errno::ENFILE),
        Incomplete::Endless,
    ] {
        let with = |processes| {
            let mut processes = survey(processes);
            processes.incomplete = Some(gap.clone());
            Judge::new(processes, Holders::default(), options()).judge(&keyed()).verdict
        };
        assert_eq!(with(vec![init()]), Verdict::Unknown, "{gap:?}");
        assert_eq!(with(vec![init(), process(7, OWNER, 1.0).calls()]), Verdict::Idle);
    }
}

#[test]
fn a_time_from_before_the_kernel_started_does_not_show_which_processes_were_there() {
    let mut old = private();
    old.info.ctime = Some(at(-20_000.0));
    assert_eq!(verdict(&old, vec![init()]), Verdict::Unknown);
}

#[test]
fn in_a_container_a_set_that_may_be_used_from_outside_is_at_best_unknown() {
    let inside = |state: &SetState| {
        let mut processes = survey(vec![init()]);
        processes.sees_all = false;
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
fn the_process_of_a_pid_is_alive_or_gone_or_not_known() {
    use crate::judge::Liveness;
    let seen = || survey(vec![init(), process(7, OWNER, -1.0), process(8, OWNER, 60.0)]);
    let is = |raw, sees_all| {
        let mut processes = seen();
        processes.sees_all = sees_all;
        crate::judge::slot::liveness(Pid::new(raw), &info(1, 0o600), &processes)
    };
    assert_eq!((is(7, true), is(7, false)), (Liveness::Alive, Liveness::Alive));
    assert_eq!(is(8, true), Liveness::Gone, "it started after the last change");
    assert_eq!((is(99, true), is(0, true)), (Liveness::Gone, Liveness::Unknown));
    assert_eq!(is(99, false), Liveness::Gone, "on Linux, those outside have no pid here");
}
