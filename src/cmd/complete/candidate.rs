//! A candidate: what a shell may put in place of the word at the cursor.

use std::fmt;

use crate::system::printable;

/// The longest description, in characters: a command line may have any length.
const MAX_DESCRIPTION: usize = 100;

/// A word, and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub word: String,
    description: String,
}

impl Candidate {
    pub(super) fn new(word: &dyn fmt::Display, description: &dyn fmt::Display) -> Self {
        Self { word: word.to_string(), description: description.to_string() }
    }

    /// Whether the word is shown as it is, on one line, and is not empty. Others choose the
    /// names of programs and sessions, and could choose one that forges a line or controls
    /// the terminal.
    pub(super) fn is_printable(&self) -> bool {
        !self.word.is_empty() && printable(&self.word) == self.word
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.description.lines().next().unwrap_or_default();
        let description = printable(first);
        write!(f, "{}\t", self.word)?;
        match description.char_indices().nth(MAX_DESCRIPTION) {
            Some((end, _)) => write!(f, "{}…", &description[..end]),
            None => f.write_str(&description),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Candidate;
    use crate::hostile::assert_harmless;

    #[test]
    fn a_candidate_that_is_offered_is_one_line_without_control_characters() {
        assert_harmless("candidates", |_, texts| {
            let (word, description) = (texts.string(), texts.string());
            let named = Candidate::new(&word, &"of a user");
            let described = Candidate::new(&"word", &description);
            let offered = [named, described].into_iter().filter(Candidate::is_printable);
            offered.map(|one| one.to_string().replacen('\t', " ", 1)).collect()
        });
    }
}
