//! Which of all the sets: what `--owner`, `--idle` and their like pick.

use anyhow::Result;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

use crate::cli::Many;
use crate::diagnose::{Failure, reasons};
use crate::exit::Exit;
use crate::system::accounts;
use crate::sysv::{self, Key, Row};

/// What a set must be like; what is None does not matter.
#[derive(Debug, Default)]
pub(super) struct Selection {
    pub owner: Option<u32>,
    pub creator: Option<u32>,
    pub untouched_since: Option<Timestamp>,
    pub nsems: Option<u32>,
    pub private: bool,
    pub key: Option<Key>,
    pub semid: Option<i32>,
}

impl Selection {
    pub fn of(many: &Many) -> Result<Self> {
        Ok(Self {
            owner: user("--owner", many.owner.as_deref())?,
            creator: user("--creator", many.creator.as_deref())?,
            untouched_since: many.idle.as_deref().map(ago).transpose()?,
            nsems: many.nsems,
            private: many.private,
            ..Self::default()
        })
    }

    /// The same, but only what this user owns.
    pub fn owned_by(self, user_name: Option<&str>) -> Result<Self> {
        Ok(Self { owner: user("--owner", user_name)?, ..self })
    }

    /// The sets of this namespace that are so, in the kernel's order.
    pub fn sets(&self) -> Result<Vec<Row>> {
        let mut rows = all_sets()?;
        rows.retain(|row| self.matches(row));
        Ok(rows)
    }

    /// Whether a set is so.
    pub fn matches(&self, row: &Row) -> bool {
        let last = row.otime.max(row.ctime);
        self.owner.is_none_or(|uid| row.uid == uid)
            && self.creator.is_none_or(|uid| row.cuid == uid)
            && self.untouched_since.is_none_or(|then| last.is_some_and(|last| last <= then))
            && self.nsems.is_none_or(|nsems| row.nsems == nsems)
            && (!self.private || row.key == Key::PRIVATE)
            && self.key.is_none_or(|key| row.key == key)
            && self.semid.is_none_or(|semid| row.semid == semid)
    }
}

/// Every set of this namespace.
pub(super) fn all_sets() -> Result<Vec<Row>, Failure> {
    const WHAT: &str = "list the sets of this IPC namespace";
    sysv::check_looking().map_err(|error| Failure::sysv(WHAT, error))?;
    sysv::all_sets().map_err(|error| Failure::io(WHAT, &error))
}

fn user(option: &str, name: Option<&str>) -> Result<Option<u32>> {
    let Some(name) = name else { return Ok(None) };
    let owner = accounts::owner(name).map_err(|error| {
        let what = format!("use {option}: {error}");
        let mistake = error.is_mistake();
        if mistake { wrong(what) } else { Failure::new(Exit::System, what).into() }
    })?;
    match owner {
        accounts::Owner { uid: Some(uid), gid: None } => Ok(Some(uid)),
        _ => Err(wrong(format!("use {option} {name:?}: a user is asked for, without a group"))),
    }
}

/// The moment so long ago: jiff's friendly format, with days of 24 hours.
fn ago(text: &str) -> Result<Timestamp> {
    let what = |error| wrong(format!("use --idle {text:?}: {error}"));
    let span: Span = text.parse().map_err(what)?;
    let idle = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(what)?;
    if idle < SignedDuration::ZERO {
        return Err(wrong(format!("use --idle {text:?}: a duration cannot be negative")));
    }
    Timestamp::now().checked_sub(idle).map_err(what)
}

fn wrong(what: String) -> anyhow::Error {
    Failure::new(Exit::Usage, what).reason(&reasons::USAGE).into()
}
