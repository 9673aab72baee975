//! IPC namespaces, each with sets and limits of its own: ipc_namespaces(7).

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::sched::{CloneFlags, setns, unshare};

/// The file of a namespace of a process: namespaces(7).
pub(crate) fn namespace_file(pid: i32, kind: &str) -> PathBuf {
    format!("/proc/{pid}/ns/{kind}").into()
}

/// An IPC namespace that can be entered.
#[derive(Debug)]
pub(crate) struct Namespace(File);

impl Namespace {
    /// Whether this system has them.
    pub(crate) const EXIST: bool = true;

    /// The namespace of a process.
    pub(crate) fn of_process(pid: i32) -> io::Result<Self> {
        Self::at(&namespace_file(pid, "ipc"))
    }

    /// The namespace that a file stands for: namespaces(7), "The /proc/pid/ns/ directory".
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        // Without it, opening a FIFO by mistake would wait.
        File::options().read(true).custom_flags(libc::O_NONBLOCK).open(path).map(Self)
    }

    /// Moves this thread into it: setns(2). Fails with EPERM without `CAP_SYS_ADMIN`, with
    /// EINVAL if it is not an IPC namespace.
    pub(crate) fn enter(&self) -> io::Result<()> {
        if self.is_entered() {
            return Ok(());
        }
        Ok(setns(&self.0, CloneFlags::CLONE_NEWIPC)?)
    }

    /// Whether this thread is in it. A namespace is known by its device and inode
    /// numbers: namespaces(7), "The /proc/pid/ns/ directory".
    fn is_entered(&self) -> bool {
        let name = |file: Metadata| (file.dev(), file.ino());
        let here = fs::metadata("/proc/thread-self/ns/ipc").map(name);
        here.is_ok_and(|here| self.0.metadata().is_ok_and(|file| name(file) == here))
    }
}

/// Moves this process into the user namespace of another one, where it then has every
/// capability: user_namespaces(7). It cannot come back.
pub(crate) fn join_users_of(pid: i32) -> io::Result<()> {
    let users = File::open(namespace_file(pid, "user"))?;
    Ok(setns(users, CloneFlags::CLONE_NEWUSER)?)
}

/// Moves this thread to an IPC namespace of its own, which ends with it. If that is not
/// allowed, it stays in the common one.
pub(crate) fn use_own_namespace() {
    let _ = unshare(CloneFlags::CLONE_NEWIPC)
        .or_else(|_| unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWIPC));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_gets_a_namespace_of_its_own_which_others_are_not_in() {
        let link = || fs::read_link("/proc/thread-self/ns/ipc").unwrap();
        let common = link();
        let own = std::thread::spawn(move || {
            use_own_namespace();
            link()
        });
        assert_ne!(own.join().unwrap(), common);
        assert_eq!(link(), common);
    }
}
