//! The start of a holder, in the process that starts it.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};

use super::HolderArgs;
use super::channel::{Channel, Message, Received, is_closed_error};
use crate::system::children::ChildStatuses;
use crate::system::poll::PollFd;
use crate::system::signals::BlockedSignals;
use crate::system::{self, Handle};

/// How the start of a holder ended.
#[derive(Debug)]
pub(crate) enum Started {
    /// It has the lock, and keeps it until its owner ends.
    Holding,
    /// It ended without the lock, and has printed why. The exit status; None if it was
    /// killed.
    Ended(Option<i32>),
    /// The owner has ended.
    OwnerGone,
}

/// A holder that does not keep the lock yet. It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Starting {
    holder: Unconfirmed,
    channel: Channel,
    owner: Handle,
    _statuses: ChildStatuses,
}

/// Starts a holder for `owner`. Until it has the lock, it shares this process's stderr.
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

    /// Waits until the holder has the lock, and tells it to keep it. No holder is left
    /// unless this returns [`Started::Holding`].
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
    Command::new(system::own_program()?)
        .arg0("semlock")
        .args(args.words())
        .stdin(channel.into_descriptor())
        .spawn()
}

/// Tells the holder to keep the lock. Signals are blocked, so that either nothing is done
/// or everything.
fn confirm(mut holder: Unconfirmed, channel: &Channel, owner: &Handle) -> io::Result<Started> {
    let blocked = BlockedSignals::all()?;
    // The holder has found the owner by its pid, which is its own while it lives.
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
    // From now on, nothing but success may be reported to the caller.
    std::mem::forget(blocked);
    Ok(Started::Holding)
}

/// A holder that was not told to keep its lock. It is killed when this is dropped.
#[derive(Debug)]
struct Unconfirmed(Option<Child>);

impl Unconfirmed {
    fn child(&mut self) -> io::Result<&mut Child> {
        self.0.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child()?.try_wait()
    }

    /// How it ended: it has closed its end of the channel.
    fn ended(mut self, owner: &Handle) -> io::Result<Started> {
        let status = self.child()?.wait()?;
        // It ends with status 0 when its owner ends.
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
