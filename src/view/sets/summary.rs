//! The table of the sets by owner and program.

use crate::system::Text;
use crate::view::table::ColumnKind::{Number, Word};
use crate::view::table::{Cell, Column, ColumnSpec, NONE, Table, or_unknown};
use crate::view::{RenderOptions, SummaryReport};
use crate::words::named;

/// How many lines there are at most; the last one adds up the rest.
const MAX_LINES: usize = 10;

struct Line {
    user: String,
    program: Cell,
    sets: u32,
    semaphores: u32,
    orphaned: Option<u32>,
}

#[derive(Clone, Copy)]
enum SummaryColumn {
    User,
    Program,
    Sets,
    Semaphores,
    Orphaned,
}

impl SummaryColumn {
    const ALL: [Self; 5] =
        [Self::User, Self::Program, Self::Sets, Self::Semaphores, Self::Orphaned];
}

impl Column for SummaryColumn {
    type Row = Line;

    fn spec(self) -> ColumnSpec<Line> {
        match self {
            Self::User => ColumnSpec::new(Word, "user", 0, |line, _| line.user.clone().into()),
            Self::Program => ColumnSpec::new(Word, "program", 1, |line, _| line.program.clone()),
            Self::Sets => {
                ColumnSpec::new(Number, "sets", 0, |line, _| line.sets.to_string().into())
            }
            Self::Semaphores => ColumnSpec::new(Number, "semaphores", 2, |line, _| {
                line.semaphores.to_string().into()
            }),
            Self::Orphaned => {
                ColumnSpec::new(Number, "orphaned", 0, |line, _| or_unknown(line.orphaned))
            }
        }
    }
}

impl Line {
    fn of(group: &SummaryReport) -> Self {
        let &SummaryReport { uid, sets, semaphores, orphaned, .. } = group;
        let user = named(group.user.as_ref(), uid);
        let program = or_unknown(group.program.as_ref().map(Text::in_one_word));
        Self { user, program, sets, semaphores, orphaned }
    }

    fn of_others(groups: &[SummaryReport]) -> Self {
        let sum =
            |of: fn(&SummaryReport) -> u32| groups.iter().map(of).fold(0, u32::saturating_add);
        Self {
            user: format!("{} others", groups.len()),
            program: NONE.into(),
            sets: sum(|group| group.sets),
            semaphores: sum(|group| group.semaphores),
            orphaned: groups.iter().map(|group| group.orphaned).sum(),
        }
    }
}

pub(super) fn table(summary: &[SummaryReport], options: &RenderOptions) -> Table {
    let all = if summary.len() <= MAX_LINES { summary.len() } else { MAX_LINES - 1 };
    let (shown, others) = summary.split_at(all);
    let rest = (!others.is_empty()).then(|| Line::of_others(others));
    let lines: Vec<_> = shown.iter().map(Line::of).chain(rest).collect();
    Table::of(&SummaryColumn::ALL, &lines, options).fit(options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sysv::Uid;

    fn groups(number: u32) -> Vec<SummaryReport> {
        let group = |uid| SummaryReport {
            uid: Uid::new(uid),
            user: None,
            program: Some(Text::from_static("perl")),
            sets: 2,
            semaphores: 5,
            orphaned: Some(1),
        };
        (1..=number).map(group).collect()
    }

    #[test]
    fn the_last_line_adds_up_the_groups_without_a_line() {
        let last = |number| {
            let drawn = table(&groups(number), &RenderOptions::plain()).draw();
            (drawn.lines().count() - 1, drawn.lines().last().unwrap().to_owned())
        };
        assert_eq!(last(10), (10, " 10    perl        2           5         1".into()));
        assert_eq!(last(12), (10, " 3 others   -           6          15         3".into()));
    }
}
