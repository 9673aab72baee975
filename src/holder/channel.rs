//! The channel between a holder and the process that started it.
//!
//! A pair of sockets rather than pipes: one descriptor at each end serves both
//! directions, and a message to a closed end is an error instead of a SIGPIPE. A
//! message is one byte.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::system::poll::{self, PollFd, poll};
use crate::system::{self, Handle};

/// What the two processes tell each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Message {
    /// From the holder: it has the lock, and nothing is left that could fail.
    Locked = b'g',
    /// To the holder: keep the lock, it is now reported as held.
    Keep = b'k',
}

/// How a wait for a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// The message came.
    Message,
    /// The other end is closed.
    Closed,
    /// The owner has ended.
    OwnerEnded,
}

/// One end of the channel.
#[derive(Debug)]
pub(super) struct Channel(UnixStream);

impl Channel {
    /// Both ends.
    pub(super) fn pair() -> io::Result<(Self, Self)> {
        let (one, other) = UnixStream::pair()?;
        Ok((Self(one), Self(other)))
    }

    /// The end that this process has as its standard input, on a descriptor that is
    /// not one of the standard three.
    pub(super) fn inherited() -> io::Result<Self> {
        Ok(Self(io::stdin().as_fd().try_clone_to_owned()?.into()))
    }

    /// The standard input for the process at the other end.
    pub(super) fn into_descriptor(self) -> OwnedFd {
        self.0.into()
    }

    /// Ready when there is a message, or the other end is closed.
    pub(super) fn readable(&self) -> PollFd<'_> {
        poll::readable(&self.0)
    }

    /// Whether the other end is closed.
    pub(super) fn is_closed(&self) -> io::Result<bool> {
        Ok(poll(&mut [poll::closed(&self.0)], Some(Duration::ZERO))? > 0)
    }

    /// Sends a message. Fails with EPIPE or ECONNRESET if the other end is closed.
    pub(super) fn send(&self, message: Message) -> io::Result<()> {
        (&self.0).write_all(&[message as u8])
    }

    /// Waits for a message, but no longer than the owner lives.
    pub(super) fn receive(&self, message: Message, owner: &Handle) -> io::Result<Received> {
        let mut both = [self.readable(), owner.readable()];
        poll(&mut both, None)?;
        if !poll::is_ready(&both[0]) {
            return Ok(Received::OwnerEnded);
        }
        self.read(message)
    }

    /// The same, whatever fails: a holder that has reported its lock must not end
    /// because of an error.
    pub(super) fn receive_despite_errors(&self, message: Message, owner: &Handle) -> Received {
        loop {
            // Where poll(2) does not work, read(2) waits as well.
            match self.receive(message, owner).or_else(|_| self.read(message)) {
                Ok(received) => return received,
                Err(_) => pause(),
            }
        }
    }

    fn read(&self, message: Message) -> io::Result<Received> {
        let mut byte = [0];
        match (&self.0).read_exact(&mut byte) {
            Ok(()) if byte == [message as u8] => Ok(Received::Message),
            Ok(()) => Ok(Received::Closed),
            Err(error) if is_closed_error(&error) => Ok(Received::Closed),
            Err(error) => Err(error),
        }
    }
}

/// Whether an error means that the other end is closed. It is a reset if a message
/// was still unread there.
pub(super) fn is_closed_error(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionReset | UnexpectedEof)
}

/// Waits before a failed call is tried again: an error that stays must not keep a
/// processor busy.
pub(super) fn pause() {
    system::pause(Duration::from_secs(1));
}
