//! Names so similar to a word that one of them is most likely meant.

use strsim::damerau_levenshtein;

/// A shorter word is similar to too many names.
const MIN_LENGTH: usize = 3;

/// In a word of this length or more, two letters may be wrong; in a shorter one, one.
const LONG: usize = 8;

/// The `names` that are similar to `typed`, the most similar first.
pub(super) fn similar<'a>(typed: &str, names: &'a [String]) -> Vec<&'a String> {
    let typed = letters(typed);
    let mut similar: Vec<_> = names
        .iter()
        .filter_map(|name| distance(&typed, &letters(name)).map(|distance| (distance, name)))
        .collect();
    similar.sort_by_key(|(distance, _)| *distance);
    similar.into_iter().map(|(_, name)| name).collect()
}

/// Without the dashes of an option, in lower case.
fn letters(word: &str) -> String {
    word.trim_start_matches('-').to_lowercase()
}

/// None if the two are not similar.
fn distance(typed: &str, name: &str) -> Option<usize> {
    let (typed_length, length) = (typed.chars().count(), name.chars().count());
    if typed_length.min(length) < MIN_LENGTH {
        return None;
    }
    let distance = damerau_levenshtein(typed, name);
    let allowed = if typed_length < LONG { 1 } else { 2 };
    let begins = name.starts_with(typed) || typed.starts_with(name);
    (begins || distance <= allowed).then_some(distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_letter_or_a_missing_end_is_similar_and_a_short_word_is_not() {
        let names = ["--shared", "--session", "--sort", "unlock"].map(String::from);
        for (typed, expected) in [
            ("--shard", &["--shared"][..]),
            ("--Shared", &["--shared"]),
            ("--ses", &["--session"]),
            ("unlokc", &["unlock"]),
            ("--so", &[]),
            ("--shore", &[]),
        ] {
            assert_eq!(similar(typed, &names), expected, "{typed}");
        }
    }
}
