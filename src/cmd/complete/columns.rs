//! The columns of the table that the other options choose.

use std::collections::BTreeSet;
use std::ffi::OsString;

use clap::Command;

use super::candidate::Candidate;
use super::given::Given;
use super::target;
use crate::cli::OF_SETS;
use crate::manual::fields_at;
use crate::view::{SemaphoreColumn, SetColumn, SlotColumn};

/// The columns that may be shown beside those that are `chosen`.
pub(super) fn of(status: &Command, given: &Given, chosen: &[OsString]) -> Vec<Candidate> {
    let tables = tables(status, given).into_iter().filter(|table| table.has_all(chosen));
    let columns = tables.flat_map(Table::candidates);
    let mut seen = BTreeSet::new();
    columns.filter(|column| seen.insert(column.word.clone())).collect()
}

/// The tables that the line allows: for a block, the columns decide between two.
fn tables(status: &Command, given: &Given) -> Vec<Table> {
    let of_sets = status.get_arguments().filter(|one| one.get_help_heading() == Some(OF_SETS));
    let number = given.values_of("key").len() + given.values_of("id").len();
    if number > 1 || of_sets.into_iter().any(|option| given.has(option)) {
        return vec![Table::new("status-all.sets[]", SetColumn::ALL.map(SetColumn::name))];
    }
    let semaphores = SemaphoreColumn::ALL.map(SemaphoreColumn::name);
    let semaphores = Table::new("status-set.semaphores[]", semaphores);
    if target::is_no_block(given) {
        return vec![semaphores];
    }
    vec![Table::new("status-block.slots[]", SlotColumn::ALL.map(SlotColumn::name)), semaphores]
}

struct Table {
    /// Where its rows are in a JSON document, as the manual says.
    place: &'static str,
    columns: Vec<&'static str>,
}

impl Table {
    fn new(place: &'static str, columns: impl Into<Vec<&'static str>>) -> Self {
        Self { place, columns: columns.into() }
    }

    fn has_all(&self, chosen: &[OsString]) -> bool {
        chosen.iter().all(|chosen| self.columns.iter().any(|name| chosen == name))
    }

    fn candidates(self) -> Vec<Candidate> {
        let candidate = |name: &&str| Candidate::new(name, &self.meaning(name));
        self.columns.iter().map(candidate).collect()
    }

    /// The first clause of what the manual says about a column.
    fn meaning(&self, column: &str) -> &'static str {
        let mut fields = fields_at(self.place);
        let text = fields.find(|(name, ..)| *name == column).map_or("", |(.., text)| text);
        let first = text.split("; ").next().and_then(|first| first.split(". ").next());
        first.unwrap_or_default().trim_end_matches('.')
    }
}
