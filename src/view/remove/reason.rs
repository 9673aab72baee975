//! Why sets are removed or kept, in words that fit any number of them.

use crate::judge::Rule;

/// Why a set is removed or kept, without anything that differs between sets for the same
/// reason.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RemoveReason {
    /// A rule decided.
    Rule {
        rule: Rule,
        /// The processes that it is about, in words; empty if it names none.
        by: String,
        /// The rule that decides once these processes are ignored.
        without_them: Rule,
    },
    /// `--orphaned` never takes the application's block.
    Application,
    /// The user does not own it, and is not root.
    OfOthers,
    /// A call failed.
    Failed(String),
}

impl RemoveReason {
    /// In a few words, for so many sets.
    pub(crate) fn words(&self, sets: u32) -> String {
        let it = if sets == 1 { "it" } else { "them" };
        match self {
            Self::Rule { rule, by, .. } => of_rule(*rule, by, it),
            Self::Application => "it is the application's block".into(),
            Self::OfOthers if sets == 1 => "only its owner or root may remove it".into(),
            Self::OfOthers => "only the owner or root may remove them".into(),
            Self::Failed(error) => error.clone(),
        }
    }
}

fn of_rule(rule: Rule, by: &str, it: &str) -> String {
    match rule {
        Rule::Awaited => format!("processes wait on {it}"),
        Rule::UsedLast(_) => format!("{by} used or set {it} last"),
        Rule::Held => format!("a holder of semlock has locks in {it}"),
        Rule::Locked => format!("there are locks in {it}, held or abandoned"),
        Rule::MayBeUsed(_) => format!("{by} may use {it}"),
        Rule::Recent => "created, changed or used a moment ago".into(),
        Rule::Unreadable => "the semaphores cannot be read".into(),
        Rule::Unseen => "not every process can be inspected".into(),
        Rule::OtherClock => "the clock was set forward since".into(),
        Rule::Outside => format!("processes outside may use {it}"),
        Rule::Orphaned => format!("no process could use {it}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::Pid;

    #[test]
    fn a_reason_fits_one_set_and_many() {
        let pid = Pid::new(7).unwrap();
        let of = |rule, by: &str| RemoveReason::Rule { rule, by: by.into(), without_them: rule };
        for (reason, sets, words) in [
            (of(Rule::Awaited, ""), 1, "processes wait on it"),
            (of(Rule::UsedLast(pid), "process 7 (a)"), 2, "process 7 (a) used or set them last"),
            (
                of(Rule::MayBeUsed(pid), "process 7 and another"),
                1,
                "process 7 and another may use it",
            ),
            (RemoveReason::OfOthers, 1, "only its owner or root may remove it"),
            (RemoveReason::OfOthers, 2, "only the owner or root may remove them"),
        ] {
            assert_eq!(reason.words(sets), words);
        }
    }
}
