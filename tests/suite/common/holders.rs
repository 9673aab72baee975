//! The holder processes that a test has started. They are adopted by the tests when
//! semlock, which started them, has ended, and reaped here; nothing else is.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;

use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;

thread_local! {
    /// Those that were seen alive in this thread's namespace, and when each started,
    /// by which it is known from another process with its pid.
    static SEEN: RefCell<BTreeMap<i32, String>> = const { RefCell::new(BTreeMap::new()) };
}

/// The holder processes in the test thread's namespace. Reaps those that have ended.
pub fn holders() -> Vec<i32> {
    SEEN.with_borrow_mut(|seen| seen.retain(|&pid, start| is_left(pid, start)));
    let pids = fs::read_dir("/proc").unwrap().flatten();
    look_at(pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok()))
}

/// Looks at what was adopted, so that it can be reaped when it has ended.
pub fn notice_holders() {
    let main = std::process::id();
    let adopted = fs::read_to_string(format!("/proc/self/task/{main}/children"));
    let adopted = adopted.unwrap_or_default();
    look_at(adopted.split_whitespace().filter_map(|pid| pid.parse().ok()));
}

fn look_at(pids: impl Iterator<Item = i32>) -> Vec<i32> {
    let here = fs::read_link("/proc/thread-self/ns/ipc").unwrap();
    let is_here =
        |pid: &i32| fs::read_link(format!("/proc/{pid}/ns/ipc")).is_ok_and(|ns| ns == here);
    let holds = |pid: &i32| {
        fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|it| it.starts_with(b"semlock\0hold\0"))
    };
    let found: Vec<i32> = pids.filter(is_here).filter(holds).collect();
    let started = found.iter().filter_map(|&pid| Some((pid, start_of(pid)?)));
    SEEN.with_borrow_mut(|seen| seen.extend(started));
    found
}

/// Whether it is there, after it was reaped if it is a child that has ended.
fn is_left(pid: i32, start: &str) -> bool {
    if start_of(pid).as_deref() == Some(start) {
        let _ = waitpid(Pid::from_raw(pid), Some(WaitPidFlag::WNOHANG));
    }
    start_of(pid).as_deref() == Some(start)
}

fn start_of(pid: i32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit(") ").next()?.split(' ').nth(19).map(Into::into)
}
