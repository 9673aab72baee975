//! Which program a set is of.

use super::*;

fn program(state: &SetState, processes: Vec<Process>) -> Option<String> {
    judge(state, processes).program.map(|name| name.to_string())
}

/// A keyed set of its creator's with these semaphores: value and last pid.
fn laid_out(mode: u16, semaphores: &[(u16, i32)]) -> SetState {
    let info = info(0x4401, mode);
    let permissions = Permissions { cuid: OWNER, cgid: group(OWNER), ..info.permissions };
    let nsems = u32::try_from(semaphores.len()).unwrap();
    let one =
        |&(semval, sempid)| Semaphore { semval, sempid: Pid::new(sempid), ..Semaphore::default() };
    let info = SetInfo { permissions, nsems, otime: Some(at(0.0)), ..info };
    SetState { info, semaphores: semaphores.iter().map(one).collect() }
}

fn postgres(useful: usize, mark: u16) -> SetState {
    let semaphores = [vec![(0, 99); useful], vec![(mark, 98)]].concat();
    laid_out(0o600, &semaphores)
}

/// The same while a process waits for one of the semaphores.
fn awaited(mut state: SetState, semnum: usize) -> SetState {
    state.semaphores[semnum].semncnt = 1;
    state
}

fn changed(mut state: SetState, change: impl FnOnce(&mut SetInfo)) -> SetState {
    change(&mut state.info);
    state
}

#[test]
fn of_what_is_left_the_layout_tells_where_only_one_program_has_it() {
    let php = || laid_out(0o666, &[(1, 99), (0, 99), (0, 99)]);
    for (state, expected, why) in [
        (postgres(16, 537), Some("postgres"), "as PostgreSQL's"),
        (postgres(19, 537), Some("postgres"), "with more useful ones"),
        (postgres(15, 537), None, "too small"),
        (postgres(16, 536), None, "not marked yet"),
        (changed(postgres(16, 537), |set| set.permissions.mode = 0o660), None, "group's"),
        (changed(postgres(16, 537), |set| set.key = Key::PRIVATE), None, "without a key"),
        (changed(postgres(16, 537), |set| set.permissions.cuid = ROOT), None, "given away"),
        (php(), Some("php"), "as PHP's"),
        (laid_out(0o666, &[(5, 99), (0, 99), (0, 99)]), Some("php"), "for five"),
        (laid_out(0o666, &[(0, 99), (0, 99), (0, 99)]), None, "nobody could ever have it"),
        (laid_out(0o666, &[(1, 99), (1, 99), (0, 99)]), None, "somebody has it"),
        (laid_out(0o666, &[(1, 99), (0, 98), (0, 99)]), None, "of several"),
        (laid_out(0o666, &[(1, 98), (0, 99), (0, 99)]), None, "of two"),
        (laid_out(0o600, &[(1, 99), (0, 99), (0, 99)]), None, "not by default"),
        (laid_out(0o666, &[(1, 99), (0, 99)]), None, "two"),
        (changed(php(), |set| set.otime = None), None, "only set"),
        (changed(php(), |set| set.otime = Some(at(-9.0))), None, "set after it was used"),
        (changed(php(), |set| set.permissions.cgid = group(ROOT)), None, "given away"),
        (awaited(postgres(16, 537), 0), None, "a process waits, of whatever program"),
        (awaited(php(), 0), None, "a process waits for more than PHP takes"),
        (private(), None, "one private semaphore"),
    ] {
        assert_eq!(program(&state, vec![init()]).as_deref(), expected, "{why}");
    }
}

#[test]
fn a_living_process_that_used_it_tells_before_the_layout() {
    let user = |raw, name: &str| process(raw, OTHER, -5.0).named(name);
    let set = postgres(16, 537);
    assert_eq!(program(&set, vec![init(), user(99, "initdb")]).as_deref(), Some("initdb"));
    let three = |names: [&str; 3]| {
        let set = laid_out(0o600, &[(0, 5), (0, 6), (0, 7)]);
        let users = (5..).zip(names).map(|(pid, name)| user(pid, name));
        program(&set, [init()].into_iter().chain(users).collect())
    };
    assert_eq!(three(["perl", "sh", "sh"]).as_deref(), Some("sh"));
    assert_eq!(three(["perl", "sh", "awk"]).as_deref(), Some("perl"), "the one that is named");
}

#[test]
fn of_those_that_could_use_it_most_must_run_the_same_program() {
    let user = |raw, name: &str| process(raw, OWNER, 5.0).calls().named(name);
    let of = |users: Vec<Process>| program(&keyed(), [vec![init()], users].concat());
    assert_eq!(of(vec![user(5, "apache2")]).as_deref(), Some("apache2"));
    let three = vec![user(5, "perl"), user(6, "apache2"), user(7, "apache2")];
    assert_eq!(of(three).as_deref(), Some("apache2"));
    assert_eq!(of(vec![user(5, "perl"), user(6, "apache2")]), None);
    let unclear = process(5, OWNER, 5.0).with_code(Entry::Unreadable(Errno::EACCES));
    assert_eq!(of(vec![unclear]), None, "nobody is seen to have semaphore calls");
    assert_eq!(of(vec![]), None);
}
