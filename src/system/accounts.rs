//! User and group names, both ways.
//!
//! /etc/passwd and /etc/group are read if nsswitch.conf(5) has them first. getent(1) is
//! run only for what they do not have, and only if there are other sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::ControlFlow;
use std::path::Path;

use super::Text;
use super::getent::{self, Account, Answer, Database, GetentError};
use super::nsswitch::{self, Sources};
use crate::sysv::{Gid, Uid};

/// The names of some users and groups.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccountNames {
    users: BTreeMap<u32, Text>,
    groups: BTreeMap<u32, Text>,
}

impl AccountNames {
    /// Looks up the names of these user and group ids. It is not an error if an id has no
    /// name, or if its name is not found in time.
    pub(crate) fn of(uids: &[Uid], gids: &[Gid]) -> Self {
        let machine = this_machine();
        Self {
            users: machine.names(Database::Passwd, uids.iter().map(|uid| uid.raw())),
            groups: machine.names(Database::Group, gids.iter().map(|gid| gid.raw())),
        }
    }

    /// The name of a user, if there is one.
    pub(crate) fn user(&self, uid: Uid) -> Option<&Text> {
        self.users.get(&uid.raw())
    }

    /// The name of a group, if there is one.
    pub(crate) fn group(&self, gid: Gid) -> Option<&Text> {
        self.groups.get(&gid.raw())
    }
}

/// The new owner of a set. None leaves the user or the group as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Owner {
    /// The user id.
    pub uid: Option<Uid>,
    /// The group id.
    pub gid: Option<Gid>,
}

/// Why a name or a number cannot be used as an account.
#[derive(Debug)]
pub(crate) enum UnknownAccount {
    /// No account has this name.
    NoEntry {
        /// `user` or `group`.
        kind: &'static str,
        /// The name asked for.
        name: String,
    },
    /// No account can have this number.
    NoId {
        /// `user` or `group`.
        kind: &'static str,
        /// The number.
        number: String,
    },
    /// An account may have this name, but getent(1) did not answer.
    NotAnswered {
        /// `user` or `group`.
        kind: &'static str,
        /// The name asked for.
        name: String,
        /// Why there was no answer.
        error: GetentError,
    },
    /// An account may have this name, but the file cannot be read.
    Unreadable {
        /// `user` or `group`.
        kind: &'static str,
        /// The name asked for.
        name: String,
        /// The file below /etc.
        file: &'static str,
        /// Why it cannot be read.
        error: io::Error,
    },
}

impl UnknownAccount {
    /// Whether the account certainly does not exist, so that naming it was a mistake.
    pub(crate) fn is_mistake(&self) -> bool {
        matches!(self, Self::NoEntry { .. } | Self::NoId { .. })
    }
}

impl fmt::Display for UnknownAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEntry { kind, name } => write!(f, "there is no {kind} {name:?}"),
            Self::NoId { kind, number } => {
                write!(f, "{number} is not a {kind} id: {kind} ids are 0 to {}", u32::MAX - 1)
            }
            Self::NotAnswered { kind, name, error } => write!(
                f,
                "it is not known whether there is a {kind} {name:?}: {error}; use the number instead"
            ),
            Self::Unreadable { kind, name, file, error } => write!(
                f,
                "it is not known whether there is a {kind} {name:?}: /etc/{file} cannot be read: {error}; use the number instead"
            ),
        }
    }
}

impl std::error::Error for UnknownAccount {}

/// Parses `USER`, `USER:GROUP` or `:GROUP`, each a name or a number, as chown(1) does.
/// Digits alone are always a number.
pub(crate) fn parse_owner(text: &str) -> Result<Owner, UnknownAccount> {
    let machine = this_machine();
    let (user, group) =
        text.split_once(':').map_or((text, None), |(user, group)| (user, Some(group)));
    let user = Some(user).filter(|user| !user.is_empty() || group.is_none());
    Ok(Owner {
        uid: user.map(|user| machine.id(Database::Passwd, user).map(Uid::new)).transpose()?,
        gid: group.map(|group| machine.id(Database::Group, group).map(Gid::new)).transpose()?,
    })
}

/// The users in /etc/passwd, with their ids. Other sources may have too many to list.
pub(crate) fn users_in_file() -> Vec<(Text, u32)> {
    in_file(Database::Passwd)
}

/// The groups in /etc/group, with their ids.
pub(crate) fn groups_in_file() -> Vec<(Text, u32)> {
    in_file(Database::Group)
}

/// The accounts in a file, as far as it can be read.
fn in_file(database: Database) -> Vec<(Text, u32)> {
    let mut accounts = Vec::new();
    let _ = this_machine().each_in_file(database, &mut |account| {
        accounts.push((Text::new(account.name), account.id));
        ControlFlow::Continue(())
    });
    accounts
}

/// Where accounts are looked up.
struct Machine<'a, F> {
    root: &'a Path,
    ask: F,
}

fn this_machine() -> Machine<'static, impl Fn(Database, &[String]) -> Answer> {
    Machine { root: Path::new("/"), ask: getent::ask }
}

impl<F: Fn(Database, &[String]) -> Answer> Machine<'_, F> {
    fn names(&self, database: Database, ids: impl Iterator<Item = u32>) -> BTreeMap<u32, Text> {
        let mut names = Wanted { ids: ids.collect(), names: BTreeMap::new() };
        if names.ids.is_empty() {
            return names.names;
        }
        let sources = nsswitch::sources(self.root, database);
        if sources != Sources::Others {
            // If the file cannot be read, the ids are shown without names.
            let _ = self.each_in_file(database, &mut |account| names.take(account));
        }
        if sources != Sources::Files && !names.ids.is_empty() {
            let keys: Vec<_> = names.ids.iter().map(u32::to_string).collect();
            let accounts = (self.ask)(database, &keys).accounts;
            let _ = accounts.into_iter().try_for_each(|account| names.take(account));
        }
        names.names
    }

    fn id(&self, database: Database, name: &str) -> Result<u32, UnknownAccount> {
        let kind = database.noun();
        if is_number(name) {
            let id = name.parse().ok().filter(|&id| id != u32::MAX);
            return id.ok_or_else(|| UnknownAccount::NoId { kind, number: name.into() });
        }
        let id = if is_possible_name(name) { self.id_of_name(database, name)? } else { None };
        id.ok_or_else(|| UnknownAccount::NoEntry { kind, name: name.into() })
    }

    fn id_of_name(&self, database: Database, name: &str) -> Result<Option<u32>, UnknownAccount> {
        let (kind, file) = (database.noun(), database.name());
        let sources = nsswitch::sources(self.root, database);
        let in_file = match sources {
            Sources::Others => Ok(None),
            Sources::Files | Sources::FilesFirst => self.id_in_file(database, name),
        };
        if matches!(in_file, Ok(None) | Err(_)) && sources != Sources::Files {
            let answer = (self.ask)(database, &[name.into()]);
            let mut accounts = answer.accounts.into_iter();
            let account = accounts.find(|account| account.name == name.as_bytes());
            match (account, answer.error) {
                (Some(account), _) => return Ok(Some(account.id)),
                (None, Some(error)) => {
                    return Err(UnknownAccount::NotAnswered { kind, name: name.into(), error });
                }
                (None, None) => {}
            }
        }
        in_file.map_err(|error| UnknownAccount::Unreadable { kind, name: name.into(), file, error })
    }

    fn id_in_file(&self, database: Database, name: &str) -> io::Result<Option<u32>> {
        let mut id = None;
        self.each_in_file(database, &mut |account| {
            if account.name != name.as_bytes() {
                return ControlFlow::Continue(());
            }
            id = Some(account.id);
            ControlFlow::Break(())
        })?;
        Ok(id)
    }

    /// Passes on the entries of /etc/passwd or /etc/group, in order. A missing file has none.
    fn each_in_file(
        &self,
        database: Database,
        take: &mut impl FnMut(Account) -> ControlFlow<()>,
    ) -> io::Result<()> {
        let file = match File::open(self.root.join("etc").join(database.name())) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            file => file?,
        };
        let mut file = BufReader::new(file);
        let mut line = Vec::new();
        while read_line(&mut file, &mut line)? {
            if let Some(account) = Account::parse(line.trim_ascii_start())
                && take(account).is_break()
            {
                break;
            }
        }
        Ok(())
    }
}

/// Ids that still lack a name, and the names found. The first entry with an id counts.
struct Wanted {
    ids: BTreeSet<u32>,
    names: BTreeMap<u32, Text>,
}

impl Wanted {
    /// Breaks when every id has a name.
    fn take(&mut self, account: Account) -> ControlFlow<()> {
        if self.ids.remove(&account.id) {
            self.names.insert(account.id, Text::new(account.name));
        }
        if self.ids.is_empty() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Only the beginning of a line matters: a group may have any number of members.
const MAX_LINE: u64 = 4096;

/// Reads the next line, up to [`MAX_LINE`] bytes of it. False at the end of the file.
fn read_line(file: &mut BufReader<File>, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    file.by_ref().take(MAX_LINE).read_until(b'\n', line)?;
    if line.last().is_some_and(|&last| last != b'\n') {
        file.skip_until(b'\n')?;
    }
    Ok(!line.is_empty())
}

/// Whether the text is meant as a number, even one that no account can have.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether an account can have this name.
fn is_possible_name(name: &str) -> bool {
    let fits = u64::try_from(name.len()).is_ok_and(|length| length < MAX_LINE);
    fits && !name.is_empty() && !name.contains([':', '\n'])
}

#[cfg(all(any(test, fuzzing), family = "linux"))]
#[path = "../fuzz/accounts.rs"]
mod fuzz;
#[cfg(test)]
mod tests;
