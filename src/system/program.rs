//! Runs another program within a limit of time and of output.
//!
//! Nothing here waits for long, whatever the program does, and nothing needs a
//! thread. The caller may ignore SIGCHLD, or have closed its standard descriptors.

use std::fs::File;
use std::io::{self, PipeReader, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::children::ChildStatuses;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;
use rustix::process::{PidfdFlags, pidfd_open};

use super::poll::{poll, readable};

/// What a program wrote to its standard output, and how it ended.
#[derive(Debug)]
pub(super) struct Heard {
    pub said: Vec<u8>,
    pub end: End,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// By itself. None where the kernel does not tell how: the caller ignores
    /// SIGCHLD, wait(2).
    Itself(Option<ExitStatus>),
    /// It was killed, as its time was up.
    Late,
    /// It was killed, as it said more than it may.
    Excess,
}

/// How long a program that was killed gets to be gone. One that hangs in the
/// kernel is left to init.
const REAPING: Duration = Duration::from_millis(100);

/// Runs `command` until `end` and hears at most `most` bytes of it. What is left
/// of it then, its children included, is killed.
///
/// Fails if it cannot be started, or its output not be read.
pub(super) fn hear(mut command: Command, end: Instant, most: usize) -> io::Result<Heard> {
    let _statuses = ChildStatuses::keep();
    fill_standard_descriptors()?;
    let (output, input) = io::pipe()?;
    // In a process group of its own, so that its children can be killed with it.
    command.stdin(Stdio::null()).stdout(input).stderr(Stdio::null()).process_group(0);
    let mut program = Program::of(command.spawn()?);
    // The command has a copy of the end that the program writes to.
    drop(command);
    let mut said = Vec::new();
    let end = match listen(output, &mut said, end, most)? {
        Some(end) => end,
        None if program.ends_before(end) => End::Itself(program.child.wait().ok()),
        None => End::Late,
    };
    Ok(Heard { said, end })
}

/// Reads until the end of the output, which is None, or until a limit is reached.
fn listen(
    mut output: PipeReader,
    said: &mut Vec<u8>,
    end: Instant,
    most: usize,
) -> io::Result<Option<End>> {
    let mut buffer = [0; 4096];
    loop {
        if !is_ready(output.as_fd(), end)? {
            return Ok(Some(End::Late));
        }
        let read = match output.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        match read {
            0 => return Ok(None),
            _ if said.len() + read > most || said.try_reserve(read).is_err() => {
                return Ok(Some(End::Excess));
            }
            _ => said.extend_from_slice(&buffer[..read]),
        }
    }
}

/// Waits until there is something to read, or an end of it; false if there is
/// not before `end`.
fn is_ready(descriptor: BorrowedFd, end: Instant) -> io::Result<bool> {
    let left = end.saturating_duration_since(Instant::now());
    // A program that never stops writing must not be read for ever.
    Ok(poll(&mut [readable(&descriptor)], Some(left))? > 0 && !left.is_zero())
}

/// A program that runs; killed and reaped when dropped.
struct Program {
    child: Child,
    /// Readable when the program has ended; None before Linux 5.3, and where it
    /// had ended already.
    ended: Option<OwnedFd>,
}

impl Program {
    fn of(child: Child) -> Self {
        let pid = rustix::process::Pid::from_child(&child);
        Self { child, ended: pidfd_open(pid, PidfdFlags::empty()).ok() }
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }

    /// Whether the pid is that of the program: it runs, or waits to be reaped.
    fn is_there(&self) -> bool {
        let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        waitid(Id::Pid(self.pid()), look).is_ok()
    }

    fn ends_before(&self, end: Instant) -> bool {
        let ended = self.ended.as_ref().map(|ended| is_ready(ended.as_fd(), end));
        matches!(ended, Some(Ok(true))) || !self.is_there()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if !self.is_there() {
            return;
        }
        let _ = killpg(self.pid(), Signal::SIGKILL);
        if self.ends_before(Instant::now() + REAPING) {
            let _ = self.child.wait();
        }
    }
}

/// /dev/null, to be read and written. The error names it: the path is no user's.
pub(crate) fn null_device() -> io::Result<File> {
    File::options().read(true).write(true).open("/dev/null").map_err(|error| match error.kind() {
        // Not the errno of the caller's own object.
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => {
            io::Error::other(format!("/dev/null: {error}"))
        }
        _ => error,
    })
}

/// Puts /dev/null in the place of standard descriptors that are closed, which a
/// pipe to a child would otherwise get.
pub(crate) fn fill_standard_descriptors() -> io::Result<()> {
    loop {
        let null = null_device()?;
        if null.as_raw_fd() > 2 {
            return Ok(());
        }
        std::mem::forget(null);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    fn shell(script: &str, time: Duration) -> Heard {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        hear(command, Instant::now() + time, 10_000).unwrap()
    }

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn a_program_is_heard_to_its_end() {
        let heard = shell("echo out; echo err >&2; exit 3", LONG);
        assert_eq!(heard.said, b"out\n");
        assert_eq!(heard.end, End::Itself(Some(ExitStatus::from_raw(3 << 8))));
        let heard = shell("echo begun; kill -9 $$", LONG);
        assert_eq!(heard.said, b"begun\n");
        assert_eq!(heard.end, End::Itself(Some(ExitStatus::from_raw(9))));
    }

    #[test]
    fn a_program_that_says_too_much_is_killed() {
        let heard = shell("while :; do echo y; done", LONG);
        assert_eq!(heard.end, End::Excess);
        assert!(heard.said.len() <= 10_000);
    }

    /// Its child, too, or the pipe would have a writer left.
    #[test]
    fn a_program_whose_time_is_up_is_killed_with_its_children() {
        let (mut left, kept) = io::pipe().unwrap();
        let mut command = Command::new("sh");
        // A child inherits what is no standard descriptor only if it is told to.
        let fd = rustix::io::fcntl_dupfd_cloexec(&kept, 100).unwrap();
        rustix::io::fcntl_setfd(&fd, rustix::io::FdFlags::empty()).unwrap();
        command.args(["-c", "sleep 1000 & echo begun; wait"]);
        let heard = hear(command, Instant::now() + Duration::from_millis(300), 100).unwrap();
        drop((kept, fd));
        assert_eq!((heard.said.as_slice(), heard.end), (&b"begun\n"[..], End::Late));
        assert_eq!(left.read(&mut [0]).unwrap(), 0, "everything that had it is gone");
    }

    #[test]
    fn a_program_that_closes_its_output_and_stays_is_killed() {
        let heard = shell("exec >&-; sleep 1000", Duration::from_millis(300));
        assert_eq!(heard.end, End::Late);
    }

    #[test]
    fn a_program_that_is_missing_is_an_error() {
        let missing = Command::new("/no/such/program");
        let error = hear(missing, Instant::now() + LONG, 100).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
