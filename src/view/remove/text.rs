//! What `semlock remove` does, for people: a table of groups, the next steps, and a
//! line that counts.

use std::fmt;
use std::io::{self, Write};

use crate::system::{self, printable};
use crate::sysv::{Limits, Usage};
use crate::view::styles::{self, styled};
use crate::view::table::ColumnKind::{Number, State, Text, Word};
use crate::view::table::{Cell, Column, ColumnSpec, NONE, Table, or_none};
use crate::view::{RemoveAction, RemoveGroup, RenderOptions, filled};
use crate::words::{counted, each_once, named};

impl RemoveAction {
    /// "remove", or "removed" where it is done.
    pub(crate) fn verb(self, is_done: bool) -> &'static str {
        match (self, is_done) {
            (Self::Remove, false) => "remove",
            (Self::Remove, true) => "removed",
            (Self::Keep, false) => "keep",
            (Self::Keep, true) => "kept",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum GroupColumn {
    Action,
    Sets,
    Semid,
    User,
    Program,
    Verdict,
    Reason,
}

impl GroupColumn {
    const ALL: [Self; 7] = [
        Self::Action,
        Self::Sets,
        Self::Semid,
        Self::User,
        Self::Program,
        Self::Verdict,
        Self::Reason,
    ];

    /// Those that give way before the reason is cut, in this order.
    const DISPENSABLE: [Self; 2] = [Self::Semid, Self::Verdict];

    /// Those that say something of these groups.
    fn of(groups: &[RemoveGroup]) -> Vec<Self> {
        let has_program = groups.iter().any(|group| group.program.is_some());
        Self::ALL.into_iter().filter(|&one| one != Self::Program || has_program).collect()
    }
}

impl Column for GroupColumn {
    type Row = RemoveGroup;

    fn spec(self) -> ColumnSpec<RemoveGroup> {
        match self {
            Self::Action => ColumnSpec::new(Word, "action", 0, |group, _| {
                group.action.verb(group.is_done).into()
            }),
            Self::Sets => {
                ColumnSpec::new(Number, "sets", 0, |group, _| group.sets.to_string().into())
            }
            Self::Semid => ColumnSpec::new(Word, "semid", 5, |group, _| semids(group).into()),
            Self::User => ColumnSpec::new(Word, "user", 3, |group, _| users(group)),
            Self::Program => ColumnSpec::new(Word, "program", 2, |group, _| {
                or_none(group.program.as_ref().map(system::Text::in_one_word))
            }),
            Self::Verdict => ColumnSpec::new(State, "verdict", 4, |group, _| {
                group.verdict.map_or(NONE, |verdict| verdict.name()).into()
            }),
            Self::Reason => {
                ColumnSpec::new(Text, "reason", 1, |group, _| group.reason.words(group.sets).into())
            }
        }
    }
}

/// Those that are named, and whether there are others.
fn semids(group: &RemoveGroup) -> String {
    let named: Vec<_> = group.semids.iter().map(ToString::to_string).collect();
    let are_all = u32::try_from(named.len()) == Ok(group.sets);
    named.join(", ") + if are_all { "" } else { ", ..." }
}

fn users(group: &RemoveGroup) -> Cell {
    match &group.owners[..] {
        [(uid, name)] => name.as_ref().map_or_else(|| uid.to_string(), ToString::to_string).into(),
        owners => format!("{} users", owners.len()).into(),
    }
}

/// Writes a table of the groups; where there is no room for one, a sentence for each.
pub(crate) fn write_groups(
    groups: &[RemoveGroup],
    out: &mut impl Write,
    options: &RenderOptions,
) -> io::Result<()> {
    if groups.is_empty() {
        return Ok(());
    }
    match table(groups, options) {
        Some(table) => writeln!(out, "{}", table.draw()),
        None => groups.iter().try_for_each(|group| {
            let text = format!("{} {}", group.action.verb(group.is_done), group.sentence(""));
            writeln!(out, "{}", filled(&text, "", "  ", options))
        }),
    }
}

/// A table in which no reason is cut.
fn table(groups: &[RemoveGroup], options: &RenderOptions) -> Option<Table> {
    let mut columns = GroupColumn::of(groups);
    let mut table = Table::of(&columns, groups, options);
    let is_too_wide =
        |table: &Table| options.width.is_some_and(|width| table.width() > width.into());
    for dispensable in GroupColumn::DISPENSABLE {
        if is_too_wide(&table) {
            columns.retain(|&column| column != dispensable);
            table = Table::of(&columns, groups, options);
        }
    }
    (!is_too_wide(&table)).then_some(table)
}

/// Writes what to do about those that are kept. A command is in one line, however long,
/// so that it can be copied.
pub(crate) fn write_steps(
    groups: &[RemoveGroup],
    out: &mut impl Write,
    options: &RenderOptions,
) -> io::Result<()> {
    let fix_label = styled("fix:", styles::FIX, options.colour);
    let mut steps: Vec<_> = groups.iter().flat_map(|group| &group.fix).collect();
    each_once(&mut steps);
    steps.into_iter().try_for_each(|fix| writeln!(out, "  {fix_label} {}", printable(fix)))
}

impl RemoveGroup {
    /// How many sets, their owners, `which`, and why.
    fn sentence(&self, which: &str) -> String {
        let sets = counted(self.sets, "set");
        let whose = match &self.owners[..] {
            [(uid, name)] => named(name.as_ref(), *uid),
            owners => format!("{} users", owners.len()),
        };
        format!("{sets} of {whose}{which}: {}", self.reason.words(self.sets))
    }
}

/// A group in a line of its own.
impl fmt::Display for RemoveGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable(&self.sentence(&format!(", semid {}", semids(self)))))
    }
}

/// How many sets were removed and kept, and what that leaves of a limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RemoveTotals {
    /// Whether it was done.
    pub is_done: bool,
    pub removed: u32,
    pub kept: u32,
    /// The limits, and what is in use of them after the removal; None if they cannot be
    /// read.
    pub room: Option<(Limits, Usage)>,
    /// What those that are removed take up.
    pub freed: Usage,
}

impl fmt::Display for RemoveTotals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { is_done, removed, kept, .. } = *self;
        match (removed, kept) {
            (0, 0) => return f.write_str("nothing to remove: there is no such set"),
            (0, _) => return write!(f, "nothing to remove: {} kept", counted(kept, "set")),
            _ if is_done => write!(f, "removed {}", counted(removed, "set"))?,
            _ => write!(f, "would remove {}", counted(removed, "set"))?,
        }
        match kept {
            0 => {}
            _ if is_done => write!(f, ", kept {kept}")?,
            _ => write!(f, ", keep {kept}")?,
        }
        self.room.map_or(Ok(()), |(limits, left)| self.fmt_room(f, limits, left))
    }
}

impl RemoveTotals {
    /// How much of the limit that was nearer is in use before and after.
    fn fmt_room(&self, f: &mut fmt::Formatter<'_>, limits: Limits, left: Usage) -> fmt::Result {
        let sets = left.sets.saturating_add(self.freed.sets);
        let semaphores = left.semaphores.saturating_add(self.freed.semaphores);
        let by_sets = u64::from(sets) * u64::from(limits.semmns)
            >= u64::from(semaphores) * u64::from(limits.semmni);
        let (before, after, limit, what) = if by_sets {
            (sets, left.sets, limits.semmni, "sets (SEMMNI)")
        } else {
            (semaphores, left.semaphores, limits.semmns, "semaphores (SEMMNS)")
        };
        let [exist, would] = match (self.is_done, before) {
            (true, _) => ["existed", "now"],
            (false, 1) => ["exists", "then"],
            (false, _) => ["exist", "then"],
        };
        write!(f, "; {before} of {limit} {what} {exist}, {after} {would}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { semmsl: 8, semmns: 64, semopm: 8, semmni: 8 };

    fn totals(is_done: bool, [removed, kept]: [u32; 2], freed: u32) -> String {
        let left = Usage { sets: 1, semaphores: 1 };
        let freed = Usage { sets: removed, semaphores: freed };
        RemoveTotals { is_done, removed, kept, room: Some((LIMITS, left)), freed }.to_string()
    }

    #[test]
    fn the_last_line_counts_and_names_the_limit_that_was_nearer() {
        assert_eq!(
            totals(true, [7, 1], 7),
            "removed 7 sets, kept 1; 8 of 8 sets (SEMMNI) existed, 1 now"
        );
        assert_eq!(
            totals(false, [1, 0], 60),
            "would remove 1 set; 61 of 64 semaphores (SEMMNS) exist, 1 then"
        );
        assert_eq!(totals(true, [0, 8], 0), "nothing to remove: 8 sets kept");
        assert_eq!(totals(true, [0, 0], 0), "nothing to remove: there is no such set");
    }
}
