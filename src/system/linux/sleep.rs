//! How long a thread has been asleep: `/proc/PID/task/TID/sched`.
//!
//! Its `se.exec_start` is the time at which the thread ran last, in milliseconds of a
//! clock that each CPU has for itself. That clock leaves out interrupts and the time that a
//! hypervisor takes, so the clocks drift apart, and it stops while the machine is suspended.
//! A time can only be compared with the clock of the same CPU. So this thread moves to that
//! CPU for a moment, where its own `exec_start` is the current time. The result is never
//! longer than the thread has slept.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nix::errno::Errno;
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd;

use super::{proc, tid};
use crate::system::words::{number, words};
use crate::system::{Entry, Pid, Tid};

/// The same moment by a CPU's own clock and by the system's clock.
#[derive(Clone, Copy, Debug)]
struct Reading {
    cpu: Duration,
    system: Timestamp,
}

/// The clocks read so far, and the CPUs that this thread may use.
#[derive(Debug, Default)]
pub(crate) struct SleepClock {
    readings: BTreeMap<usize, Result<Reading, Errno>>,
    usual: Option<CpuSet>,
}

impl SleepClock {
    /// Since when a sleeping thread has slept, or a later time. Fails with ESRCH if it has ended, or
    /// if that cannot be read, or if this thread may not use the CPU.
    pub(crate) fn asleep_since(&mut self, pid: Pid, tid: Tid) -> Result<Timestamp, Errno> {
        let ran = ran_last(pid, tid)?;
        let cpu = proc::cpu(pid, tid).result()?;
        let now = self.now(cpu, ran)?;
        // If this is unchanged, the thread has not run on another CPU in the meantime. Otherwise,
        // it ran a moment ago.
        let has_slept = ran_last(pid, tid)? == ran;
        let now = if has_slept { now } else { Reading { cpu: ran, system: Timestamp::now() } };
        now.system_time_of(ran).ok_or(Errno::EOVERFLOW)
    }

    /// The clock of a CPU now, or an earlier reading after `ran`.
    fn now(&mut self, cpu: usize, ran: Duration) -> Result<Reading, Errno> {
        match self.readings.get(&cpu) {
            Some(Ok(known)) if known.cpu >= ran => Ok(*known),
            Some(Err(errno)) => Err(*errno),
            _ => {
                let reading = self.read(cpu);
                self.readings.insert(cpu, reading);
                reading
            }
        }
    }

    fn read(&mut self, cpu: usize) -> Result<Reading, Errno> {
        let this = unistd::Pid::from_raw(0);
        if self.usual.is_none() {
            self.usual = Some(sched_getaffinity(this)?);
        }
        let mut one = CpuSet::new();
        one.set(cpu)?;
        sched_setaffinity(this, &one)?;
        let cpu = ran_last(Pid::own(), tid::own())?;
        Ok(Reading { cpu, system: Timestamp::now() })
    }
}

impl Reading {
    /// The system's time when the clock of the CPU was `ran`.
    fn system_time_of(self, ran: Duration) -> Option<Timestamp> {
        let slept = SignedDuration::try_from(self.cpu.saturating_sub(ran)).ok()?;
        let since = self.system.checked_sub(slept).ok()?;
        Timestamp::from_millisecond(since.as_millisecond()).ok()
    }
}

/// Lets the thread use its usual CPUs again.
impl Drop for SleepClock {
    fn drop(&mut self) {
        if let Some(usual) = &self.usual {
            let _ = sched_setaffinity(unistd::Pid::from_raw(0), usual);
        }
    }
}

/// When a thread ran last, by the clock of its CPU.
fn ran_last(pid: Pid, tid: Tid) -> Result<Duration, Errno> {
    let text = proc::read(pid, &format!("task/{tid}/sched"));
    text.and_then(|text| Entry::promised(exec_start(&text))).result()
}

fn exec_start(text: &[u8]) -> Option<Duration> {
    let line = text.split(|&byte| byte == b'\n').find(|line| line.starts_with(b"se.exec_start"))?;
    let millis: f64 = number(words(line).last()?)?;
    Duration::try_from_secs_f64(millis / 1000.0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_with_the_time_may_be_anywhere() {
        let text = b"a: 1 (7, #threads: 1)\n----\nse.exec_start      :      24565858.637908\nse.vruntime : 1\n";
        assert_eq!(exec_start(text), Duration::try_from_secs_f64(24_565.858_637_908).ok());
        for text in [&b""[..], b"se.exec_start :", b"se.exec_start : -3.0", b"x.exec_start : 1.0"] {
            assert_eq!(exec_start(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_clock_is_read_again_only_for_a_thread_that_has_run_since() {
        let mut clock = SleepClock::default();
        let (early, late) = (Duration::from_secs(5), Duration::from_secs(6));
        let mut now = |known: Result<Duration, Errno>, ran| {
            let known = known.map(|cpu| Reading { cpu, system: Timestamp::UNIX_EPOCH });
            // This CPU is not there, so it cannot be read again.
            clock.readings.insert(CpuSet::count(), known);
            clock.now(CpuSet::count(), ran).map(|reading| reading.cpu)
        };
        assert_eq!(now(Ok(late), early), Ok(late));
        assert_eq!(now(Ok(late), late), Ok(late));
        assert!(now(Ok(early), late).is_err());
        assert_eq!(now(Err(Errno::EIO), early), Err(Errno::EIO));
    }

    #[test]
    fn a_clock_that_could_not_be_read_once_is_not_tried_again() {
        let mut clock = SleepClock::default();
        let usual = sched_getaffinity(unistd::Pid::from_raw(0)).unwrap();
        let cpu = (0..CpuSet::count()).find(|&cpu| usual.is_set(cpu).unwrap()).unwrap();
        assert!(clock.now(cpu, Duration::ZERO).is_ok());
        clock.readings.insert(cpu, Err(Errno::EIO));
        assert!(clock.now(cpu, Duration::ZERO).is_err());
    }

    #[test]
    fn this_thread_may_use_its_cpus_again_afterwards() {
        let cpus = || sched_getaffinity(unistd::Pid::from_raw(0)).unwrap();
        let usual = cpus();
        let mut clock = SleepClock::default();
        for cpu in (0..CpuSet::count()).filter(|&cpu| usual.is_set(cpu).unwrap()) {
            assert!(clock.read(cpu).is_ok());
            assert!((0..CpuSet::count()).all(|one| cpus().is_set(one) == Ok(one == cpu)));
        }
        drop(clock);
        assert_eq!(cpus(), usual);
    }

    #[test]
    fn a_thread_has_not_slept_longer_than_it_exists() {
        let before = Timestamp::now();
        let (say, hear) = std::sync::mpsc::channel();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let sleeper = std::thread::spawn(move || {
            say.send(tid::own()).unwrap();
            let _ = ended.recv();
        });
        let tid = hear.recv().unwrap();
        let asleep_for = |least: Duration| {
            let since = SleepClock::default().asleep_since(Pid::own(), tid).ok()?;
            let slept = Timestamp::now().duration_since(since);
            // On a CPU without ticks, the reading may be a hundredth of a second old.
            assert!(since.duration_since(before) > SignedDuration::from_millis(-20), "{since}");
            (slept >= SignedDuration::try_from(least).ok()?).then_some(())
        };
        let begun = std::time::Instant::now();
        while asleep_for(Duration::from_millis(300)).is_none() {
            assert!(begun.elapsed() < Duration::from_secs(60), "it never sleeps long enough");
            std::thread::sleep(Duration::from_millis(1));
        }
        drop(end);
        sleeper.join().unwrap();
    }
}
