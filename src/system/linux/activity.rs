//! What a process is doing: proc(5), `/proc/PID/task/TID/syscall`.

use super::proc;
use super::syscall::{WaitingCall, waiting_call};
use crate::system::words::{number, words};
use crate::system::{Activity, Entry, Pid, Tid};

/// What a process does now; `Other` if it is gone.
pub(crate) fn activity(pid: Pid) -> Activity {
    let tid = match proc::threads(pid) {
        Entry::Is(threads) if threads.len() == 1 => threads[0],
        Entry::Is(_) | Entry::Gone => return Activity::Other,
        Entry::Unreadable(_) => return Activity::Hidden,
    };
    match waiting_call(pid, tid) {
        Entry::Is(WaitingCall::Child(which)) => waits_for(pid, tid, which),
        Entry::Is(WaitingCall::Semop(_)) => Activity::Semop,
        Entry::Is(WaitingCall::Other) | Entry::Gone => Activity::Other,
        Entry::Unreadable(_) => Activity::Hidden,
    }
}

/// The child that is waited for, or every child if any will do.
fn waits_for(pid: Pid, tid: Tid, which: u64) -> Activity {
    let children = proc::read(pid, &format!("task/{tid}/children"));
    let Entry::Is(text) = children else { return Activity::Hidden };
    let children: Vec<Pid> = words(&text).filter_map(number).filter_map(Pid::new).collect();
    let named = children.iter().find(|child| u64::try_from(child.raw()) == Ok(which));
    Activity::WaitsForOneOf(named.map_or(children.clone(), |&child| vec![child]))
}

/// Whether a process has only one thread.
pub(crate) fn is_single_threaded(pid: Pid) -> bool {
    matches!(proc::threads(pid), Entry::Is(threads) if threads.len() == 1)
}

/// The context switches of all threads of a process. If the number is the same at two
/// times at which the process waits, it has waited all the time in between. None if it is
/// gone or may not be looked at.
pub(crate) fn context_switches(pid: Pid) -> Option<u64> {
    let Entry::Is(threads) = proc::threads(pid) else { return None };
    threads.into_iter().map(|tid| context_switches_of(pid, tid)).sum()
}

/// The same for its first thread alone.
pub(crate) fn context_switches_of_first_thread(pid: Pid) -> Option<u64> {
    context_switches_of(pid, Tid::first_of(pid))
}

/// The voluntary and involuntary context switches of a thread.
fn context_switches_of(pid: Pid, tid: Tid) -> Option<u64> {
    let Entry::Is(status) = proc::read(pid, &format!("task/{tid}/status")) else { return None };
    let counts = status.split(|&byte| byte == b'\n').filter_map(|line| {
        let mut words = words(line);
        words.next().filter(|name| name.ends_with(b"ctxt_switches:"))?;
        number::<u64>(words.next()?)
    });
    let counts: Vec<_> = counts.collect();
    (counts.len() == 2).then(|| counts.iter().sum())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::process::{Command, Stdio};

    use super::*;
    use crate::system::own_child::OwnChild;

    #[test]
    fn a_process_that_has_run_in_between_has_more_context_switches() {
        let mut cat = Command::new("cat");
        let mut cat = OwnChild::start(cat.stdin(Stdio::piped()).stdout(Stdio::piped()));
        let pid = cat.pid();
        let mut answered = || {
            cat.stdin.as_mut().unwrap().write_all(b"x").unwrap();
            cat.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
            [context_switches(pid), context_switches_of_first_thread(pid)].map(Option::unwrap)
        };
        let before = answered();
        // It has slept before each answer but the first.
        answered();
        let after = answered();
        assert!(before[0] < after[0] && before[1] < after[1], "{before:?} {after:?}");
        cat.end();
        assert_eq!(context_switches(pid), None);
    }

    /// A Perl program, as far as it runs until its first thread waits for a child.
    struct Waiting(std::process::Child);

    impl Waiting {
        fn start(script: &str) -> Self {
            let script = format!("use threads; {script}; system 'cat'");
            let mut perl = Command::new("perl");
            let perl = perl.args(["-e", &script]).stdin(Stdio::piped()).spawn().unwrap();
            let waiting = Self(perl);
            let pid = waiting.pid();
            while !matches!(waiting_call(pid, Tid::first_of(pid)), Entry::Is(WaitingCall::Child(_)))
            {
                assert!(matches!(proc::threads(pid), Entry::Is(_)), "it has ended");
                std::thread::yield_now();
            }
            waiting
        }

        fn pid(&self) -> Pid {
            Pid::new(self.0.id().cast_signed()).unwrap()
        }
    }

    impl Drop for Waiting {
        /// Its child ends with its input.
        fn drop(&mut self) {
            drop(self.0.stdin.take());
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn only_a_process_of_one_thread_waits_for_its_child() {
        let alone = Waiting::start("1");
        let Activity::WaitsForOneOf(children) = activity(alone.pid()) else {
            panic!("{:?}", activity(alone.pid()));
        };
        assert_eq!(children.len(), 1);
        assert!(is_single_threaded(alone.pid()));
        let two = Waiting::start("threads->create(sub { sleep })");
        assert_eq!(activity(two.pid()), Activity::Other);
        assert!(!is_single_threaded(two.pid()));
    }
}
