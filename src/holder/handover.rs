//! The start of a holder, as the process sees it that starts one.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};

use super::HolderArgs;
use super::channel::{Channel, Message, Received, is_closed_error};
use crate::system::children::ChildStatuses;
use crate::system::poll::PollFd;
use crate::system::signals::BlockedSignals;
use crate::system::{self, Handle};

/// What became of a holder.
#[derive(Debug)]
pub(crate) enum Started {
    /// It has the lock, and keeps it until its owner ends.
    Holding,
    /// It ended without the lock, with this exit status, and has said why; None
    /// if it was killed.
    Ended(Option<i32>),
    /// The owner has ended in the meantime.
    OwnerGone,
}

/// A holder that does not keep the lock yet: it is ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Starting {
    holder: Unconfirmed,
    channel: Channel,
    owner: Handle,
    _statuses: ChildStatuses,
}

/// Starts the holder that `args` describes, for `owner`. Its stderr is this
/// process's until it has the lock.
pub(crate) fn start(args: &HolderArgs, owner: Handle) -> io::Result<Starting> {
    let statuses = ChildStatuses::keep();
    system::fill_standard_descriptors()?;
    let (channel, theirs) = Channel::pair()?;
    let holder = Unconfirmed(Some(spawn(args, theirs)?));
    Ok(Starting { holder, channel, owner, _statuses: statuses })
}

impl Starting {
    /// One of these is ready when [`finish`](Self::finish) does not have to wait.
    pub(crate) fn pollable(&self) -> [PollFd<'_>; 2] {
        [self.channel.readable(), self.owner.readable()]
    }

    /// Waits until the holder has the lock, and tells it to keep it. In all cases but
    /// [`Started::Holding`], errors included, no holder is left.
    pub(crate) fn finish(self) -> io::Result<Started> {
        let Self { holder, channel, owner, _statuses } = self;
        match channel.receive(Message::Locked, &owner)? {
            Received::Message => confirm(holder, &channel, &owner),
            Received::Closed => holder.ended(&owner),
            Received::OwnerEnded => Ok(Started::OwnerGone),
        }
    }
}

fn spawn(args: &HolderArgs, channel: Channel) -> io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .arg0("semlock")
        .args(args.words())
        .stdin(channel.into_descriptor())
        .spawn()
}

/// Tells the holder to keep the lock. A signal that comes from now on finds
/// either nothing done, or all of it.
fn confirm(mut holder: Unconfirmed, channel: &Channel, owner: &Handle) -> io::Result<Started> {
    let blocked = BlockedSignals::all()?;
    // An owner that is alive has kept its pid, by which the holder has found it.
    if owner.has_ended()? {
        return Ok(Started::OwnerGone);
    }
    match channel.send(Message::Keep) {
        Err(error) if is_closed_error(&error) => return holder.ended(owner),
        said => said?,
    }
    if let Some(status) = holder.try_wait()? {
        return Ok(Started::Ended(status.code()));
    }
    holder.keeps();
    // The caller is told that the lock is held, and nothing else any more.
    std::mem::forget(blocked);
    Ok(Started::Holding)
}

/// A process that was not told to keep its lock: it is ended when this is dropped.
#[derive(Debug)]
struct Unconfirmed(Option<Child>);

impl Unconfirmed {
    fn child(&mut self) -> io::Result<&mut Child> {
        self.0.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child()?.try_wait()
    }

    /// What became of it, as it has closed its end of the line.
    fn ended(mut self, owner: &Handle) -> io::Result<Started> {
        let status = self.child()?.wait()?;
        // It ends with its owner, without an error.
        Ok(if status.success() && owner.has_ended()? {
            Started::OwnerGone
        } else {
            Started::Ended(status.code())
        })
    }

    fn keeps(&mut self) {
        self.0 = None;
    }
}

impl Drop for Unconfirmed {
    fn drop(&mut self) {
        // Without the wait, the lock could outlast this process for a moment.
        if let Some(holder) = &mut self.0
            && holder.kill().is_ok()
        {
            let _ = holder.wait();
        }
    }
}
