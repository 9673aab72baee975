//! Another user beside root, who runs these tests.

use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::common::{Running, Sandbox};

pub const NOBODY: u32 = 65534;

pub fn sandbox() -> Sandbox {
    assert!(
        nix::unistd::geteuid().is_root(),
        "these tests become another user, for which they must be root"
    );
    let sandbox = Sandbox::for_every_user();
    std::os::unix::fs::chown(&sandbox.directory, Some(NOBODY), Some(NOBODY)).unwrap();
    sandbox
}

pub fn as_nobody(mut command: Command) -> Command {
    command.uid(NOBODY).gid(NOBODY);
    command
}

/// A process of nobody's, in the IPC namespace of this thread.
pub fn nobodys_cat() -> Running {
    let mut cat = Running::start(as_nobody(Command::new("cat")));
    assert_eq!(cat.ask("ready"), "ready");
    cat
}
