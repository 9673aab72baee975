//! Warnings of `create`: what would go wrong with the block later.

use std::fs;
use std::process::Command;

use crate::common::{Finished, Sandbox};

#[test]
#[cfg_attr(semlock_portable, ignore = "needs what only Linux has")]
fn the_default_size_is_warned_of_once_and_quiet_silences() {
    let sandbox = Sandbox::new();
    let stderr = sandbox.run(["create"]).exits(0).stderr();
    assert_eq!(
        stderr,
        "semlock: warning: in a block of 32 semaphores, all session ids of 13 or more characters share one slot, so a lock on one locks them all; NSems 34 spreads them over 17 slots\n"
    );
    for options in [&["--key", "1", "--quiet"], &["--key", "2", "-q"]] {
        let create = [&["create"], &options[..]].concat();
        assert_eq!(sandbox.run(create).exits(0).stderr(), "");
    }
    let there = sandbox.run(["create", "--exist-ok"]).exits(0).stderr();
    assert_eq!(there, "", "it was said when the block was made");
}

#[test]
fn a_lock_that_creates_its_block_warns_as_create_does_and_once() {
    for nsems in ["32", "34", "12"] {
        let created = Sandbox::new().run(["create", "--nsems", nsems]).exits(0).stderr();
        let sandbox = Sandbox::new();
        let lock = [&format!("--create={nsems}"), "a", "--", "true"];
        let lock = [&["lock"], &lock[..]].concat();
        assert_eq!(sandbox.run(&lock).exits(0).stderr(), created);
        sandbox.run(&lock).exits(0).is_silent();
    }
    for silent in ["--format=json", "--quiet"] {
        Sandbox::new().run(["lock", "--create", silent, "a", "--", "true"]).exits(0).is_silent();
    }
}

#[test]
fn the_size_that_is_recommended_spreads_the_ids_and_is_not_warned_of() {
    let sandbox = Sandbox::new();
    let made = sandbox.run(["create", "--nsems", "34", "--format", "json"]).exits(0).json();
    assert_eq!(made["schema"], 1);
    assert_eq!(made["block"]["key_hex"], "0x00007c4a");
    assert_eq!(made["block"]["nsems"], 34);
    assert_eq!(made["block"]["effective_slots"], 17);
    assert_eq!(made["notes"], serde_json::json!([]));
    for nsems in ["6", "10", "34", "250", "31998"] {
        sandbox.run(["create", "--key", nsems, "--nsems", nsems]).exits(0).is_said("");
    }
}

#[test]
fn a_mode_that_keeps_the_perl_module_out_is_warned_of() {
    let sandbox = Sandbox::new();
    for (key, mode) in [("1", "0600"), ("2", "0760"), ("3", "0666"), ("7", "0"), ("8", "0570")] {
        sandbox
            .run(["create", "--key", key, "--mode", mode])
            .exits(0)
            .complains(&format!("semlock: warning: mode {mode:0>4} keeps the Perl module out"));
    }
    // Who may only look is not meant to lock.
    for (key, mode) in [("4", "0700"), ("5", "0770"), ("6", "0777"), ("9", "0740"), ("10", "0755")]
    {
        let stderr = sandbox.run(["create", "--key", key, "--mode", mode]).stderr();
        assert!(!stderr.contains("Perl module"), "{stderr}");
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs limits that can be read")]
fn a_size_on_whose_slots_long_ids_crowd_is_warned_of_with_a_better_one() {
    let sandbox = Sandbox::new();
    for (nsems, crowd, better) in [
        ("2", "all sessions share one slot", 6),
        ("4", "all session ids of 13 or more characters share one slot", 6),
        ("12", "session ids of 13 or more characters use only 3 of 6 slots", 14),
        ("24", "use only 3 of 12 slots", 26),
        ("60", "use only 15 of 30 slots", 66),
        ("32000", "use only 125 of 16000 slots", 31998),
    ] {
        sandbox
            .run(["create", "--key", nsems, "--nsems", nsems])
            .exits(0)
            .complains(crowd)
            .complains(&format!("; NSems {better} spreads them over {} slots\n", better / 2));
    }
    for nsems in ["6", "34", "31998"] {
        let stderr = sandbox.run(["create", "--key", nsems, "--nsems", nsems]).exits(0).stderr();
        assert!(!stderr.contains("slot"), "{stderr}");
    }
    // The largest that there can be, and one that SEMMSL keeps from growing.
    for (semmsl, nsems, better) in [("65536", "65532", "65530"), ("12", "12", "10")] {
        fs::write("/proc/sys/kernel/sem", format!("{semmsl} 1000000 8 99")).unwrap();
        let create = ["create", "--key", &format!("1{nsems}"), "--nsems", nsems];
        sandbox.run(create).exits(0).complains(&format!("; NSems {better} spreads"));
        sandbox.run(["create", "--key", &format!("2{nsems}"), "--nsems", better]).exits(0);
    }
}

#[test]
fn a_block_that_exists_as_asked_for_needs_no_word_and_any_other_is_refused() {
    let sandbox = Sandbox::new();
    let create = ["create", "--nsems", "34", "--exist-ok", "--mode"];
    sandbox.run([&create[..], &["0770"]].concat()).exits(0);
    sandbox.run([&create[..], &["0770"]].concat()).exits(0).is_said("");
    let other = sandbox.run([&create[..], &["0700"]].concat());
    other.exits(73).complains("  evidence: its mode is 0770, but 0700 was requested\n");
    sandbox.run(&create[..4]).exits(0).is_said("");
    let gid = (nix::unistd::getegid().as_raw() + 1).to_string();
    let owner = ["--owner", &format!(":{gid}")];
    sandbox
        .run([&create[..], &["0770"], &owner].concat())
        .exits(73)
        .complains(&format!(", but group {gid} was requested\n"));
    sandbox.run([&create[..], &["0770", "--quiet"]].concat()).exits(0).is_said("");
    let quiet = sandbox.run([&create[..], &["0700", "--quiet"]].concat());
    quiet.exits(73).complains("  evidence: its mode is 0770, but 0700 was requested\n");
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
#[cfg_attr(semlock_portable, ignore = "needs what only Linux has")]
fn a_user_whose_sets_logind_will_remove_is_told_so() {
    let sandbox = Sandbox::for_every_user();
    let create = |key: u8, conf| {
        as_user_of_systemd(&sandbox, conf, &format!("create --key {key}")).exits(0).stderr()
    };
    let yes = create(1, "[Login]\nRemoveIPC=yes\n");
    let told = format!("semlock: warning: {LOGIND}; loginctl enable-linger 1000 prevents it\n");
    assert!(yes.contains(&told), "{yes}");
    let default = create(2, "[Login]\n#RemoveIPC=no\n");
    assert!(default.contains("RemoveIPC=yes is logind's default"), "{default}");
    let no = create(3, "[Login]\nRemoveIPC=no\n");
    assert!(!no.contains("logind"), "{no}");
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs what only Linux has")]
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
        .complains("(EIDRM)\n  cause: the set was removed in the meantime: by ipcrm, by semlock remove or create --replace, or by systemd-logind\n")
        .complains(&format!("  evidence: {LOGIND}\n"));
}
