//! Pids, with command lines.

use super::candidate::Candidate;
use crate::cmd::shared::namespaces;
use crate::system::{self, Pid, Process, Processes};
use crate::sysv::{self, Uid};

/// The processes of this user, or all for root: first those that semlock was started from.
pub(super) fn own() -> Vec<Candidate> {
    let processes = Processes::survey();
    let (uid, this) = (Uid::own(), Pid::own());
    let is_own = |process: &&Process| {
        let is_of_user = uid == Uid::ROOT || process.credentials.uids.contains(&uid);
        is_of_user && !process.ended && process.pid != this
    };
    let ancestors: Vec<_> = system::ancestors().map(|process| process.pid).collect();
    let nearest = ancestors.iter().filter_map(|pid| processes.get(*pid));
    let others = processes.all().filter(|process| !ancestors.contains(&process.pid));
    nearest.chain(others).filter(is_own).map(described).collect()
}

fn described(process: &Process) -> Candidate {
    let command = process.command().clone().ok();
    Candidate::new(&process.pid, &command.as_ref().unwrap_or(&process.name))
}

/// A process of each IPC namespace but this one.
pub(super) fn in_other_namespaces() -> Vec<Candidate> {
    let here = sysv::ipc_namespace();
    let found = namespaces(&Processes::survey()).into_iter();
    let others = found.filter(|(name, ..)| Some(name) != here.as_ref());
    let others = others.map(|(name, pid, command)| {
        let command = command.map(|command| format!(", {command}")).unwrap_or_default();
        Candidate::new(&pid, &format!("{name}{command}"))
    });
    others.collect()
}
