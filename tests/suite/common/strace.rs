//! strace(1), which makes system calls of a program fail.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::until;

/// Which processes are traced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tracees {
    /// Only the one that is started.
    First,
    /// Its children, too.
    All,
}

/// strace before the words of a command, which stays the child of its caller.
pub fn strace(tracees: Tracees, log: &Path, inject: Option<&str>) -> Command {
    let mut strace = Command::new("strace");
    strace.args(["-qq", "-D", "-o"]).arg(log);
    if tracees == Tracees::All {
        strace.arg("-f");
    }
    if let Some(inject) = inject {
        strace.arg(format!("--inject={inject}"));
    }
    strace
}

/// strace of a process that runs already; it ends with that. What is injected is
/// separated by spaces.
pub fn attach(pid: i32, inject: Option<&str>, log: &Path) -> Child {
    let mut strace = Command::new("strace");
    strace.args(["-qq", "-o"]).arg(log).args(["-p", &pid.to_string()]);
    for inject in inject.iter().flat_map(|inject| inject.split(' ')) {
        strace.arg(format!("--inject={inject}"));
    }
    let mut strace = strace.stderr(Stdio::null()).spawn().unwrap();
    until("the process traced", || {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let tracer = status.lines().find_map(|line| line.strip_prefix("TracerPid:"));
        // What is injected may have ended both already.
        tracer.is_some_and(|pid| pid.trim() != "0") || strace.try_wait().unwrap().is_some()
    });
    strace
}

/// How often each call was made, at most, by one of the processes in a log.
pub fn occurrences(log: &Path) -> HashMap<String, u32> {
    let text = fs::read_to_string(log).unwrap();
    let mut calls: HashMap<(String, String), u32> = HashMap::new();
    for line in text.lines().filter(|line| !line.contains("resumed>")) {
        let Some((before, _)) = line.split_once('(') else { continue };
        let mut words = before.split_whitespace().rev();
        let name = words.next().unwrap_or_default().to_owned();
        let pid = words.next().unwrap_or_default().to_owned();
        *calls.entry((pid, name)).or_default() += 1;
    }
    let mut most = HashMap::new();
    for ((_, name), number) in calls {
        let most: &mut u32 = most.entry(name).or_default();
        *most = number.max(*most);
    }
    most
}
