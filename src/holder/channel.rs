//! The line between a holder and the process that started it.
//!
//! A pair of sockets rather than pipes: one descriptor at each end serves both
//! ways, and a word to nobody is an error instead of a SIGPIPE. A word is one
//! packet, so that it arrives whole or not at all.

use std::io;
use std::os::fd::OwnedFd;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, fcntl_dupfd_cloexec, retry_on_intr};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socketpair,
};

use crate::system::Handle;

/// What the two say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Message {
    /// The holder: it has the lock, and nothing is left that could fail.
    Locked = b'g',
    /// The process that started it: keep the lock, the caller is told that it
    /// is held.
    Keep = b'k',
}

/// What was heard first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// The word.
    Message,
    /// Nothing: the other end is closed.
    Closed,
    /// Nothing: the owner has ended.
    OwnerEnded,
}

/// One end of it.
#[derive(Debug)]
pub(super) struct Channel(OwnedFd);

impl Channel {
    /// Both ends.
    pub(super) fn pair() -> io::Result<(Self, Self)> {
        let flags = SocketFlags::CLOEXEC;
        let (one, other) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)?;
        Ok((Self(one), Self(other)))
    }

    /// The end that a process was started with as its standard input, on a
    /// descriptor that is not one of the standard three.
    pub(super) fn inherited() -> io::Result<Self> {
        Ok(Self(fcntl_dupfd_cloexec(io::stdin(), 3)?))
    }

    /// For a process to be started with as its standard input.
    pub(super) fn into_descriptor(self) -> OwnedFd {
        self.0
    }

    /// For poll(2): readable once there is something to hear.
    pub(super) fn end(&self) -> PollFd<'_> {
        PollFd::new(&self.0, PollFlags::IN)
    }

    /// Whether the other end is closed.
    pub(super) fn is_closed(&self) -> io::Result<bool> {
        let mut end = [PollFd::new(&self.0, PollFlags::empty())];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        Ok(retry_on_intr(|| poll(&mut end, Some(&now)))? > 0)
    }

    /// Says `word`. Fails with EPIPE or ECONNRESET if nobody is there.
    pub(super) fn send(&self, message: Message) -> io::Result<()> {
        let word = [message as u8];
        retry_on_intr(|| send(&self.0, &word, SendFlags::NOSIGNAL))?;
        Ok(())
    }

    /// Waits for `word`, but not longer than the owner lives.
    pub(super) fn receive(&self, message: Message, owner: &Handle) -> io::Result<Received> {
        let mut ends = [self.end(), owner.end()];
        retry_on_intr(|| poll(&mut ends, None))?;
        if ends[0].revents().is_empty() {
            return Ok(Received::OwnerEnded);
        }
        self.receive_next(message)
    }

    /// The same, whatever fails: a holder that has said that it has the lock
    /// may not end because of an error.
    pub(super) fn receive_despite_errors(&self, message: Message, owner: &Handle) -> Received {
        loop {
            // Where poll(2) does not work, recv(2) waits as well.
            match self.receive(message, owner).or_else(|_| self.receive_next(message)) {
                Ok(heard) => return heard,
                Err(_) => pause(),
            }
        }
    }

    fn receive_next(&self, message: Message) -> io::Result<Received> {
        let mut heard = [0];
        match retry_on_intr(|| recv(&self.0, &mut heard, RecvFlags::empty())) {
            Ok((1, _)) if heard == [message as u8] => Ok(Received::Message),
            // Reset: it was closed with a word unread.
            Ok(_) | Err(Errno::CONNRESET) => Ok(Received::Closed),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether nobody was there to be told.
pub(super) fn is_closed_error(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}

/// Lets time pass before a call that failed for no reason of its own is made
/// again: an error that stays must not keep a processor busy.
pub(super) fn pause() {
    thread::sleep(Duration::from_secs(1));
}
