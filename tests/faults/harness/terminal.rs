//! A terminal on which a command may ask.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::pty::{OpenptyResult, openpty};
use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};

pub struct Terminal {
    pub master: OwnedFd,
    slave: OwnedFd,
}

impl Terminal {
    /// One that does not show what is typed.
    pub fn open() -> Self {
        let OpenptyResult { master, slave } = openpty(None, None).unwrap();
        for end in [&master, &slave] {
            fcntl(end, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).unwrap();
        }
        let mut modes = tcgetattr(&slave).unwrap();
        modes.local_flags.remove(LocalFlags::ECHO);
        tcsetattr(&slave, SetArg::TCSANOW, &modes).unwrap();
        Self { master, slave }
    }

    pub fn slave(&self) -> OwnedFd {
        self.slave.try_clone().unwrap()
    }

    /// What has been printed on it. No process must have it any more.
    pub fn output(self) -> String {
        drop(self.slave);
        let mut bytes = Vec::new();
        // Ends with EIO.
        let _ = File::from(self.master).read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
