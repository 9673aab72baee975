//! What is wrong with a block, as a user sees it who may not put an end to it: what is
//! printed says who may. Needs root: `make test` says so where it cannot.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::common::remedy::follow;
use crate::common::users::{NOBODY, as_nobody, sandbox};
use crate::common::{Finished, Running, Sandbox, abandon, until, until_waiting};
use semlock::session::{Block, DEFAULT_KEY};

fn check(sandbox: &Sandbox) -> Finished {
    Finished::of(as_nobody(sandbox.semlock(["status", "--check", "--waiting", "0s"])))
}

/// The one command that is printed, which is root's.
#[track_caller]
fn for_root(checked: &Finished) -> String {
    let said = checked.stdout();
    let fixes: Vec<_> = said.lines().filter_map(|line| line.strip_prefix("  fix: ")).collect();
    let [fix] = fixes[..] else { panic!("one fix expected of {checked}") };
    fix.strip_prefix("as root (0): ").unwrap_or_else(|| panic!("not root's: {checked}")).into()
}

#[test]
#[ignore = "needs root"]
fn the_process_of_another_user_is_ended_by_root() {
    let sandbox = sandbox();
    sandbox.run(["create", "--nsems", "34", "--mode", "0777"]).exits(0);
    let holder = sandbox.hold(&["a"]);
    let waiter = Running::start(as_nobody(sandbox.semlock(["lock", "a", "--", "true"])));
    until_waiting(Block::open(DEFAULT_KEY).unwrap(), 1);
    until("the wait is seen", || check(&sandbox).status() == Some(1));
    let checked = check(&sandbox);
    checked.contains(&format!("process {} (cat) has ", holder.pid()));
    let fix = for_root(&checked);
    assert!(fix.starts_with(&format!("kill {}  # ", holder.pid())), "{fix}");
    follow(&sandbox, &fix);
    assert_eq!(waiter.finish(), 0);
    until("nothing is wrong any more", || check(&sandbox).status() == Some(0));
}

#[test]
#[ignore = "needs root"]
fn an_abandoned_lock_of_a_block_that_one_may_only_read_is_cleared_by_its_owner() {
    let sandbox = sandbox();
    sandbox.run(["create", "--nsems", "34", "--mode", "0704"]).exits(0);
    abandon(20);
    let fix = for_root(check(&sandbox).exits(1));
    assert!(fix.starts_with("semlock unlock --abandoned --all --id "), "{fix}");
    follow(&sandbox, &fix);
    check(&sandbox).exits(0).is_silent();
}

#[test]
#[ignore = "needs root"]
fn logind_is_kept_from_removing_a_block_by_what_is_printed() {
    let sandbox = sandbox();
    sandbox.run(["create", "--nsems", "34", "--owner", &NOBODY.to_string()]).exits(0);
    // loginctl(1) wants a running logind; what it does there is this.
    let loginctl = sandbox.directory.join("loginctl");
    let marks = "#!/bin/sh\n[ \"$1\" = enable-linger ] || exit 1
        mkdir -p /var/lib/systemd/linger && touch /var/lib/systemd/linger/$(id -un \"$2\")\n";
    std::fs::write(&loginctl, marks).unwrap();
    std::fs::set_permissions(&loginctl, std::fs::Permissions::from_mode(0o755)).unwrap();
    let script = "mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system /run/systemd/users \
        /var/lib/systemd && mount -t tmpfs tmpfs /var/lib/systemd || exit 70
        PATH=$PWD:$PATH
        semlock status --check; echo $?
        fix=$(semlock status --check | sed -n 's/^  fix: //p'); echo \"$fix\"
        sh -c \"$fix\" && semlock status --check; echo $?";
    let mut shell = Command::new("unshare");
    shell.args(["--mount", "sh", "-c", script]).current_dir(&sandbox.directory);
    let said = Finished::of(shell);
    let expected = format!(
        "loginctl enable-linger {NOBODY}  # that user then always counts as logged in\n0\n"
    );
    said.exits(0).contains("remove-ipc: systemd-logind removes every set of user 65534 when ");
    assert!(said.stdout().ends_with(&expected), "{said}");
}
