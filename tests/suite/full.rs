//! A table that is full: what takes it up, and which command makes room. Needs root:
//! `make test` runs it as root, and says so where it cannot.

use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::common::remedy::{fixes, follow, limited};
use crate::common::users::sandbox;
use crate::common::{Finished, OLD, Running, Sandbox, until, until_the_sets_are_older_than};
use semlock::session::{Block, DEFAULT_KEY};
use semlock::sysv::{Gid, Uid};

/// Nobody else on the machine has processes of this user.
const USER: u32 = 4242;

const CREATE: [&str; 5] = ["create", "--key", "99", "--nsems", "2"];

fn perl(script: &str) -> Command {
    let mut perl = Command::new("perl");
    let modules = format!("use IPC::SysV qw(IPC_CREAT IPC_PRIVATE); $| = 1; {script}");
    perl.args(["-e", &modules]).uid(USER).gid(USER).current_dir("/");
    perl
}

/// Sets of `USER` with these keys, whose creator has ended.
fn leave_sets(keys: &str) {
    let script = format!("semget($_, 2, IPC_CREAT | 0600) // die for {keys}");
    Finished::of(perl(&script)).exits(0);
}

fn full() -> Sandbox {
    let sandbox = sandbox();
    std::fs::write("/proc/sys/kernel/sem", "8 16 8 3").unwrap();
    sandbox
}

/// On a busy machine, a survey of the processes may not come to an end.
fn until_orphans_are_seen(sandbox: &Sandbox) -> Finished {
    until("orphans are seen", || sandbox.run(CREATE).stderr().contains("not in use"));
    sandbox.run(CREATE)
}

#[test]
#[ignore = "needs root"]
fn orphans_with_a_key_make_room_too_but_the_applications_block_stays() {
    let sandbox = full();
    leave_sets("5, 6");
    Block::create(DEFAULT_KEY, 2, 0o700)
        .unwrap()
        .set()
        .give(Uid::new(USER), Gid::new(USER), 0o700)
        .unwrap();
    until_the_sets_are_older_than(OLD);
    let failed = until_orphans_are_seen(&sandbox);
    failed
        .exits(71)
        .complains("  evidence: orphaned, so not in use: semid 0, semid 1; 4 semaphores in all\n")
        .complains("  fix: semlock remove --orphaned --yes\n");
    assert!(!failed.stderr().contains("--private"), "{failed}");
    follow(&sandbox, "semlock remove --orphaned --yes");
    sandbox.run(CREATE).exits(0);
    sandbox.run(["status"]).exits(0);
}

#[test]
#[ignore = "needs root"]
fn the_process_that_keeps_many_sets_is_named_and_can_be_ignored() {
    let sandbox = full();
    let mut keeper = Running::start(perl("print qq(ready\n); <STDIN>"));
    assert_eq!(keeper.line(), "ready");
    leave_sets("5, 6, 7");
    until_the_sets_are_older_than(OLD);
    let pid = keeper.pid();
    // What else is there may keep them, too: a static program of root, such as init.
    let is_it = |fix: &&String| fix.contains(&format!(" --ignore {pid} "));
    until("the fix", || fixes(&sandbox.run(CREATE)).iter().any(|fix| is_it(&fix)));
    let failed = sandbox.run(CREATE);
    failed
        .exits(71)
        .complains(&format!("{pid} (perl)"))
        .complains(" may use 3 sets with 6 semaphores\n");
    let fixes = fixes(&failed);
    let fix = fixes.iter().find(is_it).unwrap();
    assert!(
        fix.starts_with("semlock remove --orphaned --ignore ")
            && fix.contains(" --yes  # if process"),
        "{fix}"
    );
    assert!(fix.ends_with(" nothing to do with these 3 sets with 6 semaphores"), "{fix}");
    follow(&sandbox, fix);
    sandbox.run(CREATE).exits(0);
    keeper.kill();
}

#[test]
#[ignore = "needs root"]
fn where_the_kernel_has_no_more_numbers_what_keeps_them_is_said_and_how_they_are_freed() {
    let sandbox = limited("8 1000000 8 32768");
    leave_sets("map { IPC_PRIVATE } 1 .. 32768");
    until_the_sets_are_older_than(OLD);
    let failed = until_orphans_are_seen(&sandbox);
    failed.exits(71).complains("the limit is 32768 sets (SEMMNI), and 32768 exist");
    failed.complains("by owner: 4242 32768 sets with 65536 semaphores\n");
    let [remove, numbers] = &fixes(&failed)[..] else { panic!("{failed}") };
    assert!(numbers.contains("ipcmni_extend"), "{failed}");
    assert_eq!(remove, "semlock remove --orphaned --private --yes");
    follow(&sandbox, remove);
    sandbox.run(CREATE).exits(0);
}

#[test]
#[ignore = "needs root"]
fn the_applications_block_is_the_one_that_its_key_names() {
    let sandbox = full();
    leave_sets("5, 6, 7");
    until_the_sets_are_older_than(OLD);
    until_orphans_are_seen(&sandbox);
    let mut create = sandbox.semlock(CREATE);
    create.env("SEMLOCK_KEY", "5");
    let counted = Finished::of(create);
    counted.exits(71).complains("not in use: semid 1, semid 2; 4 semaphores in all\n");
}
