//! The command line of a holder process.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::str::FromStr;
use std::time::Duration;

use crate::session::{Block, Mode, Slot};
use crate::system::{self, Entry, Pid};
use crate::sysv::{Semid, Wait};

/// Which locks to take, in which mode, and how long to wait for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LockSpec {
    /// The block.
    pub semid: Semid,
    pub mode: Mode,
    /// Whether the writer flags are raised before the readers have left.
    pub drain: bool,
    /// How long to wait at most; None is for ever.
    pub wait: Option<Duration>,
    /// Whether errors are reported as JSON.
    pub json: bool,
    pub slots: NamedSlots,
}

/// Slots as the user names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NamedSlots {
    /// Every slot.
    pub all: bool,
    /// The slots of these sessions.
    pub sessions: Vec<OsString>,
    /// The slots with these numbers.
    pub slots: Vec<u16>,
}

/// A holder's command line: take these locks, and keep them for this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HolderArgs {
    /// The pid of the process that the lock is kept for, as the holder knows it: the
    /// holder may be in another pid namespace than the reader of its command line.
    pub owner: i32,
    /// The inode number of the holder's IPC namespace.
    pub namespace: String,
    pub lock: LockSpec,
}

impl HolderArgs {
    /// `hold --for=PID --id=SEMID --namespace=INODE ...`: what follows the program's name.
    pub(crate) fn words(&self) -> Vec<OsString> {
        let LockSpec { semid, mode, drain, wait, json, slots } = &self.lock;
        let mut words: Vec<OsString> = vec!["hold".into(), format!("--for={}", self.owner).into()];
        words.push(format!("--id={semid}").into());
        words.push(format!("--namespace={}", self.namespace).into());
        let flags = [
            ("--shared", *mode == Mode::Read),
            ("--drain", *drain),
            ("--format=json", *json),
            ("--all", slots.all),
        ];
        words.extend(flags.iter().filter(|(_, set)| *set).map(|(flag, _)| flag.into()));
        words.extend(wait.map(|time| format!("--wait={}", time.as_secs_f64()).into()));
        words.extend(slots.slots.iter().map(|slot| format!("--slot={slot}").into()));
        let session = |id: &OsString| [OsStr::new("--session="), id].into_iter().collect();
        words.extend(slots.sessions.iter().map(session));
        words
    }

    /// The command line of a process; None if the process is no holder.
    pub(crate) fn of(pid: Pid) -> Entry<Option<Self>> {
        system::command_line(pid).map(|words| Self::parse(&words))
    }

    /// Parses a command line, the program's name included; None if it is not one that
    /// semlock itself writes.
    pub(crate) fn parse(words: &[OsString]) -> Option<Self> {
        let [program, hold, options @ ..] = words else { return None };
        if program != "semlock" || hold != "hold" {
            return None;
        }
        let options = Options(options.iter().map(|word| name_and_value(word)).collect());
        let owner = number(options.last(b"--for")?).filter(|&pid| pid > 0)?;
        let namespace = options.last(b"--namespace").unwrap_or_default().to_str()?.into();
        let args = Self { owner, namespace, lock: LockSpec::parse(&options)? };
        (args.words() == words[1..]).then_some(args)
    }
}

/// The names and values of the options of a holder, in the order in which they were given.
struct Options<'a>(Vec<(&'a [u8], &'a OsStr)>);

impl<'a> Options<'a> {
    fn each(&self, wanted: &'static [u8]) -> impl DoubleEndedIterator<Item = &'a OsStr> {
        self.0.iter().filter(move |(name, _)| *name == wanted).map(|&(_, value)| value)
    }

    fn last(&self, wanted: &'static [u8]) -> Option<&'a OsStr> {
        self.each(wanted).next_back()
    }

    fn has(&self, wanted: &'static [u8]) -> bool {
        self.last(wanted).is_some()
    }
}

fn name_and_value(word: &OsStr) -> (&[u8], &OsStr) {
    let bytes = word.as_bytes();
    let equals = bytes.iter().position(|&byte| byte == b'=').unwrap_or(bytes.len());
    (&bytes[..equals], OsStr::from_bytes(bytes.get(equals + 1..).unwrap_or_default()))
}

fn number<T: FromStr>(value: &OsStr) -> Option<T> {
    value.to_str()?.parse().ok()
}

impl LockSpec {
    fn parse(options: &Options) -> Option<Self> {
        let seconds = |value| Duration::try_from_secs_f64(number(value)?).ok();
        let wait = match options.last(b"--wait") {
            Some(value) => Some(seconds(value)?),
            None => None,
        };
        Some(Self {
            semid: number(options.last(b"--id")?).filter(|&semid| semid >= 0).map(Semid::new)?,
            mode: if options.has(b"--shared") { Mode::Read } else { Mode::Write },
            drain: options.has(b"--drain"),
            wait,
            json: options.last(b"--format").is_some_and(|format| format == "json"),
            slots: NamedSlots {
                all: options.has(b"--all"),
                sessions: options.each(b"--session").map(Into::into).collect(),
                slots: options.each(b"--slot").map(number).collect::<Option<_>>()?,
            },
        })
    }

    /// The slots of `block`. A session id that has no slot is left out.
    pub(crate) fn slots(&self, block: Block) -> Vec<Slot> {
        if self.slots.all {
            return block.all_slots().collect();
        }
        let ids = self.slots.sessions.iter().map(|id| id.as_bytes());
        let of_sessions = ids.filter_map(|id| block.slot_of(id).ok());
        of_sessions.chain(self.slots.slots.iter().map(|&slot| Slot::new(slot))).collect()
    }

    /// Whether `slot` is among its slots in `block`.
    pub(crate) fn has(&self, block: Block, slot: Slot) -> bool {
        self.slots.all
            || self.slots.slots.contains(&slot.index())
            || !self.sessions(block, slot).is_empty()
    }

    /// The named sessions whose slot in `block` is `slot`.
    pub(crate) fn sessions(&self, block: Block, slot: Slot) -> Vec<Vec<u8>> {
        let ids = self.slots.sessions.iter().map(|id| id.as_bytes());
        let here = ids.filter(|id| block.slot_of(id).is_ok_and(|on| on == slot));
        here.map(Into::into).collect()
    }

    /// How long to wait from now on.
    pub(crate) fn wait(&self) -> Wait {
        self.wait.map_or(Wait::Forever, Wait::at_most)
    }
}

#[cfg(all(any(test, fuzzing), family = "linux"))]
#[path = "../fuzz/holder_args.rs"]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> HolderArgs {
        let slots = NamedSlots {
            all: false,
            sessions: vec!["a=b".into(), "".into(), OsStr::from_bytes(b"\xff").into()],
            slots: vec![3, 7],
        };
        let lock = LockSpec {
            semid: Semid::new(0),
            mode: Mode::Read,
            drain: true,
            wait: Some(Duration::from_millis(1500)),
            json: true,
            slots,
        };
        HolderArgs { owner: 12, namespace: "4026531839".into(), lock }
    }

    fn parse(words: &[&str]) -> Option<HolderArgs> {
        let words: Vec<_> = words.iter().map(OsString::from).collect();
        HolderArgs::parse(&words)
    }

    #[test]
    fn a_command_line_is_read_as_it_was_written() {
        let all = NamedSlots { all: true, ..NamedSlots::default() };
        let plain = LockSpec {
            mode: Mode::Write,
            drain: false,
            wait: None,
            json: false,
            slots: all,
            ..args().lock
        };
        for args in [args(), HolderArgs { lock: plain, ..args() }] {
            let words = [vec!["semlock".into()], args.words()].concat();
            assert_eq!(HolderArgs::parse(&words), Some(args));
        }
    }

    #[test]
    fn a_command_line_that_is_not_a_holders_is_refused() {
        assert!(parse(&["semlock", "hold", "--for=1", "--id=0", "--namespace="]).is_some());
        for words in [
            &["semlock"][..],
            &["semlock", "lock", "--for=1", "--id=0", "--namespace="],
            &["sh", "hold", "--for=1", "--id=0", "--namespace="],
            &["semlock", "hold", "--for=1", "--namespace="],
            &["semlock", "hold", "--id=0", "--namespace="],
            &["semlock", "hold", "--for=1", "--id=0"],
            &["semlock", "hold", "--for=0", "--id=0", "--namespace="],
            &["semlock", "hold", "--for=+1", "--id=0", "--namespace="],
            &["semlock", "hold", "--for=1", "--id=-1", "--namespace="],
            &["semlock", "hold", "--for=1", "--id=0", "--namespace=", "--other"],
            &["semlock", "hold", "--for=1", "--id=0", "--namespace=", "--shared=x"],
            &["semlock", "hold", "--for=1", "--id=0", "--namespace=", "--slot=x"],
            &["semlock", "hold", "--for=1", "--id=0", "--namespace=", "--wait=-1"],
        ] {
            assert_eq!(parse(words), None, "{words:?}");
        }
    }

    #[test]
    #[cfg(family = "linux")]
    fn slots_are_named_by_their_number_by_a_session_or_all_together() {
        crate::sysv::own_table::enter();
        let block = Block::create(crate::session::DEFAULT_KEY, 6, 0o700).unwrap();
        let spec = |all, sessions: &[&str], slots: &[u16]| LockSpec {
            slots: NamedSlots {
                all,
                sessions: sessions.iter().map(Into::into).collect(),
                slots: slots.to_vec(),
            },
            ..args().lock
        };
        let has = |spec: &LockSpec| [0, 1, 2].map(|slot| spec.has(block, Slot::new(slot)));
        let slots = |spec: &LockSpec| -> Vec<_> {
            spec.slots(block).into_iter().map(Slot::index).collect()
        };
        // By the module's hash, "c" has slot 0 of 3, "d" slot 1, and "" none.
        for (spec, expected) in [
            (spec(true, &[], &[]), vec![0, 1, 2]),
            (spec(false, &[], &[2]), vec![2]),
            (spec(false, &["c"], &[]), vec![0]),
            (spec(false, &["", "d"], &[2]), vec![1, 2]),
        ] {
            assert_eq!(slots(&spec), expected);
            assert_eq!(has(&spec), [0, 1, 2].map(|slot| expected.contains(&slot)), "{spec:?}");
        }
        let sessions = spec(false, &["c", "d", "", "f"], &[0]).sessions(block, Slot::new(0));
        assert_eq!(sessions, [b"c", b"f"]);
    }
}
