//! User and group names, both ways.
//!
//! Names come from getent(1), which asks whatever this machine's nsswitch.conf
//! says: files, LDAP, sssd and so on. The C library's own look-ups would not
//! do: semlock is linked statically so that it starts fast, and a static C
//! library cannot load those modules. Only subcommands that show or take names
//! pay for it.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::process::{Command, Stdio};

/// The names of some users and groups.
#[derive(Clone, Debug, Default)]
pub struct Names {
    users: HashMap<u32, String>,
    groups: HashMap<u32, String>,
}

impl Names {
    /// Looks up the names of these user and group ids. An id without a name, or
    /// a machine without getent, is no error.
    pub fn of(uids: &[u32], gids: &[u32]) -> Self {
        std::thread::scope(|scope| {
            let groups = scope.spawn(|| names("group", gids));
            let users = names("passwd", uids);
            Self { users, groups: groups.join().unwrap_or_default() }
        })
    }

    /// The name of a user, if there is one.
    pub fn user(&self, uid: u32) -> Option<String> {
        self.users.get(&uid).cloned()
    }

    /// The name of a group, if there is one.
    pub fn group(&self, gid: u32) -> Option<String> {
        self.groups.get(&gid).cloned()
    }
}

/// Who is to own a set; what is None stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// The user id.
    pub uid: Option<u32>,
    /// The group id.
    pub gid: Option<u32>,
}

/// A name that cannot be turned into an id.
#[derive(Debug)]
pub enum UnknownAccount {
    /// The database has no such entry.
    NoEntry {
        /// `passwd` or `group`.
        database: &'static str,
        /// The name asked for.
        name: String,
    },
    /// getent could not be run.
    NoGetent(io::Error),
}

impl fmt::Display for UnknownAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEntry { database: "group", name } => write!(f, "there is no group {name:?}"),
            Self::NoEntry { name, .. } => write!(f, "there is no user {name:?}"),
            Self::NoGetent(error) => {
                write!(f, "names are looked up with getent, which cannot be run: {error}")
            }
        }
    }
}

impl std::error::Error for UnknownAccount {}

/// `USER`, `USER:GROUP` or `:GROUP`, by name or number, as chown(1) takes it.
pub fn owner(text: &str) -> Result<Owner, UnknownAccount> {
    let (user, group) =
        text.split_once(':').map_or((text, None), |(user, group)| (user, Some(group)));
    let uid = if user.is_empty() && group.is_some() { None } else { Some(id("passwd", user)?) };
    let gid = group.map(|group| id("group", group)).transpose()?;
    Ok(Owner { uid, gid })
}

fn id(database: &'static str, name: &str) -> Result<u32, UnknownAccount> {
    if let Ok(id) = name.parse() {
        return Ok(id);
    }
    let entries = getent(database, &[name]).map_err(UnknownAccount::NoGetent)?;
    let entry = entries.into_iter().find(|entry| entry.name == name);
    entry
        .map(|entry| entry.id)
        .ok_or_else(|| UnknownAccount::NoEntry { database, name: name.into() })
}

fn names(database: &str, ids: &[u32]) -> HashMap<u32, String> {
    let keys: Vec<_> = ids.iter().map(u32::to_string).collect();
    let entries = getent(database, &keys).unwrap_or_default();
    entries.into_iter().map(|entry| (entry.id, entry.name)).collect()
}

struct Entry {
    name: String,
    id: u32,
}

/// Entries of `passwd` or `group`, whose lines are `name:password:id:...`.
/// getent prints those that it finds and ends with 2 where some are missing.
fn getent<K: AsRef<str>>(database: &str, keys: &[K]) -> io::Result<Vec<Entry>> {
    super::fill_standard_descriptors()?;
    let mut command = Command::new("getent");
    command.arg("--").arg(database).args(keys.iter().map(AsRef::as_ref));
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).lines().filter_map(entry).collect())
}

fn entry(line: &str) -> Option<Entry> {
    let mut fields = line.split(':');
    Some(Entry { name: fields.next()?.into(), id: fields.nth(1)?.parse().ok()? })
}
