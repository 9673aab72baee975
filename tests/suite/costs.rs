//! What must not cost more and more, or go on costing something: seen in the system calls.

use std::fs;

use crate::common::strace::{Tracees, strace};
use crate::common::system_call::waits_for_files_without_a_limit;
use crate::common::{Finished, Sandbox, holders, until};

/// How often `status` of the block makes a call with this argument.
fn calls_of_status(sandbox: &Sandbox, argument: &str) -> usize {
    let log = sandbox.directory.join("calls");
    let mut status = strace(Tracees::First, &log, None);
    status.arg(sandbox.binary()).arg("status").env_remove("SEMLOCK_KEY");
    Finished::of(status).exits(0);
    let ended = |calls: &String| calls.contains("exit_group(");
    until("the end of the trace", || fs::read_to_string(&log).is_ok_and(|calls| ended(&calls)));
    fs::read_to_string(log).unwrap().matches(argument).count()
}

/// How often it reads the header of a block with this many semaphores, all slots locked.
fn headers_read(nsems: u16) -> usize {
    let (sandbox, _block) = Sandbox::with_block(nsems);
    sandbox.run(["lock", "--all", "--persist"]).exits(0);
    calls_of_status(&sandbox, "IPC_STAT")
}

/// For each `IPC_STAT`, the kernel looks at every semaphore of the set.
#[test]
fn status_reads_the_header_of_a_block_no_more_often_if_more_slots_are_locked() {
    let few = headers_read(4);
    assert!(few > 0);
    assert_eq!(headers_read(400), few);
}

#[test]
fn status_asks_once_for_each_semaphore_who_waits() {
    let (sandbox, _block) = Sandbox::with_block(400);
    assert_eq!(calls_of_status(&sandbox, "GETNCNT"), 400);
    sandbox.run(["lock", "a", "--persist"]).exits(0);
    assert_eq!(calls_of_status(&sandbox, "GETNCNT"), 400);
}

#[test]
fn a_holder_does_not_wake_up_until_something_happens() {
    let (sandbox, _block) = Sandbox::with_block(32);
    let owner = sandbox.hold(&["b"]);
    sandbox.run(["lock", "--for", &owner.pid().to_string(), "a"]).exits(0).is_silent();
    let [holder] = holders()[..] else { panic!("{:?}", holders()) };
    until("the holder asleep", || waits_for_files_without_a_limit(holder));
    assert_eq!(fs::read_dir(format!("/proc/{holder}/task")).unwrap().count(), 1);
    assert_eq!(owner.finish(), 0);
    until("the holder gone", || holders().is_empty());
}
