//! semlock where containers and mount options hide /proc, or parts of it: it does its
//! work, and says what it does not know. Needs root, for the mounts.

use std::process::{Command, Stdio};

use crate::common::filter::semctl_fails;
use crate::common::offered::offers_only_commands_that_semlock_accepts;
use crate::common::{Finished, Sandbox, abandon, until};
use nix::errno::Errno;
use semlock::session::Block;
use serde_json::json;

const NOTHING: &str = "mount -t tmpfs none /proc";
const NO_SETTINGS: &str = "mount -t tmpfs none /proc/sys";
const NO_SETS: &str = "mount -t tmpfs none /proc/sysvipc";
const ONLY_PROCESSES: &str = "mount -t proc -o subset=pid proc /proc";

const WORLDS: [&str; 4] = [NOTHING, NO_SETTINGS, NO_SETS, ONLY_PROCESSES];

/// Runs a script in a mount namespace of its own, with semlock in `$S`.
fn script(sandbox: &Sandbox, mount: &str, script: &str) -> Finished {
    let script = format!("{mount} && S={} && {script}", sandbox.binary());
    let mut shell = Command::new("unshare");
    shell.args(["--mount", "sh", "-c", &script]).current_dir(&sandbox.directory);
    shell.env_remove("SEMLOCK_KEY").env_remove("SEMLOCK_HELD").stdin(Stdio::null());
    let finished = Finished::of(shell);
    offers_only_commands_that_semlock_accepts(&finished);
    finished
}

fn until_free(block: Block) {
    until("the lock given back", || block.set().values().unwrap().iter().all(|&value| value == 0));
}

#[test]
#[ignore = "needs root"]
fn a_lock_is_kept_for_the_process_that_the_fix_names() {
    let (sandbox, block) = Sandbox::with_block(8);
    script(&sandbox, NOTHING, "$S lock a")
        .exits(64)
        .complains("the processes cannot be listed: No such file or directory (ENOENT)")
        .complains("--for $$");
    let hold = "$S lock --for $$ a && echo held && $S lock -n a -- true";
    for world in WORLDS {
        assert_eq!(script(&sandbox, world, hold).exits(75).stdout(), "held\n");
        until_free(block);
    }
}

#[test]
#[ignore = "needs root"]
fn without_proc_semlock_finds_its_own_program_however_it_was_started() {
    let (sandbox, block) = Sandbox::with_block(8);
    let binary = std::path::Path::new(sandbox.binary());
    let (directory, name) = (binary.parent().unwrap().display(), binary.file_name().unwrap());
    let name = name.display();
    for command in [
        format!("cd {directory} && ./{name}"),
        format!("PATH={directory}:$PATH && {name}"),
        format!("ln -s {directory}/{name} link && ./link"),
    ] {
        script(&sandbox, NOTHING, &format!("{command} lock --for $$ a")).exits(0);
        until_free(block);
    }
}

#[test]
#[ignore = "needs root"]
fn probe_max_measures_and_knows_the_limits() {
    let sandbox = Sandbox::new();
    for world in WORLDS {
        let probed = script(&sandbox, world, "exec $S probe-max --format json").exits(0).json();
        assert!(probed["max_nsems"].as_u64().unwrap() >= 32, "{world}: {probed}");
        assert_eq!(probed["limits"]["semmsl"].as_u64(), Some(32000), "{world}: {probed}");
        assert_eq!(probed["undo"], true, "{world}: {probed}");
    }
}

#[test]
#[ignore = "needs root"]
fn a_list_of_sets_has_the_limits() {
    let (sandbox, _) = Sandbox::with_block(8);
    for world in WORLDS {
        let listed = script(&sandbox, world, "exec $S status --all --format json").exits(0).json();
        assert_eq!(listed["limits"]["semmni"], 32000, "{world}: {listed}");
        assert_eq!(listed["notes"], json!([]), "{world}: {listed}");
    }
}

#[test]
#[ignore = "needs root"]
fn limits_that_the_kernel_does_not_tell_are_unknown_and_the_list_says_why() {
    let (sandbox, _) = Sandbox::with_block(34);
    let reason = "the limits on semaphores cannot be read: ";
    semctl_fails(libc::IPC_INFO, Errno::EPERM, || {
        sandbox.run(["status", "--all"]).exits(0).contains(&format!("\nnote: {reason}"));
        let listed = sandbox.run(["status", "--all", "--format", "json"]).exits(0).json();
        assert_eq!(listed["limits"]["semmni"], json!(null), "{listed}");
        assert!(listed["notes"][0].as_str().unwrap().starts_with(reason), "{listed}");
        let check = sandbox.run(["status", "--all", "--check"]);
        check.exits(77).complains(&format!("  evidence: {reason}"));
        // They say nothing of a block.
        sandbox.run(["status", "--check"]).exits(0);
        abandon(20);
        sandbox.run(["status", "--all", "--check"]).exits(1);
    });
}

#[test]
#[ignore = "needs root"]
fn a_check_of_all_namespaces_is_no_all_clear_where_processes_are_hidden() {
    let (sandbox, _) = Sandbox::with_block(34);
    let reason = "there may be other IPC namespaces: ";
    script(&sandbox, NOTHING, "exec $S status --all-namespaces")
        .exits(0)
        .contains(&format!("\nnote: {reason}the processes cannot be listed: "));
    script(&sandbox, NOTHING, "exec $S status --all-namespaces --check")
        .exits(77)
        .complains(&format!("  evidence: {reason}"));
}
