//! Whoever comes first gets the lock first, whatever others try in between.

use std::fs;
use std::process::{Command, Stdio};

use crate::common::{Running, Sandbox, assert_free, holders, until, until_waiting};
use semlock::session::Block;

const WAITERS: usize = 50;

/// Processes that try for session "a" all the time without waiting, and note in a
/// file of their own what came of each try: a number that is semlock's status.
struct Hammers(Vec<Running>);

impl Hammers {
    const NUMBER: usize = 3;

    fn start(sandbox: &Sandbox) -> Self {
        let hammer = |number| {
            let tries =
                "while :; do \"$0\" lock -n a -- sh -c 'echo hammer >>order'; echo $?; done";
            let mut shell = shell(sandbox, &format!("{tries} >tries{number}"));
            shell.arg(sandbox.binary());
            Running::start(shell)
        };
        Self((0..Self::NUMBER).map(hammer).collect())
    }

    /// How often they have found the lock busy.
    fn refused(sandbox: &Sandbox) -> usize {
        let tries = |number| fs::read_to_string(sandbox.directory.join(format!("tries{number}")));
        let refused = |tries: String| tries.lines().filter(|&status| status == "75").count();
        (0..Self::NUMBER).filter_map(|number| tries(number).ok()).map(refused).sum()
    }

    /// Ends them, and what they run at this moment.
    fn stop(self) {
        self.0.into_iter().for_each(Running::kill);
    }
}

fn shell(sandbox: &Sandbox, text: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", text]).current_dir(&sandbox.directory).stdin(Stdio::null());
    shell.env_remove("SEMLOCK_KEY").env_remove("SEMLOCK_HELD");
    shell
}

/// The numbers of those that were in, in their order.
fn order(sandbox: &Sandbox) -> Vec<String> {
    let order = fs::read_to_string(sandbox.directory.join("order")).unwrap_or_default();
    order.lines().map(str::to_owned).collect()
}

/// Starts waiters one after the other, each when the one before it is seen to wait,
/// and then lets them in.
fn are_served_in_order(block: Block, sandbox: &Sandbox, waiter: impl Fn(usize) -> Command) {
    let holder = sandbox.hold(&["a"]);
    let hammers = Hammers::start(sandbox);
    let start = |number| {
        let waiter = Running::start(waiter(number));
        until_waiting(block, i32::try_from(number).unwrap() + 1);
        waiter
    };
    let waiters: Vec<_> = (0..WAITERS).map(start).collect();
    let before = Hammers::refused(sandbox);
    until("others try", || Hammers::refused(sandbox) > before + Hammers::NUMBER);
    assert_eq!(order(sandbox), [""; 0]);
    assert_eq!(holder.finish(), 0);
    for waiter in waiters {
        assert_eq!(waiter.finish(), 0);
    }
    hammers.stop();
    let expected: Vec<_> = (0..WAITERS).map(|number| number.to_string()).collect();
    assert_eq!(order(sandbox)[..WAITERS], expected);
    until("no holder left", || holders().is_empty());
    until("the lock is free", || block.set().values().unwrap().iter().all(|&value| value == 0));
    assert_free(block);
}

#[test]
fn fifty_waiters_are_served_in_the_order_in_which_they_came() {
    let (sandbox, block) = Sandbox::with_block(32);
    are_served_in_order(block, &sandbox, |number| {
        // With a limit or without, it is one queue.
        let wait: &[&str] = if number % 2 == 0 { &[] } else { &["-w", "600"] };
        let append = format!("echo {number} >>order");
        sandbox.semlock([&["lock"], wait, &["a", "--", "sh", "-c", &append]].concat())
    });
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs a list of processes")]
fn fifty_scripts_that_wait_without_a_command_are_served_in_that_order() {
    let (sandbox, block) = Sandbox::with_block(32);
    are_served_in_order(block, &sandbox, |number| {
        let script = format!("\"$0\" lock a && echo {number} >>order && \"$0\" unlock a; exit $?");
        let mut script = shell(&sandbox, &script);
        script.arg(sandbox.binary());
        script
    });
}
