//! Processes that wait for each other.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::judge::WaitReason;
use crate::system::{Pid, Text};
use crate::view::shortened;

/// How much of a command line is shown in the line of a deadlock.
const MAX_COMMAND_IN_CYCLE: usize = 21;

/// And in other findings.
const MAX_COMMAND: usize = 30;

/// Processes that wait for each other: each for the next, and the last for the first. In
/// JSON, their pids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Deadlock(pub Vec<Link>);

/// A process in a cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub pid: Pid,
    /// Its command line.
    pub command: Option<Text>,
    /// Why it waits for the next.
    pub reason: WaitReason,
    /// Whether it is a semlock that keeps a lock for another process, or is taking one for
    /// it.
    pub is_semlocks: bool,
}

impl Serialize for Deadlock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|link| link.pid))
    }
}

impl Deadlock {
    /// The processes without semlock's own, each with what it, or semlock for it, waits for.
    fn without_semlocks(&self) -> Vec<Link> {
        let is_known = |at: &usize| !self.0[*at].is_semlocks;
        let known = (0..self.0.len()).filter(is_known);
        known.map(|at| Link { reason: self.reason(at), ..self.0[at].clone() }).collect()
    }

    /// What a process, or semlock for it, waits for.
    fn reason(&self, at: usize) -> WaitReason {
        let others = self.0.iter().cycle().skip(at + 1).take(self.0.len() - 1);
        let own = others.take_while(|link| link.is_semlocks);
        let mut reasons = std::iter::once(&self.0[at]).chain(own).map(|link| link.reason);
        reasons.find(|reason| has(*reason).is_some()).unwrap_or(self.0[at].reason)
    }

    /// The process that `pid` takes or keeps a lock for, if `pid` is a semlock.
    pub(crate) fn works_for(&self, pid: Pid) -> Option<Pid> {
        let at = self.0.iter().position(|link| link.pid == pid && link.is_semlocks)?;
        let before = self.0.iter().rev().cycle().skip(self.0.len() - at).take(self.0.len() - 1);
        before.into_iter().find(|link| !link.is_semlocks).map(|link| link.pid)
    }

    /// Why the process before `pid`, which is one of these, waits for it.
    pub(crate) fn why_awaited(&self, pid: Pid) -> WaitReason {
        let next = self.0.iter().cycle().skip(1);
        let mut pairs = self.0.iter().zip(next);
        pairs.find(|(_, next)| next.pid == pid).map_or(self.0[0].reason, |(link, _)| link.reason)
    }

    pub(crate) fn summary(&self) -> String {
        match self.without_semlocks().len() {
            1 => "a process waits for a lock that it holds itself".into(),
            many => format!("{many} processes wait for each other, and none can continue"),
        }
    }

    /// A line for each process: what it has, and what it waits for.
    pub(crate) fn lines(&self) -> Vec<String> {
        let known = self.without_semlocks();
        (0..known.len()).map(|at| line(&known, at)).collect()
    }
}

fn line(cycle: &[Link], at: usize) -> String {
    let length = cycle.len();
    let (before, link) = (&cycle[(at + length - 1) % length], &cycle[at]);
    let next = &cycle[(at + 1) % length];
    let has = has(before.reason);
    match (link.reason, has) {
        (WaitReason::Owner, Some(has)) => format!("{link} has {has}, keeps it for {}", next.pid),
        (WaitReason::Owner, None) => format!("{link} keeps its locks for {}", next.pid),
        (waits, Some(has)) => format!("{link} has {has}, {}", waits_for(waits, next.pid)),
        (waits, None) => format!("{link} {}", waits_for(waits, next.pid)),
    }
}

/// The slot that it is about.
fn has(reason: WaitReason) -> Option<String> {
    match reason {
        WaitReason::Slot(_) | WaitReason::OtherBlock { .. } => Some(reason.to_string()),
        WaitReason::Owner | WaitReason::Child => None,
    }
}

fn waits_for(reason: WaitReason, next: Pid) -> String {
    match reason {
        WaitReason::Slot(_) | WaitReason::OtherBlock { .. } => {
            format!("waits for {reason}, which {next} has")
        }
        WaitReason::Child => format!("waits for its child, {next}"),
        WaitReason::Owner => format!("keeps its locks for {next}"),
    }
}

impl fmt::Display for WaitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slot(slot) => write!(f, "slot {slot}"),
            Self::OtherBlock { semid, slot } => {
                write!(f, "slot {slot} of semid {semid}")
            }
            Self::Owner | Self::Child => Ok(()),
        }
    }
}

/// A process in a line of a finding, with as much of its command line as there is room for.
pub(crate) fn called(pid: Pid, command: Option<&Text>) -> String {
    match command {
        Some(command) => format!("process {pid} ({})", short(command, MAX_COMMAND)),
        None => format!("process {pid}"),
    }
}

fn short(command: &Text, room: usize) -> String {
    let command = command.to_string();
    shortened(&command, room).unwrap_or(command)
}

/// In a line of its own, which should be no longer than that.
impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.command {
            Some(command) => write!(f, "{} ({})", self.pid, short(command, MAX_COMMAND_IN_CYCLE)),
            None => write!(f, "{}", self.pid),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(pid: i32, reason: WaitReason) -> Link {
        Link { pid: Pid::new(pid).unwrap(), command: None, reason, is_semlocks: false }
    }

    fn semlocks(pid: i32, reason: WaitReason) -> Link {
        Link { is_semlocks: true, ..link(pid, reason) }
    }

    #[test]
    fn what_semlock_does_for_a_process_is_that_process() {
        let cycle = Deadlock(vec![
            semlocks(10, WaitReason::Owner),
            link(11, WaitReason::Child),
            semlocks(21, WaitReason::Child),
            semlocks(31, WaitReason::Slot(3)),
            semlocks(12, WaitReason::Owner),
            link(13, WaitReason::Child),
            link(14, WaitReason::Child),
            semlocks(24, WaitReason::Child),
            semlocks(34, WaitReason::Slot(5)),
        ]);
        assert_eq!(cycle.summary(), "3 processes wait for each other, and none can continue");
        assert_eq!(
            cycle.lines(),
            [
                "11 has slot 5, waits for slot 3, which 13 has",
                "13 has slot 3, waits for its child, 14",
                "14 waits for slot 5, which 11 has",
            ]
        );
        let works_for = [31, 24, 11].map(|pid| cycle.works_for(Pid::new(pid).unwrap()));
        assert_eq!(works_for, [Pid::new(11), Pid::new(14), None]);
        let alone = Deadlock(vec![
            link(11, WaitReason::Child),
            semlocks(21, WaitReason::Slot(3)),
            semlocks(12, WaitReason::Owner),
        ]);
        assert_eq!(alone.summary(), "a process waits for a lock that it holds itself");
        assert_eq!(alone.lines(), ["11 has slot 3, waits for slot 3, which 11 has"]);
    }

    #[test]
    fn each_process_has_a_line_with_what_it_has_and_what_it_waits_for() {
        let elsewhere = WaitReason::OtherBlock { semid: crate::sysv::Semid::new(7), slot: 2 };
        let cycle = Deadlock(vec![
            link(11, WaitReason::Slot(3)),
            link(12, WaitReason::Owner),
            link(13, WaitReason::Child),
            link(14, elsewhere),
        ]);
        let awaited = [11, 12, 13, 14].map(|pid| cycle.why_awaited(Pid::new(pid).unwrap()));
        assert_eq!(awaited, [elsewhere, WaitReason::Slot(3), WaitReason::Owner, WaitReason::Child]);
        assert_eq!(cycle.summary(), "4 processes wait for each other, and none can continue");
        assert_eq!(
            cycle.lines(),
            [
                "11 has slot 2 of semid 7, waits for slot 3, which 12 has",
                "12 has slot 3, keeps it for 13",
                "13 waits for its child, 14",
                "14 waits for slot 2 of semid 7, which 11 has",
            ]
        );
    }

    #[test]
    fn a_process_that_waits_for_itself_has_a_line_too() {
        let own = Deadlock(vec![link(11, WaitReason::Slot(3))]);
        assert_eq!(own.summary(), "a process waits for a lock that it holds itself");
        assert_eq!(own.lines(), ["11 has slot 3, waits for slot 3, which 11 has"]);
    }
}
