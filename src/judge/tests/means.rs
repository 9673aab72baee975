//! Which processes can use sets.

use super::*;

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
    assert_eq!(started(&own, Shell::Script, 5.0), Verdict::Orphaned, "it is not its creator's");
    assert_eq!(with(&private(), Shell::Script), Verdict::Orphaned, "it was given away");
    let mut own = keyed();
    own.info.permissions.cuid = OWNER;
    assert_eq!(with(&own, Shell::Script), Verdict::Idle, "ipcmk(1) gives sets a key");
    assert_eq!(started(&own, Shell::Script, 5.0), Verdict::Orphaned, "it was told no semid");
}

#[test]
fn a_part_of_a_login_that_only_root_may_look_into_keeps_no_private_set_of_its_user() {
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
fn a_semlock_that_is_not_a_holder_keeps_nothing() {
    let own = Executable { file: Entry::Is(b"semlock".to_vec()), shell: Shell::No };
    let code = Entry::Is(Code::unclear(Unclear::Static));
    let semlock = process(7, OWNER, -1.0).with_code(code).with_executable(own).like_this_one();
    assert_eq!(verdict(&private(), vec![init(), semlock]), Verdict::Orphaned);
}
