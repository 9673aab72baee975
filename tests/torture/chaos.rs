//! What happens to a system beside its clients: their holders are killed or stopped, limits
//! change, and the kernel hands out the same pids again.

use std::fs;
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::arena::Arena;
use crate::phase::{Goal, Kind, Phase};

const SEM: &str = "/proc/sys/kernel/sem";
/// Of this pid namespace alone.
const LAST_PID: &str = "/proc/sys/kernel/ns_last_pid";
/// The kernel gives no pids below 300 a second time.
const FIRST_PID: u32 = 300;
const PIDS: u32 = 500;

/// SEMMSL, SEMMNS, SEMOPM and SEMMNI of a machine that lacks nothing.
const AMPLE: &str = "32000 1024000000 500 32000";

pub struct Chaos<'a> {
    pub arena: &'a Arena,
    pub phase: &'a Phase<'a>,
    pub random: Rng,
}

impl Chaos<'_> {
    pub fn run(&mut self) {
        self.change_the_limits();
        while !self.phase.is_over() {
            thread::sleep(Duration::from_micros(self.random.u64(1_000..20_000)));
            match self.random.u8(..10) {
                0..4 => self.signal_a_holder(),
                4..7 => self.change_the_limits(),
                _ => self.begin_with_the_first_pid(),
            }
        }
    }

    /// A lock of a script ends with its holder. So the witness must know it before.
    fn signal_a_holder(&mut self) {
        let holders = holders();
        let Some(&(holder, _)) = self.random.choice(&holders) else { return };
        let Ok(handle) = pidfd_open(Pid::from_raw(holder).unwrap(), PidfdFlags::empty()) else {
            return;
        };
        // It may be another process by now.
        let Some(owner) = owner_of(holder) else { return };
        if self.random.u8(..4) == 0 {
            let Some(entry) = self.arena.entry_of(owner) else { return };
            self.arena.page.forfeit(entry);
            if pidfd_send_signal(handle, Signal::KILL).is_ok() {
                self.phase.tally.count("holders killed", 1);
                self.phase.done(Goal::Kills, 1);
            }
        } else {
            let _ = pidfd_send_signal(&handle, Signal::STOP);
            thread::sleep(Duration::from_micros(self.random.u64(..4_000)));
            let _ = pidfd_send_signal(&handle, Signal::CONT);
            self.phase.tally.count("holders stopped", 1);
        }
    }

    /// A Perl client needs three operations in a call. SEMOPM stays on one side: a drain must
    /// know whether there are readers that have taken only some of their slots.
    fn change_the_limits(&mut self) {
        let semopm = if self.phase.in_pieces { [3, 4, 5, 7] } else { [48, 60, 100, 500] };
        let semopm = semopm[self.random.usize(..4)];
        let limits = match self.phase.kind {
            Kind::Replacements => {
                let semmns = [40, 70, 32000][self.random.usize(..3)];
                let semmni = [1, 2, 32000][self.random.usize(..3)];
                format!("32000 {semmns} {semopm} {semmni}")
            }
            Kind::Application => format!("32000 1024000000 {semopm} 32000"),
        };
        fs::write(SEM, limits).unwrap();
        self.phase.tally.count("changes of kernel.sem", 1);
    }

    fn begin_with_the_first_pid(&self) {
        let last: u32 = fs::read_to_string(LAST_PID).unwrap().trim().parse().unwrap();
        if last > FIRST_PID + PIDS {
            fs::write(LAST_PID, FIRST_PID.to_string()).unwrap();
        }
    }
}

/// Sets limits that nobody reaches.
pub fn lift_the_limits() {
    fs::write(SEM, AMPLE).unwrap();
}

/// The holders, each with the process that it keeps a lock for.
pub fn holders() -> Vec<(i32, i32)> {
    let pids = fs::read_dir("/proc").unwrap().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid: i32| Some((pid, owner_of(pid)?))).collect()
}

fn owner_of(holder: i32) -> Option<i32> {
    let line = fs::read_to_string(format!("/proc/{holder}/cmdline")).ok()?;
    let arguments = line.strip_prefix("semlock\0hold\0")?;
    let owner = arguments.split('\0').find_map(|argument| argument.strip_prefix("--for="))?;
    owner.parse().ok()
}
