//! Blocks that are shared by two users. Needs root: `make test` runs it as
//! root, and says so where it cannot.

mod common;

use std::os::unix::process::CommandExt;
use std::process::Command;

use common::{Finished, Running, Sandbox, until_waiting};
use semlock::session::{Block, DEFAULT_KEY};

const NOBODY: u32 = 65534;

fn sandbox() -> Sandbox {
    assert!(
        nix::unistd::geteuid().is_root(),
        "these tests become another user, for which they must be root"
    );
    let sandbox = Sandbox::for_every_user();
    std::os::unix::fs::chown(&sandbox.directory, Some(NOBODY), Some(NOBODY)).unwrap();
    sandbox
}

fn as_nobody(mut command: Command) -> Command {
    command.uid(NOBODY).gid(NOBODY);
    command
}

/// A Perl application of nobody's; its script is where nobody can read it.
fn nobodys_perl(sandbox: &Sandbox) -> Running {
    let script = sandbox.directory.join("client.pl");
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/perl/client.pl"), &script).unwrap();
    let mut perl = Command::new("perl");
    perl.arg(script).arg(&sandbox.directory).arg("32");
    perl.current_dir("/").stderr(std::process::Stdio::null());
    Running::start(as_nobody(perl))
}

fn block() -> Block {
    Block::open(DEFAULT_KEY).unwrap()
}

#[test]
fn a_perl_client_of_another_user_uses_a_block_that_semlock_made() {
    for options in [["--owner", "nobody"], ["--owner", "65534:65534"], ["--mode", "0777"]] {
        let sandbox = sandbox();
        sandbox.run([&["create"], &options[..]].concat()).exits(0);
        let mut perl = nobodys_perl(&sandbox);
        let session = perl.ask("new");
        assert_eq!(perl.ask(&format!("tie {session}")), "held");
        sandbox.run(["lock", "-n", &session, "--", "true"]).exits(75);
        assert_eq!(perl.ask("untie"), "released");
        let holder = sandbox.hold(&[&session]);
        perl.tell(&format!("tie {session}"));
        until_waiting(block(), 1);
        assert_eq!(holder.finish(), 0);
        assert_eq!(perl.line(), "held");
    }
}

#[test]
fn semlock_of_an_ordinary_user_and_of_root_use_a_block_that_the_users_perl_made() {
    let sandbox = sandbox();
    let mut perl = nobodys_perl(&sandbox);
    let session = perl.ask("new");
    assert_eq!(perl.ask(&format!("tie {session}")), "held");
    let lock = || sandbox.semlock(["lock", "-n", &session, "--", "true"]);
    Finished::of(as_nobody(lock())).exits(75);
    Finished::of(lock()).exits(75);
    assert_eq!(perl.ask("untie"), "released");
    Finished::of(as_nobody(lock())).exits(0);
    Finished::of(lock()).exits(0);
}

#[test]
fn a_block_of_another_users_is_refused_with_77() {
    let sandbox = sandbox();
    sandbox.run(["create"]).exits(0);
    for arguments in [&["lock", "a", "--", "true"][..], &["status"], &["unlock", "a"], &["remove"]]
    {
        Finished::of(as_nobody(sandbox.semlock(arguments))).exits(77).complains("EACCES");
    }
    Finished::of(as_nobody(sandbox.semlock(["remove", "--force"]))).exits(77);
    assert_eq!(block().nsems(), 32);
}

#[test]
fn an_ordinary_user_may_give_its_block_away() {
    let sandbox = sandbox();
    let create = sandbox.semlock(["create", "--owner", "root"]);
    Finished::of(as_nobody(create)).exits(0);
    let header = block().set().header().unwrap();
    assert_eq!((header.uid, header.cuid), (0, NOBODY));
}

#[test]
fn the_perl_module_refuses_a_block_of_mode_0600_to_its_own_owner() {
    let sandbox = sandbox();
    sandbox.run(["create", "--owner", "nobody", "--mode", "0600"]).exits(0);
    let answer = nobodys_perl(&sandbox).ask("new");
    assert!(answer.contains("Permission denied"), "{answer}");
}
