//! Which rule decides once the processes are ignored that could use a set.

use super::*;
use crate::judge::Rule;

fn rule(state: &SetState, change: impl FnOnce(&mut Processes)) -> Rule {
    let mut processes = survey(vec![init(), process(7, OWNER, 1.0).calls()]);
    change(&mut processes);
    Judge::new(processes, Holders::default(), options()).rule_without_users(state)
}

#[test]
fn a_set_would_go_unless_another_rule_keeps_it() {
    assert_eq!(rule(&keyed(), |_| {}), Rule::Orphaned);
    let with_gap = |processes: &mut Processes| processes.incomplete = Some(Incomplete::OtherPids);
    assert_eq!(rule(&keyed(), with_gap), Rule::Unseen);
    assert_eq!(rule(&keyed(), |processes| processes.sees_all = false), Rule::Outside);
    let mut locked = state(SetInfo { nsems: 2, ..info(0x4401, 0o700) });
    locked.semaphores[0].semval = 1;
    assert_eq!(rule(&locked, |_| {}), Rule::Locked);
    let new = || state(SetInfo { ctime: Some(at(LATER - 1.0)), ..info(0x4401, 0o600) });
    assert_eq!(rule(&new(), |_| {}), Rule::Recent);
    assert_eq!(rule(&new(), with_gap), Rule::Unseen, "that it is new passes");
}

#[test]
fn the_processes_may_be_ignored_if_they_are_in_doubt_and_the_set_would_go_then() {
    let may_be_ignored =
        |others: Vec<Process>| judge(&keyed(), [vec![init()], others].concat()).may_be_ignored;
    let calls = |raw| process(raw, OWNER, 1.0).calls();
    let unclear = |raw| process(raw, OWNER, 1.0).with_code(Entry::Unreadable(Errno::EACCES));
    assert!(may_be_ignored(vec![calls(7)]));
    assert!(!may_be_ignored(vec![calls(7), unclear(8)]), "one of several has semaphore calls");
    assert!(may_be_ignored(vec![unclear(7), unclear(8)]));
    assert!(!may_be_ignored(vec![]), "none keeps it");
}
