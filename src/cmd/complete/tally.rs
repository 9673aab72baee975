//! How many sets there are of each kind.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::candidate::Candidate;
use crate::words::counted;

/// Words, each with a number by which it is sorted, and how many sets it stands for.
#[derive(Default)]
pub(super) struct Tally(BTreeMap<(u32, String), usize>);

impl Tally {
    pub(super) fn add(&mut self, number: u32, word: &dyn Display) {
        *self.0.entry((number, word.to_string())).or_default() += 1;
    }

    /// The words. `describe` gets the number and "3 sets".
    pub(super) fn described(self, describe: impl Fn(u32, String) -> String) -> Vec<Candidate> {
        let described = |((number, word), sets): ((u32, String), usize)| {
            Candidate::new(&word, &describe(number, counted(sets, "set")))
        };
        self.0.into_iter().map(described).collect()
    }
}
