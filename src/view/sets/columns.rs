//! The columns of the table of sets, by their names in JSON. `manual/fields` says what
//! each one means.

#![expect(missing_docs, reason = "the names are described in one place")]

use jiff::Timestamp;

use crate::system;
use crate::view::table::ColumnKind::{Number, State, Text, Word};
use crate::view::table::{Cell, Column, ColumnSpec, or_unknown, pids};
use crate::view::{RenderOptions, SetReport};
use crate::words::{age, exact};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetColumn {
    IpcNamespace,
    Key,
    KeyHex,
    Semid,
    Nsems,
    Mode,
    User,
    Uid,
    Group,
    Gid,
    Cuser,
    Cuid,
    Cgroup,
    Cgid,
    Otime,
    Ctime,
    Sempid,
    Program,
    Waiting,
    Verdict,
    KeptBy,
    Evidence,
}

impl SetColumn {
    pub const ALL: [Self; 22] = [
        Self::IpcNamespace,
        Self::Key,
        Self::KeyHex,
        Self::Semid,
        Self::Nsems,
        Self::Mode,
        Self::User,
        Self::Uid,
        Self::Group,
        Self::Gid,
        Self::Cuser,
        Self::Cuid,
        Self::Cgroup,
        Self::Cgid,
        Self::Otime,
        Self::Ctime,
        Self::Sempid,
        Self::Program,
        Self::Waiting,
        Self::Verdict,
        Self::KeptBy,
        Self::Evidence,
    ];

    /// Those that are shown unless others are chosen. The last one can be long.
    pub const USUAL: [Self; 10] = [
        Self::KeyHex,
        Self::Semid,
        Self::Nsems,
        Self::Mode,
        Self::User,
        Self::Program,
        Self::Otime,
        Self::Ctime,
        Self::Verdict,
        Self::Evidence,
    ];

    pub fn name(self) -> &'static str {
        self.spec().name
    }
}

impl Column for SetColumn {
    type Row = SetReport;

    fn spec(self) -> ColumnSpec<SetReport> {
        match self {
            Self::IpcNamespace => ColumnSpec::new(Word, "ipc_namespace", 2, |set, _| {
                or_unknown(set.ipc_namespace.clone())
            }),
            Self::Key => ColumnSpec::new(Number, "key", 3, |set, _| set.set.key.to_string().into()),
            Self::KeyHex => {
                ColumnSpec::new(Word, "key_hex", 3, |set, _| set.set.key_hex.to_string().into())
            }
            Self::Semid => {
                ColumnSpec::new(Number, "semid", 0, |set, _| set.set.semid.to_string().into())
            }
            Self::Nsems => {
                ColumnSpec::new(Number, "nsems", 4, |set, _| set.set.shape.nsems.to_string().into())
            }
            Self::Mode => {
                ColumnSpec::new(Word, "mode", 8, |set, _| set.set.shape.mode.to_string().into())
            }
            Self::User => ColumnSpec::new(Word, "user", 1, |set, _| {
                account(set.set.shape.user.as_ref(), &set.set.shape.uid)
            }),
            Self::Uid => {
                ColumnSpec::new(Number, "uid", 5, |set, _| set.set.shape.uid.to_string().into())
            }
            Self::Group => ColumnSpec::new(Word, "group", 5, |set, _| {
                account(set.set.shape.group.as_ref(), &set.set.shape.gid)
            }),
            Self::Gid => {
                ColumnSpec::new(Number, "gid", 5, |set, _| set.set.shape.gid.to_string().into())
            }
            Self::Cuser => ColumnSpec::new(Word, "cuser", 5, |set, _| {
                account(set.set.cuser.as_ref(), &set.set.cuid)
            }),
            Self::Cuid => {
                ColumnSpec::new(Number, "cuid", 5, |set, _| set.set.cuid.to_string().into())
            }
            Self::Cgroup => ColumnSpec::new(Word, "cgroup", 5, |set, _| {
                account(set.set.cgroup.as_ref(), &set.set.cgid)
            }),
            Self::Cgid => {
                ColumnSpec::new(Number, "cgid", 5, |set, _| set.set.cgid.to_string().into())
            }
            Self::Sempid => ColumnSpec::new(Number, "sempid", 4, |set, _| or_unknown(set.sempid)),
            Self::Program => ColumnSpec::new(Word, "program", 2, |set, _| {
                or_unknown(set.program.as_ref().map(system::Text::in_one_word))
            }),
            Self::Otime => ColumnSpec::new(Word, "otime", 7, |set, options| {
                set.set.otime.map_or("never".into(), |then| time(then, options))
            }),
            Self::Ctime => ColumnSpec::new(Word, "ctime", 8, |set, options| {
                or_unknown(set.set.ctime.map(|then| time(then, options)))
            }),
            Self::Waiting => {
                ColumnSpec::new(Number, "waiting", 4, |set, _| or_unknown(set.waiting))
            }
            Self::Verdict => {
                ColumnSpec::new(State, "verdict", 0, |set, _| set.verdict.name().into())
            }
            Self::KeptBy => {
                ColumnSpec::new(Word, "kept_by", 4, |set, _| pids(&set.kept_by, |&pid| pid))
            }
            Self::Evidence => {
                ColumnSpec::new(Text, "evidence", 9, |set, _| set.evidence.join("; ").into())
            }
        }
    }
}

/// A name in one word, as programs take cells apart at blanks; else the number.
fn account(name: Option<&system::Text>, id: &impl ToString) -> Cell {
    name.map_or_else(|| id.to_string(), system::Text::in_one_word).into()
}

/// RFC 3339 for programs; for people, by their clock, and how long ago.
fn time(then: Timestamp, options: &RenderOptions) -> Cell {
    if options.for_programs {
        return then.to_string().into();
    }
    format!("{} ({})", exact(then, &options.zone), age(then, options.now)).into()
}
