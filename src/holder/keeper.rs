//! What a holder process does.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;

use nix::unistd::{dup2_stderr, dup2_stdin, dup2_stdout};

use super::PROCESS_NAME;
use super::channel::{Channel, Message, Received, pause};
use crate::system::poll::{self, poll};
use crate::system::signals::CaughtSignals;
use crate::system::{self, Handle};
use crate::sysv;

/// A holder before it has the lock.
#[derive(Debug)]
pub(crate) struct Keeper {
    owner: Handle,
    channel: Channel,
    null: File,
}

impl Keeper {
    /// Closes everything that this process inherited but stderr. It now dies with the
    /// process that started it.
    pub(crate) fn new(owner: i32) -> io::Result<Self> {
        system::die_with_parent()?;
        sysv::close_inherited()?;
        // What is opened from here on must not get one of the three standard numbers.
        system::fill_standard_descriptors()?;
        let channel = Channel::inherited()?;
        // That process may have ended before.
        if channel.is_closed()? {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let null = system::null_device()?;
        dup2_stdin(&null)?;
        dup2_stdout(&null)?;
        nix::unistd::setsid()?;
        std::env::set_current_dir("/")?;
        Ok(Self { owner: super::owner(owner)?, channel, null })
    }

    /// No longer dies with the process that started it: for a holder that has to release
    /// its lock itself.
    pub(crate) fn outlive_parent(&self) -> io::Result<()> {
        system::outlive_parent()
    }

    /// Reports the lock, and keeps it until the owner ends or a signal is `caught`. Returns at
    /// once if the starting process does not ask to keep it.
    ///
    /// An error means that the lock was not reported. After the report, no failure ends
    /// this process: the caller may already know the lock as held.
    pub(crate) fn keep(self, caught: Option<&CaughtSignals>) -> io::Result<()> {
        system::set_process_name(PROCESS_NAME)?;
        self.outlive_parent()?;
        let stderr = io::stderr().as_fd().try_clone_to_owned()?;
        dup2_stderr(&self.null)?;
        if let Err(error) = self.channel.send(Message::Locked) {
            dup2_stderr(stderr)?;
            return Err(error);
        }
        drop((stderr, self.null));
        if self.channel.receive_despite_errors(Message::Keep, &self.owner) == Received::Message {
            drop(self.channel);
            wait(&self.owner, caught);
        }
        Ok(())
    }
}

/// Waits until the owner ends or a signal comes, whatever fails.
fn wait(owner: &Handle, caught: Option<&CaughtSignals>) {
    let caught = caught.into_iter().map(poll::readable);
    let mut ends: Vec<_> = std::iter::once(owner.readable()).chain(caught).collect();
    while poll(&mut ends, None).is_err() {
        pause();
    }
}
