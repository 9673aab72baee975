//! `--ipc-namespace`: works in the IPC namespace of another process.

use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;

use crate::failure::{self, Failure};
use crate::sysv::{self, Namespace};

/// Moves this process into the namespace of a pid, or of a file.
pub(crate) fn enter(name: &OsStr) -> Result<(), Failure> {
    let pid =
        name.to_str().filter(|text| !text.starts_with('+')).and_then(|text| text.parse().ok());
    let file = pid.map_or_else(|| name.into(), |pid| of_process(pid, "ipc"));
    let before = sysv::ipc_namespace();
    let entered = match pid {
        Some(pid) => enter_of_process(pid),
        None => Namespace::at(&file).and_then(|namespace| namespace.enter()).map(|()| None),
    };
    let users = entered.map_err(|error| failed(name, pid, &error))?;
    if sysv::ipc_namespace() != before {
        failure::set_namespace(name, &file, users.as_deref());
    }
    Ok(())
}

/// A container that an ordinary user started has a user namespace, too. That user may
/// enter the IPC namespace through it: then its file is returned.
fn enter_of_process(pid: i32) -> io::Result<Option<PathBuf>> {
    let namespace = Namespace::of_process(pid)?;
    match namespace.enter() {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            sysv::join_users_of(pid).map_err(|_| error)?;
            namespace.enter().map(|()| Some(of_process(pid, "user")))
        }
        other => other.map(|()| None),
    }
}

fn of_process(pid: i32, kind: &str) -> PathBuf {
    sysv::namespace_file(pid, kind)
}

fn failed(name: &OsStr, pid: Option<i32>, error: &io::Error) -> Failure {
    let failure = Failure::io(&format!("enter the IPC namespace {name:?}"), error);
    match (error.kind(), pid) {
        (io::ErrorKind::NotFound, Some(pid)) => failure.cause(format!("there is no process {pid}")),
        (io::ErrorKind::InvalidInput, _) => failure.cause("that is not an IPC namespace"),
        (io::ErrorKind::PermissionDenied, _) => failure.cause(
            "this needs CAP_SYS_ADMIN in the user namespace that owns it, and access to the process",
        ),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use nix::errno::Errno;

    use super::*;

    #[test]
    fn why_a_namespace_cannot_be_entered_is_told() {
        let told = |errno: Errno, pid| {
            let error = io::Error::from_raw_os_error(errno as i32);
            failed(OsStr::new("x"), pid, &error).to_string()
        };
        let first = "cannot enter the IPC namespace \"x\": ";
        for (errno, pid, cause) in [
            (Errno::ENOENT, Some(7), Some("there is no process 7")),
            (Errno::ENOENT, None, None),
            (Errno::EINVAL, None, Some("that is not an IPC namespace")),
            (
                Errno::EPERM,
                Some(7),
                Some(
                    "this needs CAP_SYS_ADMIN in the user namespace that owns it, and access to the process",
                ),
            ),
            (Errno::EIO, Some(7), None),
        ] {
            let text = told(errno, pid);
            assert!(text.starts_with(first), "{text}");
            let found = text.split_once("\n  cause: ").map(|(_, cause)| cause);
            assert_eq!(found, cause, "{errno:?}");
        }
    }
}
