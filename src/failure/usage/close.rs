//! Words that are so close to another one that it is most likely meant.

use strsim::damerau_levenshtein;

/// What is shorter is close to too much.
const SHORTEST: usize = 3;

/// From how many letters on two of them may be wrong.
const LONG: usize = 8;

/// The `names` that are close to `typed`, the closest first.
pub(super) fn to<'a>(typed: &str, names: &'a [String]) -> Vec<&'a String> {
    let typed = letters(typed);
    let mut close: Vec<_> = names
        .iter()
        .filter_map(|name| distance(&typed, &letters(name)).map(|distance| (distance, name)))
        .collect();
    close.sort_by_key(|(distance, _)| *distance);
    close.into_iter().map(|(_, name)| name).collect()
}

/// Without the dashes of an option, and in one case.
fn letters(word: &str) -> String {
    word.trim_start_matches('-').to_lowercase()
}

/// None if they are not close.
fn distance(typed: &str, name: &str) -> Option<usize> {
    let (typed_length, length) = (typed.chars().count(), name.chars().count());
    if typed_length.min(length) < SHORTEST {
        return None;
    }
    let distance = damerau_levenshtein(typed, name);
    let allowed = if typed_length < LONG { 1 } else { 2 };
    let begins = name.starts_with(typed) || typed.starts_with(name);
    (begins || distance <= allowed).then_some(distance)
}
