//! What the value of a field can be. The manual and the JSON Schemas are written from it.

use std::fmt;

use crate::judge::Verdict;
use crate::session::Mode;
use crate::view::{FindingKind, SlotState};

/// What a field can have as its value.
#[derive(Clone, Copy, Debug)]
pub struct Value {
    /// What it is, unless it is null.
    pub kind: Kind,
    /// Whether it can be null.
    pub nullable: bool,
    /// Whether the field can be absent.
    pub optional: bool,
}

/// A kind of value.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// The version of the documents: always 1.
    SchemaVersion,
    /// True or false.
    Boolean,
    /// An integer that can be negative.
    Integer,
    /// An integer from 0.
    Count,
    /// The id of a process: an integer from 1.
    Pid,
    /// A number that need not be an integer.
    Number,
    /// Any text.
    Text,
    /// A text of this form: a regular expression.
    Form(&'static str),
    /// One of these words.
    Word(fn() -> Vec<&'static str>),
    /// A time in the format of RFC 3339.
    Time,
    /// An object, whose fields are those of its place.
    Object,
    /// A list of such values.
    List(&'static Kind),
    /// Nothing: the field is only a column.
    Column,
}

pub(super) const SCHEMA_VERSION: Value = Value::of(Kind::SchemaVersion);
pub(super) const BOOLEAN: Value = Value::of(Kind::Boolean);
pub(super) const INTEGER: Value = Value::of(Kind::Integer);
pub(super) const COUNT: Value = Value::of(Kind::Count);
pub(super) const PID: Value = Value::of(Kind::Pid);
pub(super) const NUMBER: Value = Value::of(Kind::Number);
pub(super) const TEXT: Value = Value::of(Kind::Text);
pub(super) const TIME: Value = Value::of(Kind::Time);
pub(super) const OBJECT: Value = Value::of(Kind::Object);
pub(super) const OBJECTS: Value = Value::of(Kind::List(&Kind::Object));
pub(super) const TEXTS: Value = Value::of(Kind::List(&Kind::Text));
pub(super) const PIDS: Value = Value::of(Kind::List(&Kind::Pid));
pub(super) const CYCLES: Value = Value::of(Kind::List(&Kind::List(&Kind::Pid)));
pub(super) const COLUMN: Value = Value::of(Kind::Column);
pub(super) const KEY_HEX: Value = Value::of(Kind::Form("^0x[0-9a-f]{8}$"));
pub(super) const OCTAL_MODE: Value = Value::of(Kind::Form("^0[0-7]{3}$"));
pub(super) const NAMESPACE: Value = Value::of(Kind::Form(r"^ipc:\[[0-9]+\]$"));
pub(super) const ERRNO: Value = Value::of(Kind::Form("^E[A-Z0-9]+$"));
pub(super) const VERDICT: Value = word(|| Verdict::ALL.map(Verdict::name).to_vec());
pub(super) const FINDING_KIND: Value = word(|| FindingKind::ALL.map(FindingKind::name).to_vec());
pub(super) const SLOT_STATE: Value = word(|| SlotState::ALL.map(SlotState::name).to_vec());
pub(super) const MODE: Value = word(|| [Mode::Read, Mode::Write].map(Mode::name).to_vec());

/// One of these words.
pub(super) const fn word(words: fn() -> Vec<&'static str>) -> Value {
    Value::of(Kind::Word(words))
}

impl Value {
    const fn of(kind: Kind) -> Self {
        Self { kind, nullable: false, optional: false }
    }

    /// The same, or null.
    pub(super) const fn or_null(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// The same in a field that can be absent.
    pub(super) const fn optional(self) -> Self {
        Self { optional: true, ..self }
    }
}

/// As the manual has it: "list of integers or null, optional".
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let null = if self.nullable { " or null" } else { "" };
        let optional = if self.optional { ", optional" } else { "" };
        write!(f, "{}{null}{optional}", self.kind)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Boolean => "boolean",
            Self::SchemaVersion | Self::Integer | Self::Count | Self::Pid => "integer",
            Self::Number => "number",
            Self::Text | Self::Form(_) | Self::Word(_) => "string",
            Self::Time => "time",
            Self::Object => "object",
            Self::Column => "column",
            Self::List(Self::List(of)) => return write!(f, "list of lists of {of}s"),
            Self::List(of) => return write!(f, "list of {of}s"),
        })
    }
}
