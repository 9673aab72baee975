//! Why sets are removed or kept, in words that fit any number of them.

use crate::judge::Rule;

/// Why a set is removed or kept: nothing that differs between sets of which the same
/// is to be said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RemoveReason {
    /// The rule that decided.
    Rule(Rule),
    /// A process used it last and lives.
    UsedLast {
        /// Its pid and name.
        by: String,
    },
    /// Processes could use it.
    MayBeUsed {
        /// The first: its pid and name.
        by: String,
        /// How many others.
        others: u32,
        /// The rule that would keep it if they were ignored.
        then: Option<Rule>,
    },
    /// `--orphaned` never takes the application's block.
    Application,
    /// The user does not own it, and is not root.
    OfOthers,
    /// A call failed.
    Failed(String),
}

impl RemoveReason {
    /// In a few words, of so many sets.
    pub(crate) fn words(&self, sets: u32) -> String {
        let it = if sets == 1 { "it" } else { "them" };
        match self {
            Self::Rule(rule) => of_rule(*rule, it),
            Self::UsedLast { by } => format!("{by} used or set {it} last"),
            Self::MayBeUsed { by, others: 0, .. } => format!("{by} may use {it}"),
            Self::MayBeUsed { by, others: 1, .. } => format!("{by} and another may use {it}"),
            Self::MayBeUsed { by, others, .. } => {
                format!("{by} and {others} others may use {it}")
            }
            Self::Application => "it is the application's block".into(),
            Self::OfOthers if sets == 1 => "only its owner or root may remove it".into(),
            Self::OfOthers => "only the owner or root may remove them".into(),
            Self::Failed(error) => error.clone(),
        }
    }
}

fn of_rule(rule: Rule, it: &str) -> String {
    match rule {
        Rule::Awaited => format!("processes wait on {it}"),
        Rule::UsedLast(pid) => format!("process {pid} used or set {it} last"),
        Rule::Held => format!("a holder of semlock has locks in {it}"),
        Rule::Locked => format!("locks are held or left in {it}"),
        Rule::MayBeUsed(pid) => format!("process {pid} may use {it}"),
        Rule::Recent => "created, changed or used a moment ago".into(),
        Rule::Unreadable => "the semaphores cannot be read".into(),
        Rule::Unseen => "not every process can be looked at".into(),
        Rule::OtherClock => "the clock was set forward since".into(),
        Rule::Outside => format!("processes outside may use {it}"),
        Rule::Orphaned => format!("no process can be using {it}"),
    }
}
