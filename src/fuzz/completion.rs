//! The word at the cursor, as far as the system is not asked. Each line of an input is a
//! word.

use super::super::names;
use super::{Line, Place};
use crate::fuzz::{Targets, words};

impl Targets {
    pub(crate) fn completion(data: &[u8]) {
        let words = words(data);
        let Some((word, before)) = words.split_last() else { return };
        let mut line = Line::new(before);
        match line.place(word) {
            Place::Command { begin } => assert!((1..=before.len()).contains(&begin)),
            Place::Value(value) => {
                let whole = format!("{}{}", value.prefix, value.typed);
                assert_eq!(whole, word.to_string_lossy());
            }
            Place::Name => {
                let typed = word.to_str().unwrap_or_default();
                let found = names::starting(&mut line, typed);
                assert!(found.iter().all(|name| name.word.starts_with(typed)), "{typed}");
            }
        }
    }
}
