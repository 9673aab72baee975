//! The IPC namespaces of this machine, as far as processes show them.

use std::collections::BTreeMap;

use crate::system::{Pid, Process, Processes, Text};

/// The name that the kernel gives an IPC namespace: namespaces(7).
pub(crate) fn namespace_name(inode: u64) -> String {
    format!("ipc:[{inode}]")
}

/// The IPC namespaces that processes are seen in, each with the first of them.
pub(crate) fn namespaces(processes: &Processes) -> Vec<(String, Pid, Option<Text>)> {
    let mut found = BTreeMap::new();
    for process in processes.all().filter(|process| !process.ended) {
        for &inode in process.namespaces.as_ref().ok().into_iter().flatten() {
            found.entry(inode).or_insert(process);
        }
    }
    let report = |(inode, process): (u64, &Process)| {
        (namespace_name(inode), process.pid, process.command().clone().ok())
    };
    found.into_iter().map(report).collect()
}
