//! What `status` could not look at, of which it can say neither that something is
//! wrong nor that nothing is.

use anyhow::Result;

use crate::exit::Exit;
use crate::failure::{self, Failure};
use crate::judge::Verdict;
use crate::sysv::{self, Error, SetInfo};
use crate::view::SetReport;

/// What could not be looked at.
#[derive(Debug, Default)]
pub(super) struct Unseen {
    /// Sets that may not be read.
    pub unread: Vec<(SetInfo, Error)>,
    /// Everything else, in words.
    pub unknown: Vec<String>,
    /// Why only the header of what was named can be shown.
    pub refused: Option<Failure>,
}

impl From<Option<String>> for Unseen {
    fn from(unknown: Option<String>) -> Self {
        Self { unknown: unknown.into_iter().collect(), ..Self::default() }
    }
}

impl Unseen {
    /// All but a header.
    pub fn refused(failure: Failure) -> Self {
        Self { refused: Some(failure), ..Self::default() }
    }

    /// Adds the verdicts that are unknown.
    pub fn add_verdicts(&mut self, sets: &[SetReport]) {
        let unknown = sets.iter().filter(|set| set.verdict == Verdict::Unknown);
        self.unknown.extend(unknown.flat_map(|set| set.evidence.iter().cloned()));
    }

    /// Adds the limits, where they cannot be read.
    pub fn add_limits(&mut self) {
        if let Err(error) = sysv::limits() {
            self.unknown.push(format!("the limits on semaphores cannot be read: {error}"));
        }
    }

    /// Fails if there is any.
    pub fn none(mut self) -> Result<()> {
        if let Some(failure) = failure::unread("check", &self.unread) {
            return Err(failure.into());
        }
        self.unknown.sort_unstable();
        self.unknown.dedup();
        if self.unknown.is_empty() {
            return Ok(());
        }
        let what = "check everything: not everything could be looked at";
        Err(Failure::new(Exit::Permission, what).all_evidence(self.unknown).into())
    }
}
