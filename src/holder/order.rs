//! What a holder is told to do, as the words of its command line.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use crate::session::{Block, Mode, Slot};
use crate::system::{self, Entry, Pid};
use crate::sysv::Wait;

/// Hold these locks of that block for this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    /// The process that the lock is kept for.
    pub owner: i32,
    /// The inode number of the IPC namespace that it is in.
    pub namespace: String,
    /// The block.
    pub semid: i32,
    /// Read or write.
    pub mode: Mode,
    /// Whether the writer flags are raised before the readers have left.
    pub drain: bool,
    /// How long to wait: not at all, at most so long, or for ever (None).
    pub wait: Option<Duration>,
    /// Whether errors are told as JSON.
    pub json: bool,
    /// Which slots.
    pub which: Which,
}

/// Slots as the user names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Which {
    /// Every slot.
    pub all: bool,
    /// Those of these sessions.
    pub sessions: Vec<OsString>,
    /// And those with these numbers.
    pub slots: Vec<u16>,
}

impl Order {
    /// `hold --for=PID --id=SEMID --namespace=INODE ...`: what follows the program's name.
    pub(crate) fn words(&self) -> Vec<OsString> {
        let mut words: Vec<OsString> = vec!["hold".into(), format!("--for={}", self.owner).into()];
        words.push(format!("--id={}", self.semid).into());
        words.push(format!("--namespace={}", self.namespace).into());
        let flags = [
            ("--shared", self.mode == Mode::Read),
            ("--drain", self.drain),
            ("--format=json", self.json),
            ("--all", self.which.all),
        ];
        words.extend(flags.iter().filter(|(_, set)| *set).map(|(flag, _)| flag.into()));
        words.extend(self.wait.map(|time| format!("--wait={}", time.as_secs_f64()).into()));
        words.extend(self.which.slots.iter().map(|slot| format!("--slot={slot}").into()));
        words.extend(
            self.which
                .sessions
                .iter()
                .map(|session| [OsStr::new("--session="), session].into_iter().collect()),
        );
        words
    }

    /// What the command line of a process says; None if it is no holder's.
    pub(crate) fn of(pid: Pid) -> Entry<Option<Self>> {
        system::command_line(pid).map(|words| Self::parse(&words))
    }

    /// Reads the command line of a process; None if it is no holder's.
    pub(crate) fn parse(words: &[OsString]) -> Option<Self> {
        let mut order = Self {
            owner: 0,
            namespace: String::new(),
            semid: -1,
            mode: Mode::Write,
            drain: false,
            wait: None,
            json: false,
            which: Which::default(),
        };
        let [program, hold, options @ ..] = words else {
            return None;
        };
        if program != "semlock" || hold != "hold" {
            return None;
        }
        for word in options {
            order.take(word)?;
        }
        (order.owner > 0 && order.semid >= 0).then_some(order)
    }

    fn take(&mut self, word: &OsStr) -> Option<()> {
        let bytes = word.as_bytes();
        let equals = bytes.iter().position(|&byte| byte == b'=').unwrap_or(bytes.len());
        let value = OsStr::from_bytes(bytes.get(equals + 1..).unwrap_or_default());
        match &bytes[..equals] {
            b"--for" => self.owner = number(value)?,
            b"--namespace" => self.namespace = value.to_str()?.into(),
            b"--id" => self.semid = number(value)?,
            b"--shared" => self.mode = Mode::Read,
            b"--drain" => self.drain = true,
            b"--format" => self.json = value == "json",
            b"--all" => self.which.all = true,
            b"--wait" => self.wait = Some(Duration::try_from_secs_f64(number(value)?).ok()?),
            b"--slot" => self.which.slots.push(number(value)?),
            b"--session" => self.which.sessions.push(value.into()),
            _ => return None,
        }
        Some(())
    }

    /// The slots of `block` that it is about; ids without a slot have none.
    pub(crate) fn slots(&self, block: Block) -> Vec<Slot> {
        if self.which.all {
            return block.all_slots().collect();
        }
        let sessions =
            self.which.sessions.iter().filter_map(|session| block.slot_of(session.as_bytes()).ok());
        sessions.chain(self.which.slots.iter().map(|&slot| Slot::new(slot))).collect()
    }

    /// Whether a slot of `block` is among them.
    pub(crate) fn has(&self, block: Block, slot: Slot) -> bool {
        self.which.all
            || self.which.slots.contains(&slot.index())
            || !self.sessions(block, slot).is_empty()
    }

    /// The sessions of it that fall on a slot of `block`.
    pub(crate) fn sessions(&self, block: Block, slot: Slot) -> Vec<Vec<u8>> {
        let sessions = self.which.sessions.iter().map(|session| session.as_bytes());
        let here = sessions.filter(|session| block.slot_of(session).is_ok_and(|on| on == slot));
        here.map(Into::into).collect()
    }

    /// How long to wait from now on.
    pub(crate) fn wait(&self) -> Wait {
        self.wait.map_or(Wait::Forever, Wait::at_most)
    }
}

fn number<T: std::str::FromStr>(value: &OsStr) -> Option<T> {
    value.to_str()?.parse().ok()
}
