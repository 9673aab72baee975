//! The system's log, as syslog(3) writes to it.

use std::io::Write as _;
use std::os::unix::net::UnixDatagram;
use std::process;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{printable, zone};

/// Where a daemon that keeps the log listens.
const SOCKET: &str = "/dev/log";

/// authpriv.notice: the lines may have names that not every user may read.
const PRIORITY: u8 = 10 << 3 | 5;

/// How long a message may be, in bytes: RFC 3164, section 4.1.
const MAX_MESSAGE: usize = 1024;

/// How long to wait for a slow daemon, in all.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// A connection to the log. A message that cannot be written is not an error: it is lost,
/// and counted.
#[derive(Debug)]
pub(crate) struct Syslog {
    socket: UnixDatagram,
    waited: Duration,
    lost: u32,
}

impl Syslog {
    /// None if no daemon listens.
    pub(crate) fn open() -> Option<Self> {
        let socket = UnixDatagram::unbound().ok()?;
        // Otherwise a full queue would block.
        socket.set_nonblocking(true).ok()?;
        socket.connect(SOCKET).ok()?;
        Some(Self { socket, waited: Duration::ZERO, lost: 0 })
    }

    /// Writes a line, escaped, and cut if it is too long.
    pub(crate) fn notice(&mut self, text: &str) {
        let message = message(text, Timestamp::now());
        if !self.send(&message) {
            self.lost += 1;
        }
    }

    /// How many lines were lost.
    pub(crate) fn lost(&self) -> u32 {
        self.lost
    }

    fn send(&mut self, message: &[u8]) -> bool {
        if self.socket.send(message).is_ok() {
            return true;
        }
        let left = MAX_WAIT.saturating_sub(self.waited);
        // Zero is refused: it would mean no limit.
        if self.socket.set_write_timeout(Some(left)).is_err() {
            return false;
        }
        let begun = Instant::now();
        let sent = self.socket.set_nonblocking(false).and_then(|()| self.socket.send(message));
        self.waited += begun.elapsed();
        // If this fails, the other messages use up the rest of the time.
        sent.is_ok() & self.socket.set_nonblocking(true).is_ok()
    }
}

/// `<PRIORITY>TIME semlock[PID]: TEXT`, as the C library formats it.
fn message(text: &str, now: Timestamp) -> Vec<u8> {
    let time = now.to_zoned(zone()).strftime("%b %e %H:%M:%S").to_string();
    let mut message = Vec::with_capacity(MAX_MESSAGE);
    // Writing to a Vec cannot fail.
    let _ = write!(message, "<{PRIORITY}>{time} semlock[{}]: ", process::id());
    let room = MAX_MESSAGE.saturating_sub(message.len());
    message.extend(cut(&printable(text), room).bytes());
    message
}

/// A text of at most `room` bytes, with a mark if it is cut.
fn cut(text: &str, room: usize) -> String {
    const MARK: &str = "...";
    if text.len() <= room {
        return text.into();
    }
    let room = room.saturating_sub(MARK.len());
    let end = (0..=room).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    format!("{}{MARK}", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hostile::assert_harmless;

    #[test]
    fn a_message_has_a_header_is_escaped_and_is_not_too_long() {
        let message = |text: &str| {
            let message = message(text, "2026-11-06T07:08:09Z".parse().unwrap());
            String::from_utf8(message).unwrap()
        };
        let short = message("removed\n<1>x");
        let (time, text) =
            short.strip_prefix("<85>Nov  ").unwrap().split_once(" semlock[").unwrap();
        assert_eq!(time.len(), "6 07:08:09".len());
        assert_eq!(text, format!("{}]: removed\\n<1>x", process::id()));
        let long = message(&"ü".repeat(2000));
        assert!(
            long.len() <= MAX_MESSAGE && long.len() > MAX_MESSAGE - 2 && long.ends_with("ü...")
        );
    }

    #[test]
    fn a_message_has_no_control_character() {
        assert_harmless("a message for the system log", |rng, texts| {
            let words: Vec<_> = (0..rng.usize(1..200)).map(|_| texts.string()).collect();
            String::from_utf8(message(&words.join(" "), Timestamp::UNIX_EPOCH)).unwrap()
        });
    }

    #[test]
    fn a_message_that_nobody_reads_is_counted() {
        let (socket, daemon) = UnixDatagram::pair().unwrap();
        socket.set_nonblocking(true).unwrap();
        let mut log = Syslog { socket, waited: Duration::ZERO, lost: 0 };
        log.notice("read");
        let mut bytes = [0; MAX_MESSAGE];
        let length = daemon.recv(&mut bytes).unwrap();
        assert!(bytes[..length].ends_with(b"]: read"));
        assert_eq!(log.lost(), 0);
        drop(daemon);
        log.notice("lost");
        assert_eq!(log.lost(), 1);
    }

    #[test]
    fn a_daemon_that_reads_nothing_is_waited_for_only_so_long() {
        let (socket, _daemon) = UnixDatagram::pair().unwrap();
        socket.set_nonblocking(true).unwrap();
        while socket.send(b"x").is_ok() {}
        let mut log = Syslog { socket, waited: MAX_WAIT, lost: 0 };
        log.notice("lost");
        log.waited = MAX_WAIT.saturating_sub(Duration::from_millis(1));
        log.notice("lost, too");
        assert_eq!(log.lost(), 2);
        assert!(log.waited >= MAX_WAIT);
    }

    #[test]
    fn a_text_is_cut_where_there_is_no_room() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdef", 5), "ab...");
        assert_eq!(cut("aüb", 4), "aüb");
        assert_eq!(cut("aübc", 4), "a...");
    }
}
