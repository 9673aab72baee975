//! Runs another program with a limit on its time and its output.
//!
//! Nothing here waits for long, whatever the program does, or needs a thread. It works even
//! if the caller ignores SIGCHLD or has closed its standard descriptors.

use std::fs::File;
use std::io::{self, PipeReader, Read};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::children::ChildStatuses;
use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::poll::{PollFd, poll, readable};
use super::{pause, platform};

/// What a program wrote to its standard output, and how it ended.
#[derive(Debug)]
pub(super) struct Output {
    pub stdout: Vec<u8>,
    pub end: End,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// By itself. None if the kernel does not tell how, because SIGCHLD is ignored: wait(2).
    Itself(Option<ExitStatus>),
    /// It was killed because its time was up.
    Late,
    /// It was killed because it wrote too much.
    Excess,
}

/// The time between two looks at a program that is about to end.
const INTERVAL: Duration = Duration::from_millis(1);

/// How long to wait for the end of a program that was killed. One that hangs in the kernel
/// is left to init.
const REAPING: Duration = Duration::from_millis(100);

/// Runs `command` until `end`, and reads at most `max` bytes of its output. Then kills it
/// and its children if they still run.
///
/// Fails if it cannot be started, or its output cannot be read.
pub(super) fn run(mut command: Command, end: Instant, max: usize) -> io::Result<Output> {
    let _statuses = ChildStatuses::keep();
    fill_standard_descriptors()?;
    let (output, input) = io::pipe()?;
    // Its own process group, so that its children can be killed with it.
    command.stdin(Stdio::null()).stdout(input).stderr(Stdio::null()).process_group(0);
    let mut program = Program(command.spawn()?);
    // The command has a copy of the end that the program writes to.
    drop(command);
    let mut stdout = Vec::new();
    let end = match read(output, &mut stdout, end, max)? {
        Some(end) => end,
        None if program.ends_before(end) => End::Itself(program.0.wait().ok()),
        None => End::Late,
    };
    Ok(Output { stdout, end })
}

/// Reads until the output ends, or until a limit is reached: then returns which one.
fn read(
    mut output: PipeReader,
    stdout: &mut Vec<u8>,
    end: Instant,
    max: usize,
) -> io::Result<Option<End>> {
    let mut buffer = [0; 4096];
    loop {
        if !is_ready(readable(&output), end)? {
            return Ok(Some(End::Late));
        }
        let read = match output.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        match read {
            0 => return Ok(None),
            _ if stdout.len() + read > max || stdout.try_reserve(read).is_err() => {
                return Ok(Some(End::Excess));
            }
            _ => stdout.extend_from_slice(&buffer[..read]),
        }
    }
}

/// Waits until there is something to read, or the other end is closed. False if that takes
/// until `end`.
fn is_ready(descriptor: PollFd, end: Instant) -> io::Result<bool> {
    let left = end.saturating_duration_since(Instant::now());
    // Otherwise a program that never stops writing would be read for ever.
    Ok(poll(&mut [descriptor], Some(left))? > 0 && !left.is_zero())
}

/// A running program, which is killed and reaped when this is dropped.
struct Program(Child);

impl Program {
    fn pid(&self) -> Pid {
        Pid::from_raw(self.0.id().cast_signed())
    }

    /// Whether the pid still belongs to the program, which runs or is a zombie.
    fn is_there(&self) -> bool {
        platform::is_child(self.pid())
    }

    /// Waits for its end, which usually has come. An error means that it is no longer there.
    fn ends_before(&mut self, end: Instant) -> bool {
        loop {
            match self.0.try_wait() {
                Ok(None) if Instant::now() >= end => return false,
                Ok(None) => pause(INTERVAL),
                Ok(Some(_)) | Err(_) => return true,
            }
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if !self.is_there() {
            return;
        }
        let _ = killpg(self.pid(), Signal::SIGKILL);
        self.ends_before(Instant::now() + REAPING);
    }
}

/// /dev/null, for reading and writing. The error names the path, as no user has chosen it.
pub(crate) fn null_device() -> io::Result<File> {
    File::options().read(true).write(true).open("/dev/null").map_err(|error| match error.kind() {
        // The errno alone would seem to be about the user's own object.
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => {
            let errno = Errno::from_raw(error.raw_os_error().unwrap_or(0));
            io::Error::other(format!("/dev/null: {} ({errno:?})", errno.desc()))
        }
        _ => error,
    })
}

/// Opens /dev/null for the standard descriptors that are closed. Otherwise a pipe to a
/// child would get one of them.
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
    use std::io::Write;
    use std::os::unix::net::UnixStream;
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    fn shell(script: &str, time: Duration) -> Output {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        run(command, Instant::now() + time, 10_000).unwrap()
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_program_is_read_until_it_ends() {
        let output = shell("echo out; echo err >&2; exit 3", LONG);
        assert_eq!(output.stdout, b"out\n");
        assert_eq!(output.end, End::Itself(Some(ExitStatus::from_raw(3 << 8))));
        let output = shell("echo begun; kill -9 $$", LONG);
        assert_eq!(output.stdout, b"begun\n");
        assert_eq!(output.end, End::Itself(Some(ExitStatus::from_raw(9))));
    }

    #[test]
    fn a_program_that_writes_too_much_is_killed() {
        let output = shell("while :; do echo y; done", LONG);
        assert_eq!(output.end, End::Excess);
        assert!(output.stdout.len() <= 10_000);
    }

    #[test]
    fn a_program_may_write_as_much_as_is_allowed_and_no_byte_more() {
        let output = shell("printf %10000d 0", LONG);
        assert_eq!(output.end, End::Itself(Some(ExitStatus::from_raw(0))));
        assert_eq!(output.stdout.len(), 10_000);
        assert_eq!(shell("printf %10001d 0", LONG).end, End::Excess);
        let mut command = Command::new("echo");
        command.arg("twelve bytes");
        assert_eq!(run(command, Instant::now() + LONG, 5).unwrap().end, End::Excess);
    }

    /// The pipe tells whether the child has ended: it is one of the writers.
    #[test]
    fn a_program_whose_time_is_up_is_killed_with_its_children() {
        let (mut left, kept) = io::pipe().unwrap();
        let mut command = Command::new("sh");
        // Without close-on-exec, so that the child inherits it.
        let fd = rustix::io::fcntl_dupfd_cloexec(&kept, 100).unwrap();
        rustix::io::fcntl_setfd(&fd, rustix::io::FdFlags::empty()).unwrap();
        command.args(["-c", "sleep 1000 & echo begun; wait"]);
        let output = run(command, Instant::now() + Duration::from_millis(300), 100).unwrap();
        drop((kept, fd));
        assert_eq!((output.stdout.as_slice(), output.end), (&b"begun\n"[..], End::Late));
        assert_eq!(left.read(&mut [0]).unwrap(), 0, "every process that had it has ended");
    }

    #[test]
    fn a_program_that_closes_its_output_and_stays_is_killed() {
        let output = shell("exec >&-; sleep 1000", Duration::from_millis(300));
        assert_eq!(output.end, End::Late);
    }

    #[test]
    fn a_program_that_is_missing_is_an_error() {
        let missing = Command::new("/no/such/program");
        let error = run(missing, Instant::now() + LONG, 100).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    /// Another process may have the pid of a program that has ended.
    #[test]
    fn a_program_that_has_ended_is_not_killed_nor_what_it_left_behind() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        // Without close-on-exec, so that the child inherits it.
        let fd = rustix::io::fcntl_dupfd_cloexec(&theirs, 200).unwrap();
        rustix::io::fcntl_setfd(&fd, rustix::io::FdFlags::empty()).unwrap();
        let cat =
            "open I, '<&=', $ARGV[0]; open O, '>&=', $ARGV[0]; sysread I, $x, 1; syswrite O, $x";
        let script =
            format!("perl -e '{}' {} >&- & echo left", cat.replace('\'', "\""), fd.as_raw_fd());
        assert_eq!(shell(&script, LONG).stdout, b"left\n");
        drop((theirs, fd));
        ours.set_read_timeout(Some(LONG)).unwrap();
        (&ours).write_all(b"x").unwrap();
        let mut answer = [0];
        (&ours).read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"x", "it still lives");
    }
}
