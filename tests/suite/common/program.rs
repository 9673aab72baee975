//! Programs that tests run: to their end, or in conversation.

use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::holders::notice_holders;
use super::offered::offers_only_commands_that_semlock_accepts;
use super::{PATIENCE, schema, system_call, until};

/// A program that has ended.
pub struct Finished {
    said: String,
    output: Output,
}

impl Finished {
    pub fn of(mut command: Command) -> Self {
        let said = format!("{command:?}");
        let output = command.output().unwrap_or_else(|error| panic!("{said}: {error}"));
        notice_holders();
        let finished = Self { said, output };
        offers_only_commands_that_semlock_accepts(&finished);
        finished.has_only_valid_documents();
        finished
    }

    /// The same where the test has given standard output a place of its own.
    pub fn of_stderr(mut command: Command) -> Self {
        let said = format!("{command:?}");
        let child = command.stderr(Stdio::piped()).spawn();
        let output = child.and_then(Child::wait_with_output);
        let output = output.unwrap_or_else(|error| panic!("{said}: {error}"));
        let finished = Self { said, output };
        finished.has_only_valid_documents();
        finished
    }

    #[track_caller]
    fn has_only_valid_documents(&self) {
        schema::assert_all_valid(&self.stdout());
        schema::assert_all_valid(&self.stderr());
    }

    /// Fails the test, showing all there is, unless it exited with `status`.
    #[track_caller]
    pub fn exits(&self, status: i32) -> &Self {
        assert!(self.output.status.code() == Some(status), "expected status {status} of {self}");
        self
    }

    /// Fails the test unless it was killed by `signal`.
    #[track_caller]
    pub fn is_killed_by(&self, signal: i32) -> &Self {
        assert!(self.output.status.signal() == Some(signal), "expected signal {signal} of {self}");
        self
    }

    #[track_caller]
    pub fn prints(&self, stdout: &str) -> &Self {
        assert!(self.stdout() == stdout, "expected stdout {stdout:?} of {self}");
        self
    }

    #[track_caller]
    pub fn contains(&self, part: &str) -> &Self {
        assert!(self.stdout().contains(part), "expected stdout with {part:?} of {self}");
        self
    }

    #[track_caller]
    pub fn complains(&self, stderr: &str) -> &Self {
        assert!(self.stderr().contains(stderr), "expected stderr with {stderr:?} of {self}");
        self
    }

    /// Fails the test unless this is all of stderr.
    #[track_caller]
    pub fn is_said(&self, stderr: &str) -> &Self {
        assert!(self.stderr() == stderr, "expected stderr {stderr:?} of {self}");
        self
    }

    #[track_caller]
    pub fn is_silent(&self) -> &Self {
        assert!(
            self.output.stdout.is_empty() && self.output.stderr.is_empty(),
            "expected no output of {self}"
        );
        self
    }

    /// Its answer says that something of this kind is wrong, and nothing failed.
    #[track_caller]
    pub fn finds(&self, kind: &str) -> &Self {
        let is_said = self.stdout().lines().any(|line| line.starts_with(&format!("{kind}: ")));
        assert!(is_said && self.output.stderr.is_empty(), "expected the finding {kind} of {self}");
        self
    }

    /// The status that it exited with, unless a signal ended it.
    pub fn status(&self) -> Option<i32> {
        self.output.status.code()
    }

    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// Standard output, which must be one JSON document of semlock.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        let document = serde_json::from_str(&self.stdout())
            .unwrap_or_else(|error| panic!("no JSON, {error}: {self}"));
        schema::assert_valid(&document);
        document
    }
}

impl fmt::Display for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}\n{}\nstdout: {}\nstderr: {}",
            self.said,
            self.output.status,
            self.stdout(),
            self.stderr()
        )
    }
}

/// A program that runs and is talked to; killed and reaped when dropped.
pub struct Running {
    pub child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Running {
    pub fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdin, stdout }
    }

    pub fn pid(&self) -> i32 {
        self.child.id().try_into().unwrap()
    }

    /// The pid of its only child, waited for.
    #[track_caller]
    pub fn child_pid(&self) -> String {
        let list = format!("/proc/{0}/task/{0}/children", self.pid());
        let children = || fs::read_to_string(&list).unwrap_or_default().trim().to_owned();
        until("it has a child", || !children().is_empty());
        children()
    }

    /// Fails if it says nothing for a minute.
    #[track_caller]
    fn speaks(&self) {
        let mut stdout = [PollFd::new(self.stdout.get_ref().as_fd(), PollFlags::POLLIN)];
        let timeout = PollTimeout::try_from(PATIENCE).unwrap();
        let ready = !self.stdout.buffer().is_empty() || poll(&mut stdout, timeout).unwrap() > 0;
        assert!(ready, "it said nothing for a minute");
    }

    /// Whether it has said something that is not read yet, or has ended.
    pub fn has_spoken(&self) -> bool {
        let mut stdout = [PollFd::new(self.stdout.get_ref().as_fd(), PollFlags::POLLIN)];
        !self.stdout.buffer().is_empty() || poll(&mut stdout, PollTimeout::ZERO).unwrap() > 0
    }

    /// Whether it is blocked in semop(2) or semtimedop(2).
    pub fn waits_for_a_semaphore(&self) -> bool {
        system_call::is_semop(self.pid())
    }

    /// Whether it is blocked in write(2): what reads from it is slower.
    pub fn waits_for_its_reader(&self) -> bool {
        system_call::is_write(self.pid())
    }

    /// The next line of its standard output, waited for; empty at the end.
    #[track_caller]
    pub fn line(&mut self) -> String {
        self.speaks();
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        schema::assert_all_valid(&line);
        line.trim_end().into()
    }

    /// The next bytes of its standard output, waited for.
    pub fn bytes(&mut self, number: usize) -> Vec<u8> {
        let mut bytes = vec![0; number];
        self.stdout.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// Says a line to its standard input.
    pub fn tell(&mut self, line: &str) {
        writeln!(self.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Reads on until `part` has been seen; fails at the end of the output.
    #[track_caller]
    pub fn reads(&mut self, part: &str) -> String {
        let mut seen = Vec::new();
        while !String::from_utf8_lossy(&seen).contains(part) {
            self.speaks();
            let mut byte = [0];
            let read = self.stdout.read(&mut byte).unwrap();
            assert!(read == 1, "ended before {part:?}: {:?}", String::from_utf8_lossy(&seen));
            seen.push(byte[0]);
        }
        String::from_utf8_lossy(&seen).into_owned()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.pid()), signal).unwrap();
    }

    /// Says a line, and waits for the answer.
    pub fn ask(&mut self, line: &str) -> String {
        self.tell(line);
        self.line()
    }

    /// Closes its standard input.
    pub fn close(&mut self) {
        drop(self.stdin.take());
    }

    /// Closes its standard input and waits for its end.
    pub fn finish(mut self) -> i32 {
        drop(self.stdin.take());
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        let status = self.child.wait().unwrap();
        status.code().unwrap_or_else(|| 128 + status.signal().unwrap())
    }

    /// Closes its standard input and returns what it says until it ends, which
    /// must be without an error.
    #[track_caller]
    pub fn hear_the_rest(mut self) -> String {
        drop(self.stdin.take());
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        assert!(self.child.wait().unwrap().success());
        schema::assert_all_valid(&rest);
        rest
    }

    /// Ends it by SIGKILL and waits for its end.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
