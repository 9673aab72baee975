//! `--ipc-namespace`: working in the IPC namespace of another process.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

use crate::diagnose::Failure;
use crate::sysv::{self, Namespace};

/// Moves this process into the namespace named: a pid, or the path of a file.
pub(super) fn enter(name: &OsStr) -> Result<(), Failure> {
    let pid = name.to_str().and_then(|text| text.parse().ok());
    let entered = match pid {
        Some(pid) => enter_of_process(pid),
        None => Namespace::at(Path::new(name)).and_then(|namespace| namespace.enter()),
    };
    entered.map_err(|error| failed(name, pid, &error))
}

/// A container that an ordinary user has started has a user namespace, too, and
/// that user may enter the one through the other.
fn enter_of_process(pid: i32) -> io::Result<()> {
    let namespace = Namespace::of_process(pid)?;
    match namespace.enter() {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            sysv::join_users_of(pid).map_err(|_| error)?;
            namespace.enter()
        }
        other => other,
    }
}

fn failed(name: &OsStr, pid: Option<i32>, error: &io::Error) -> Failure {
    let failure = Failure::io(&format!("enter the IPC namespace {name:?}"), error);
    match (error.kind(), pid) {
        (io::ErrorKind::NotFound, Some(pid)) => failure.cause(format!("there is no process {pid}")),
        (io::ErrorKind::InvalidInput, _) => failure.cause("that is no IPC namespace"),
        (io::ErrorKind::PermissionDenied, _) => failure.cause(
            "it takes CAP_SYS_ADMIN where that namespace belongs, and access to the process",
        ),
        _ => failure,
    }
}
