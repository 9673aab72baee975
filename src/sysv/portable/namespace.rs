//! IPC namespaces, which only Linux has.

use std::io;
use std::path::{Path, PathBuf};

use crate::sysv::portable::unknown;

/// No system but Linux has one.
#[derive(Debug)]
pub(crate) enum Namespace {}

impl Namespace {
    /// Whether this system has them.
    pub(crate) const EXIST: bool = false;

    /// Fails.
    pub(crate) fn of_process(_: i32) -> io::Result<Self> {
        Err(none())
    }

    /// Fails.
    pub(crate) fn at(_: &Path) -> io::Result<Self> {
        Err(none())
    }

    /// Cannot be called.
    pub(crate) fn enter(&self) -> io::Result<()> {
        match *self {}
    }
}

/// Fails.
pub(crate) fn join_users_of(_: i32) -> io::Result<()> {
    Err(none())
}

/// The file of a namespace of a process, which only Linux has.
pub(crate) fn namespace_file(pid: i32, kind: &str) -> PathBuf {
    format!("/proc/{pid}/ns/{kind}").into()
}

/// The name of this process's namespace.
pub fn ipc_namespace() -> Option<String> {
    None
}

/// There is only one.
pub(crate) fn use_own_namespace() {}

fn none() -> io::Error {
    unknown("this system has no IPC namespaces")
}
