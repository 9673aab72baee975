//! The same where the user changes in between: a write lock is known by its process,
//! a read lock where the environment may be read. Needs root.

use std::process::Command;

use crate::common::soon::refuses_soon;
use crate::common::{Finished, Sandbox, assert_free};
use semlock::session::{Block, DEFAULT_KEY};

/// How a command becomes another user's: with the environment, then without.
const KEEPING: &str = "setpriv --reuid=65534 --regid=65534 --clear-groups";
const CLEARING: &str = "setpriv --reuid=65534 --regid=65534 --clear-groups --reset-env";

fn shared() -> (Sandbox, Block) {
    let sandbox = crate::common::users::sandbox();
    let block = Block::create(DEFAULT_KEY, 32, 0o777).unwrap();
    (sandbox, block)
}

/// `lock OUTER a` and in it, as another user, `lock INNER a`, which gives up some time.
fn nested(sandbox: &Sandbox, outer: &str, inner: &str, change: &str) -> Command {
    within(sandbox, 20.0, outer, inner, change)
}

fn within(sandbox: &Sandbox, wait: f32, outer: &str, inner: &str, change: &str) -> Command {
    let lock = format!("{change} {} lock -w {wait} {inner} a -- true; exit $?", sandbox.binary());
    sandbox.semlock(["lock", outer, "a", "--", "sh", "-c", &lock])
}

#[test]
#[ignore = "needs root"]
fn a_write_lock_of_roots_is_known_to_another_user_with_or_without_the_environment() {
    let (sandbox, block) = shared();
    for change in [KEEPING, CLEARING, "runuser -u nobody --"] {
        for inner in ["-x", "-s"] {
            refuses_soon(|| nested(&sandbox, "-x", inner, change));
            assert_free(block);
        }
    }
}

#[test]
#[ignore = "needs root"]
fn a_read_lock_of_roots_is_known_to_another_user_who_was_given_the_environment() {
    let (sandbox, block) = shared();
    for change in [KEEPING, "runuser -u nobody --"] {
        refuses_soon(|| nested(&sandbox, "-s", "-x", change));
        assert_free(block);
    }
}

#[test]
#[ignore = "needs root"]
fn a_read_lock_of_roots_is_not_known_where_the_environment_may_not_be_read() {
    let (sandbox, block) = shared();
    Finished::of(within(&sandbox, 0.5, "-s", "-x", CLEARING)).exits(75).is_silent();
    assert_free(block);
}

#[test]
#[ignore = "needs root"]
fn a_lock_of_another_users_is_known_to_root() {
    let (sandbox, block) = shared();
    for (outer, inner) in [("-x", "-x"), ("-x", "-s"), ("-s", "-x")] {
        // Root's rights stay in a process of nobody's that keeps its saved user id.
        let back = "setpriv --reuid=0 --regid=0 --clear-groups --reset-env";
        let half = "setpriv --euid=65534 --egid=65534 --clear-groups";
        let lock = format!("{back} {} lock -w 20 {inner} a -- true; exit $?", sandbox.binary());
        let text = format!("{half} {} lock {outer} a -- sh -c '{lock}'", sandbox.binary());
        refuses_soon(|| {
            let mut shell = Command::new("sh");
            shell.args(["-c", &text]).current_dir(&sandbox.directory);
            shell.env_remove("SEMLOCK_KEY").env_remove("SEMLOCK_HELD");
            shell
        });
        assert_free(block);
    }
}
