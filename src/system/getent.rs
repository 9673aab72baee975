//! Asks getent(1) for users and groups.
//!
//! getent(1) looks in every place that this machine's nsswitch.conf names: LDAP, sssd and
//! so on. semlock cannot do that itself: it is linked statically to start fast, and a
//! static C library cannot load the modules.

use std::fmt;
use std::io;
use std::process::{Command, ExitStatus};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::program::{self, End, Output};

/// A database of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Database {
    Passwd,
    Group,
}

impl Database {
    /// Its name in getent(1) and nsswitch.conf(5), and the name of its file in /etc.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Passwd => "passwd",
            Self::Group => "group",
        }
    }

    /// What users call an entry.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Passwd => "user",
            Self::Group => "group",
        }
    }
}

/// An entry of either database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub name: Vec<u8>,
    pub id: u32,
}

impl Account {
    /// Parses a line of passwd(5) or group(5), `name:password:id:...`. None if the line is
    /// not an entry, or is `+name` or `-name` for the `compat` service.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let mut fields = line.splitn(4, |&byte| byte == b':');
        let (name, _, id, _) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        let is_name = !name.is_empty() && !b"#+-".contains(&name[0]);
        let id = std::str::from_utf8(id).ok()?.parse().ok()?;
        is_name.then(|| Self { name: name.into(), id })
    }
}

/// The answer of getent(1).
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// The entries that it found, even if it did not finish.
    pub accounts: Vec<Account>,
    /// Why existing entries may be missing here.
    pub error: Option<GetentError>,
}

/// Why getent(1) gave no complete answer.
#[derive(Debug)]
pub(crate) enum GetentError {
    /// It cannot be run.
    NotRun(io::Error),
    /// It took too long.
    Late,
    /// Its output was too long.
    Excess,
    /// It failed.
    Failed(ExitStatus),
    /// Its exit status means that it found every entry, but some are missing.
    Garbled,
}

impl fmt::Display for GetentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRun(error) => write!(f, "getent, which looks it up, cannot be run: {error}"),
            Self::Late => {
                write!(
                    f,
                    "getent, which looks it up, gave no answer within {} s",
                    MAX_TIME.as_secs()
                )
            }
            Self::Excess => write!(f, "getent, which looks it up, does not stop answering"),
            Self::Garbled => write!(f, "getent, which looks it up, answered something else"),
            Self::Failed(status) => write!(f, "getent, which looks it up, failed: {status}"),
        }
    }
}

/// How long all runs of getent may take within [`PERIOD`]. So a directory service that
/// hangs is not asked again for each name in a message.
const MAX_TIME: Duration = Duration::from_secs(2);
const PERIOD: Duration = Duration::from_secs(60);

/// How many keys are passed to one run, and how many bytes it may answer.
const MAX_KEYS: usize = 1000;
const MAX_OUTPUT: usize = 1 << 20;

/// Asks for the entries with these names or ids. Without keys, asks nothing: getent(1)
/// would list every entry.
pub(super) fn ask(database: Database, keys: &[String]) -> Answer {
    let mut answer = Answer::default();
    for keys in keys.chunks(MAX_KEYS) {
        let (mut accounts, error) = within_time(|end| ask_once(database, keys, end));
        answer.accounts.append(&mut accounts);
        if error.is_some() {
            answer.error = error;
            break;
        }
    }
    answer
}

fn ask_once(
    database: Database,
    keys: &[String],
    end: Instant,
) -> (Vec<Account>, Option<GetentError>) {
    let mut command = Command::new("getent");
    command.args(["--", database.name()]).args(keys);
    match program::run(command, end, MAX_OUTPUT) {
        Ok(Output { stdout, end }) => {
            let accounts = accounts(&stdout);
            let error = error(end, || keys.iter().all(|key| is_among(key, &accounts)));
            (accounts, error)
        }
        Err(error) => (Vec::new(), Some(GetentError::NotRun(error))),
    }
}

/// The entries in the output. A line without an end was cut off.
fn accounts(stdout: &[u8]) -> Vec<Account> {
    let lines = stdout.split_inclusive(|&byte| byte == b'\n');
    lines.filter_map(|line| line.strip_suffix(b"\n")).filter_map(Account::parse).collect()
}

fn is_among(key: &str, accounts: &[Account]) -> bool {
    let id = key.parse().ok();
    accounts.iter().any(|account| account.name == key.as_bytes() || Some(account.id) == id)
}

/// getent(1) exits with 2 if entries are missing, and with 0 if it found all.
fn error(end: End, has_all: impl Fn() -> bool) -> Option<GetentError> {
    match end {
        End::Itself(Some(status)) => match status.code() {
            Some(2) => None,
            Some(0) => (!has_all()).then_some(GetentError::Garbled),
            _ => Some(GetentError::Failed(status)),
        },
        End::Itself(None) => None,
        End::Late => Some(GetentError::Late),
        End::Excess => Some(GetentError::Excess),
    }
}

/// The start of the current period, and how much time was spent in it.
static SPENT: Mutex<Option<(Instant, Duration)>> = Mutex::new(None);

/// Calls `ask` with the moment at which its time is up, unless no time is left.
fn within_time(
    ask: impl FnOnce(Instant) -> (Vec<Account>, Option<GetentError>),
) -> (Vec<Account>, Option<GetentError>) {
    let mut spent = SPENT.lock().unwrap_or_else(PoisonError::into_inner);
    let begin = Instant::now();
    let (since, before) = of_this_period(*spent, begin);
    let left = MAX_TIME.saturating_sub(before);
    if left.is_zero() {
        return (Vec::new(), Some(GetentError::Late));
    }
    let answer = ask(begin + left);
    *spent = Some((since, before + begin.elapsed()));
    answer
}

/// When the period began that `now` is in, and the time spent since then.
fn of_this_period(spent: Option<(Instant, Duration)>, now: Instant) -> (Instant, Duration) {
    spent.filter(|(since, _)| now.duration_since(*since) < PERIOD).unwrap_or((now, Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn lines_that_are_not_entries_are_skipped() {
        let stdout =
            b"root:x:0:0::/root:/bin/sh\n\ngarbage\n#c:x:1:\n+nis:x:2:\nbig:x:4294967296:\n:x:3:\n\
            no:x:y:\nends:x:5\ngr\xfcn a\x1b:x:6:\n+::::::\nlast:x:7:";
        let found = accounts(stdout);
        let expected = [(&b"root"[..], 0), (b"gr\xfcn a\x1b", 6)];
        let expected = expected.map(|(name, id)| Account { name: name.into(), id });
        assert_eq!(found, expected);
    }

    #[test]
    fn nothing_is_asked_without_a_key() {
        let answer = ask(Database::Group, &[]);
        assert!(answer.accounts.is_empty() && answer.error.is_none());
    }

    fn status(code: i32) -> End {
        End::Itself(Some(ExitStatus::from_raw(code << 8)))
    }

    #[test]
    fn an_answer_is_believed_as_far_as_getent_says_how_it_ended() {
        let ended = |end, has_all| error(end, || has_all).map(|error| error.to_string());
        let getent = "getent, which looks it up, ";
        for (name, end, has_all, expected) in [
            ("all found", status(0), true, None),
            ("some not found", status(2), false, None),
            ("unknown, because SIGCHLD is ignored", End::Itself(None), false, None),
            ("found, but not in the output", status(0), false, Some("answered something else")),
            ("another status", status(1), true, Some("failed: exit status: 1")),
            ("too late", End::Late, true, Some("gave no answer within 2 s")),
            ("too much", End::Excess, true, Some("does not stop answering")),
        ] {
            let expected = expected.map(|why| getent.to_owned() + why);
            assert_eq!(ended(end, has_all), expected, "{name}");
        }
        let missing = GetentError::NotRun(io::ErrorKind::NotFound.into()).to_string();
        assert_eq!(missing, getent.to_owned() + "cannot be run: entity not found");
    }

    #[test]
    fn a_key_is_a_name_or_a_number() {
        let accounts = accounts(b"www:x:33::\n44:x:45:\n");
        for (key, expected) in [("www", true), ("33", true), ("44", true), ("45", true)] {
            assert_eq!(is_among(key, &accounts), expected, "{key}");
        }
        assert!(!is_among("ww", &accounts) && !is_among("34", &accounts));
    }

    #[test]
    fn the_system_s_getent_knows_root_by_name_and_number() {
        for (database, noun) in [(Database::Passwd, "user"), (Database::Group, "group")] {
            assert_eq!(database.noun(), noun);
            let answer = ask(database, &["root".into(), "0".into()]);
            assert!(answer.error.is_none(), "{:?}", answer.error);
            let root = Account { name: b"root".into(), id: 0 };
            assert_eq!(answer.accounts, [root.clone(), root]);
        }
        let none = ask(Database::Passwd, &["no-such-user".into()]);
        assert!(none.accounts.is_empty() && none.error.is_none());
    }

    #[test]
    fn the_time_that_was_spent_is_forgotten_after_a_period() {
        let (begun, second) = (Instant::now(), Duration::from_secs(1));
        let spent = Some((begun, second));
        let at = |age| of_this_period(spent, begun + age);
        assert_eq!(at(second), (begun, second));
        for age in [PERIOD, PERIOD + second] {
            assert_eq!(at(age), (begun + age, Duration::ZERO));
        }
        assert_eq!(of_this_period(None, begun), (begun, Duration::ZERO));
    }
}
