//! Which processes may use a set.

use super::*;

#[test]
fn a_process_that_may_read_or_alter_the_set_counts() {
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
    let like_root = || process(7, OTHER, -1.0).calls().with(|one| one.credentials.ipc_owner = true);
    assert_eq!(with(OWNER, OWNER, vec![like_root(), worker()]), Verdict::Idle);
    assert_eq!(with(OWNER, OWNER, vec![like_root()]), Verdict::Orphaned);
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
