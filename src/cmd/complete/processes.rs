//! Pids, with command lines.

use super::candidate::Candidate;
use crate::cmd::shared::command_of;
use crate::cmd::status::namespaces;
use crate::system::{self, Pid, Process, Processes};
use crate::sysv::{self, Uid};

/// The processes of this user, or all for root: first those that semlock was started from.
pub(super) fn own() -> Vec<Candidate> {
    let processes = Processes::survey();
    let ancestors: Vec<_> = system::ancestors().map(|process| process.pid).collect();
    let (uid, this) = (Uid::own(), Pid::own());
    let is_own = |process: &&Process| {
        let may_end = uid == Uid::ROOT || process.credentials.uids.contains(&uid);
        may_end && !process.ended && process.pid != this
    };
    let mut found: Vec<_> = processes.all().filter(is_own).map(|process| process.pid).collect();
    let place = |pid: &Pid| ancestors.iter().position(|ancestor| ancestor == pid);
    found.sort_by_key(|pid| place(pid).unwrap_or(usize::MAX));
    found.iter().map(|pid| described(*pid, &processes)).collect()
}

fn described(pid: Pid, processes: &Processes) -> Candidate {
    let command = command_of(pid, Some(processes));
    Candidate::new(pid, command.map(|command| command.to_string()).unwrap_or_default())
}

/// A process of each IPC namespace but this one.
pub(super) fn in_other_namespaces() -> Vec<Candidate> {
    let here = sysv::ipc_namespace();
    let found = namespaces(&Processes::survey()).into_iter();
    let others = found.filter(|(name, ..)| Some(name) != here.as_ref());
    let others = others.map(|(name, pid, command)| {
        let command = command.map(|command| format!(", {command}")).unwrap_or_default();
        Candidate::new(pid, format!("{name}{command}"))
    });
    others.collect()
}
