//! What `semlock remove` removed and what it kept.

use std::fmt;

use serde::Serialize;

use super::SetHeader;
use crate::judge::Verdict;
use crate::system::Pid;

/// The answer of `semlock remove`.
#[derive(Clone, Debug, Serialize)]
pub struct RemoveReport {
    /// The version of this document's form: 1.
    pub schema: u32,
    /// Whether this is what would be done, and nothing was.
    pub dry_run: bool,
    /// The sets that are gone.
    pub removed: Vec<JudgedSet>,
    /// Those of the ones asked for that are still there.
    pub kept: Vec<JudgedSet>,
    /// What nobody can see, so that no verdict tells it.
    pub notes: Vec<String>,
}

/// A set and what is thought of it.
#[derive(Clone, Debug, Serialize)]
pub struct JudgedSet {
    /// What it is.
    #[serde(flatten)]
    pub set: SetHeader,
    /// What is thought of it.
    pub verdict: Verdict,
    /// What the verdict rests on, and why the set was kept.
    pub evidence: Vec<String>,
    /// The processes that keep the set.
    pub kept_by: Vec<Pid>,
}

/// In one line.
impl fmt::Display for JudgedSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { set, verdict, evidence, .. } = self;
        write!(f, "{set}: {verdict}: {}", evidence.join("; "))
    }
}
