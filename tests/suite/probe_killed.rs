//! `probe-max` when it is killed, or the process that creates sets for it, or may not remove
//! them: no set is left without a word.

use std::fs;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::common::filter::semctl_fails;
use crate::common::remedy::follow;
use crate::common::strace::{Tracees, strace};
use crate::common::{Finished, Running, Sandbox, rounds, until};
use crate::probe::limited;
use fastrand::Rng;
use nix::errno::Errno;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;
use semlock::session::Block;
use semlock::sysv::{Key, Set, all_sets};

#[test]
fn the_set_of_a_killed_worker_is_removed_and_no_other_one_that_looks_the_same() {
    let sandbox = Sandbox::new();
    let foreign = Set::create_private(1, WORKERS_MODE).unwrap();
    let log = sandbox.directory.join("strace");
    // The first call of the worker on its set, while that exists.
    let mut killed = strace(Tracees::All, &log, Some("semtimedop:signal=SIGKILL"));
    killed.arg(sandbox.binary()).arg("probe-max");
    Finished::of(killed).exits(71).prints("").complains(
        "semlock: cannot probe: the process that creates sets was killed\n  \
         cause: the sets that it had created are removed\n",
    );
    let log = fs::read_to_string(&log).unwrap();
    assert!(log.contains("IPC_CREAT|0601"), "the worker has another mode: {log}");
    let left: Vec<_> = all_sets().unwrap().iter().map(|set| set.semid).collect();
    assert_eq!(left, [foreign.semid()]);
}

#[test]
fn no_sigpipe_ends_a_probe_whose_worker_has_ended_before_a_request() {
    let sandbox = Sandbox::new();
    let mut shell = Command::new("sh");
    shell.args(["-c", "read go; exec \"$0\" probe-max 2>&1"]).arg(sandbox.binary());
    let mut probe = Running::start(shell);
    let pid = Pid::from_raw(probe.pid());
    ptrace::seize(pid, Options::PTRACE_O_TRACEVFORKDONE).unwrap();
    probe.tell("go");
    loop {
        match waitpid(pid, None).unwrap() {
            WaitStatus::PtraceEvent(_, _, libc::PTRACE_EVENT_VFORK_DONE) => break,
            WaitStatus::Stopped(_, signal) => ptrace::cont(pid, signal).unwrap(),
            other => panic!("{other:?}"),
        }
    }
    let worker = ptrace::getevent(pid).unwrap();
    kill(Pid::from_raw(worker.try_into().unwrap()), Signal::SIGKILL).unwrap();
    until("the worker ended", || {
        let stat = fs::read_to_string(format!("/proc/{worker}/stat")).unwrap();
        stat.contains(") Z ")
    });
    ptrace::detach(pid, None).unwrap();
    let said = "semlock: cannot probe: the process that creates sets was killed";
    assert_eq!(probe.line(), said);
    assert_eq!(probe.line(), "  cause: the sets that it had created are removed");
    assert_eq!(probe.finish(), 71);
}

/// The mode of the sets that the worker creates, which nothing else has.
const WORKERS_MODE: u16 = 0o601;

#[test]
fn a_set_that_cannot_be_removed_is_named_with_the_command_that_removes_it() {
    for (with, status) in [(Errno::EACCES, 77), (Errno::EIO, 71)] {
        let sandbox = Sandbox::new();
        let failed =
            semctl_fails(libc::IPC_RMID, with, || sandbox.run(["probe-max", "--sets", "8"]));
        let left = all_sets().unwrap();
        assert_eq!(left.len(), 1, "{failed}");
        let fix = format!("semlock remove --id {} --force --yes", left[0].semid);
        failed
            .exits(status)
            .complains(&format!(
                "semlock: cannot remove 1 set that it created to measure: {} ({with:?})\n",
                with.desc()
            ))
            .complains(&format!("  fix: {fix}\n"));
        follow(&sandbox, &fix);
        assert_eq!(all_sets().unwrap(), []);
    }
}

/// Every process that works for a probe in this thread's namespace.
fn probes() -> Vec<i32> {
    let here = fs::read_link("/proc/thread-self/ns/ipc").unwrap();
    let pids = fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is_probe = |&pid: &i32| {
        let words = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        words.windows(6).any(|part| part == b"probe-")
            && fs::read_link(format!("/proc/{pid}/ns/ipc")).is_ok_and(|namespace| namespace == here)
    };
    pids.filter(is_probe).collect()
}

#[test]
fn two_hundred_probes_that_are_killed_at_any_moment_leave_no_set_and_no_process() {
    let sandbox = limited("32000 1024000000 500 32000");
    let foreign = Block::create(Key::new(9), 4, 0o600).unwrap();
    let seed = std::env::var("SEMLOCK_SEED")
        .map_or_else(|_| Rng::new().get_seed(), |seed| seed.parse().unwrap());
    println!("to repeat this: SEMLOCK_SEED={seed}");
    let mut random = Rng::with_seed(seed);
    let mut in_the_act = 0;
    for _ in 0..rounds(200) {
        let mut command = sandbox.semlock(["probe-max", "-q"]);
        if random.bool() {
            command.args(["--sets", "20"]);
        }
        command.process_group(0).stderr(Stdio::null());
        let mut probe = command.spawn().unwrap();
        let pid = i32::try_from(probe.id()).unwrap();
        // Spread over what a probe takes; where it ends up does not matter.
        thread::sleep(Duration::from_micros(random.u64(..40_000)));
        let signal = random.choice([Signal::SIGKILL, Signal::SIGTERM, Signal::SIGINT]).unwrap();
        let worker = probes().into_iter().find(|&other| other != pid);
        match (random.u8(..3), worker) {
            (0, Some(worker)) => drop(kill(Pid::from_raw(worker), signal)),
            (1, _) => drop(killpg(Pid::from_raw(pid), signal)),
            _ => drop(kill(Pid::from_raw(pid), signal)),
        }
        in_the_act += usize::from(all_sets().unwrap().len() > 1);
        let ended = probe.wait().unwrap();
        if ended.signal().is_some_and(|signal| signal != libc::SIGKILL) {
            assert_eq!(all_sets().unwrap().len(), 1, "left behind when it had ended");
        }
        until("every process of the probe gone", || probes().is_empty());
        let left = all_sets().unwrap();
        assert!(left.len() == 1 && left[0].semid == foreign.set().semid(), "left behind: {left:?}");
    }
    println!("sets were there right after the kill {in_the_act} times");
}
