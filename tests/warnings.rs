//! Remarks of `create` on what would go wrong with the block later.

mod common;

use std::fs;
use std::process::Command;

use common::{Finished, Sandbox};

#[test]
fn a_power_of_two_is_remarked_on_once_and_quiet_silences() {
    let sandbox = Sandbox::new();
    let stderr = sandbox.run(["create"]).exits(0).stderr();
    assert_eq!(
        stderr,
        "semlock: note: in a block of 32 semaphores all session ids of 13 characters and more share one slot, and wait for each other; NSems 34 spreads them over 17 slots\n"
    );
    for options in [&["--key", "1", "--quiet"], &["--key", "2", "-q"]] {
        let create = [&["create"], &options[..]].concat();
        assert_eq!(sandbox.run(create).exits(0).stderr(), "");
    }
    let there = sandbox.run(["create", "--exist-ok"]).exits(0).stderr();
    assert_eq!(there, "", "it was said when the block was made");
}

#[test]
fn the_size_that_is_recommended_spreads_the_ids_and_is_not_remarked_on_as_one_slot() {
    let sandbox = Sandbox::new();
    let made = sandbox.run(["create", "--nsems", "34", "--format", "json"]).exits(0).json();
    assert_eq!(made["schema"], 1);
    assert_eq!(made["block"]["key_hex"], "0x00007c4a");
    assert_eq!(made["block"]["nsems"], 34);
    assert_eq!(made["block"]["effective_slots"], 17);
    let notes = made["notes"].as_array().unwrap();
    assert_eq!(notes.len(), 1);
    assert!(notes[0].as_str().unwrap().starts_with("34 is no power of 2"));
}

#[test]
fn a_mode_that_keeps_the_perl_module_out_is_remarked_on() {
    let sandbox = Sandbox::new();
    for (key, mode) in [("1", "0600"), ("2", "0760"), ("3", "0666")] {
        sandbox
            .run(["create", "--key", key, "--mode", mode])
            .exits(0)
            .complains(&format!("semlock: note: mode {mode} keeps out the Perl module"));
    }
    for (key, mode) in [("4", "0700"), ("5", "0770"), ("6", "0777")] {
        let stderr = sandbox.run(["create", "--key", key, "--mode", mode]).stderr();
        assert!(!stderr.contains("Perl module"), "{stderr}");
    }
}

/// Runs `semlock ARGUMENTS` as user 1000, where systemd runs with this logind.conf.
fn as_user_of_systemd(sandbox: &Sandbox, conf: &str, arguments: &str) -> Finished {
    let setup = "set -e
        mount -t tmpfs none /run
        mkdir -p /run/systemd/system /run/systemd/users
        mount -t tmpfs none /etc/systemd
        cp \"$1\" /etc/systemd/logind.conf
        exec unshare --user --map-user=1000 --map-group=1000 sh -c \"$2\"";
    let file = sandbox.directory.join("logind.conf");
    fs::write(&file, conf).unwrap();
    let mut unshare = Command::new("timeout");
    unshare.args(["60", "unshare", "--mount", "sh", "-c", setup, "sh"]).arg(file);
    unshare.arg(format!("{} {arguments}", sandbox.binary()));
    unshare.current_dir(&sandbox.directory);
    Finished::of(unshare)
}

const LOGIND: &str = "systemd-logind removes every set of user 1000 when that user logs out (RemoveIPC=yes in /etc/systemd/logind.conf)";

#[test]
fn a_user_whose_sets_logind_will_remove_is_told_so() {
    let sandbox = Sandbox::for_every_user();
    let create = |key: u8, conf| {
        as_user_of_systemd(&sandbox, conf, &format!("create --key {key}")).exits(0).stderr()
    };
    let yes = create(1, "[Login]\nRemoveIPC=yes\n");
    let told = format!("semlock: note: {LOGIND}; loginctl enable-linger 1000 prevents it\n");
    assert!(yes.contains(&told), "{yes}");
    let default = create(2, "[Login]\n#RemoveIPC=no\n");
    assert!(default.contains("RemoveIPC=yes is logind's default"), "{default}");
    let no = create(3, "[Login]\nRemoveIPC=no\n");
    assert!(!no.contains("logind"), "{no}");
}

#[test]
fn a_set_that_logind_may_have_removed_is_told_so() {
    let sandbox = Sandbox::for_every_user();
    let yes = "[Login]\nRemoveIPC=yes\n";
    let script = format!(
        "create -q >/dev/null
        mkfifo held waiting
        {binary} lock a -- sh -c 'echo >held; cat <waiting; ipcrm -S 31818' &
        read -r _ <held
        {binary} lock a -- true &
        waiter=$!
        until {binary} status --format json | grep -q '\"waiting\": 1'; do :; done
        echo >waiting
        wait $waiter",
        binary = sandbox.binary()
    );
    as_user_of_systemd(&sandbox, yes, &script)
        .exits(69)
        .complains("(EIDRM)\n  cause: the set was removed meanwhile: by ipcrm, by semlock remove, or by systemd-logind\n")
        .complains(&format!("  evidence: {LOGIND}\n"));
}
