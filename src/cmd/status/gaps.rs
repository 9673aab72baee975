//! What `status` could not look at: something may be wrong there, or not.

use std::collections::BTreeSet;
use std::mem;

use anyhow::Result;

use crate::cli::StatusArgs;
use crate::cmd::shared::Name;
use crate::exit::Exit;
use crate::failure::{self, Failure};
use crate::judge::Verdict;
use crate::sysv::{Error, Key, Semid, SetInfo};
use crate::view::SetReport;

#[derive(Debug, Default)]
pub(super) struct Gaps {
    /// Sets that may not be read.
    pub unread: Vec<(SetInfo, Error)>,
    /// Everything else, as sentences.
    pub unknown: Vec<String>,
    /// Errors for sets that were named among several and do not exist.
    pub missing: Vec<Failure>,
    /// Why only the header of what was named can be shown.
    pub refused: Option<Failure>,
}

impl From<Option<String>> for Gaps {
    fn from(unknown: Option<String>) -> Self {
        Self { unknown: unknown.into_iter().collect(), ..Self::default() }
    }
}

impl Gaps {
    /// Everything but a header.
    pub(super) fn refused(failure: Failure) -> Self {
        Self { refused: Some(failure), ..Self::default() }
    }

    /// What is to be reported as an error, whatever else is shown.
    pub(super) fn take_failures(&mut self) -> Vec<Failure> {
        self.refused.take().into_iter().chain(mem::take(&mut self.missing)).collect()
    }

    /// The exit status of an answer without the sets that are missing.
    pub(super) fn exit(&self) -> Exit {
        self.missing.iter().map(|missing| missing.exit).fold(Exit::Done, Exit::worst)
    }

    /// Adds the sets that were named and do not exist.
    pub(super) fn add_missing(&mut self, args: &StatusArgs, all: &[SetInfo]) {
        let keys: BTreeSet<_> = args.key.iter().copied().collect();
        let semids: BTreeSet<_> = args.id.iter().copied().map(Semid::new).collect();
        let keys =
            keys.into_iter().map(Key::new).filter(|key| all.iter().all(|set| set.key != *key));
        let semids = semids.into_iter().filter(|semid| all.iter().all(|set| set.semid != *semid));
        for name in keys.map(Name::Key).chain(semids.map(Name::Id)) {
            let failure = name.open().err().map(|error| name.failure("show", &error));
            // A set that has been created in the meantime is not missing.
            self.missing.extend(failure.filter(|failure| failure.exit == Exit::NoBlock));
        }
    }

    /// Adds the verdict of a set if it is unknown.
    pub(super) fn add_verdict(&mut self, set: &SetReport) {
        if set.verdict == Verdict::Unknown {
            self.unknown.extend(set.evidence.iter().cloned());
        }
    }

    /// Fails if there is anything.
    pub(super) fn none(mut self) -> Result<()> {
        if let Some(failure) = failure::unread("check", &self.unread) {
            return Err(failure.into());
        }
        self.unknown.sort_unstable();
        self.unknown.dedup();
        if self.unknown.is_empty() {
            return Ok(());
        }
        let what = "check everything: some of it cannot be seen";
        Err(Failure::new(Exit::Permission, what).all_evidence(self.unknown).into())
    }
}

/// Reports each as an error.
pub(super) fn report_all(failures: Vec<Failure>) {
    for failure in failures {
        failure::report(&failure.into());
    }
}
