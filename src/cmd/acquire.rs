//! Taking the locks that are asked for.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use anyhow::Result;

use super::progress::Voice;
use super::waiting::{Watch, Watcher, beside};
use super::{Name, Named, called, obstacle};
use crate::exit::Exit;
use crate::failure::{Failure, Fix, ShellCommand};
use crate::holder::{self, LockSpec, OwnLock};
use crate::session::{Block, Claim, Mode};
use crate::system::{self, Pid};
use crate::sysv::{Error, Outcome, Wait};
use crate::words::each_once;

/// Locks that are asked for, and in which words.
pub(super) struct Request {
    pub(super) claim: Claim,
    pub(super) named: Vec<Named>,
}

impl Request {
    /// What `spec` asks for.
    pub(super) fn of(block: Block, spec: &LockSpec) -> Result<Self> {
        let named = super::slots(&spec.slots, block)?;
        let slots = named.iter().map(|named| named.slot).collect();
        Ok(Self { claim: Claim::new(block, slots, spec.mode), named })
    }

    /// What is to be locked, in the user's words, each once.
    pub(super) fn names(&self) -> String {
        let mut names: Vec<_> = self.named.iter().map(|named| named.name.as_str()).collect();
        each_once(&mut names);
        names.join(", ")
    }

    /// What unlocks the same, with these options.
    pub(super) fn unlock(&self, options: &[&str]) -> ShellCommand {
        self.again(ShellCommand::semlock("unlock").args(options))
    }

    /// What locks the same.
    pub(super) fn lock(&self) -> ShellCommand {
        let mode = (self.claim.mode() == Mode::Read).then_some("--shared");
        self.again(ShellCommand::semlock("lock").args(mode))
    }

    /// The same block and slots for another command.
    fn again(&self, command: ShellCommand) -> ShellCommand {
        let mut words: Vec<_> = self.named.iter().map(Named::arguments).collect();
        each_once(&mut words);
        let set = self.claim.block().set();
        let name = match set.info() {
            Ok(info) if !info.is_private() => Name::Key(info.key),
            _ => Name::Id(set.semid()),
        };
        command.args(name.option()).args(words.into_iter().flatten())
    }

    /// Takes the locks, and waits for them as `spec` says.
    pub(super) fn wait(&self, spec: &LockSpec) -> Result<Outcome, Failure> {
        let wait = spec.wait();
        let outcome = if spec.drain { self.claim.drain(wait) } else { self.claim.acquire(wait) };
        outcome.map_err(|error| self.failed(error))
    }

    /// The same, and has a wait watched. What is free is taken without a look at
    /// anything else; what is not, is queued for first.
    pub(super) fn take(
        self: &Arc<Self>,
        spec: &LockSpec,
        voice: impl Fn() -> Voice,
    ) -> Result<(Outcome, Watcher), Failure> {
        let first = self.claim.acquire(Wait::Not).map_err(|error| self.failed(error))?;
        if first == Outcome::Done || spec.wait() == Wait::Not {
            return Ok((first, Watcher::default()));
        }
        let (outcome, vain, watcher) = beside(self.watch(voice()), || self.wait(spec));
        match (outcome?, vain) {
            (Outcome::Busy, Some(vain)) => Err(vain),
            (outcome, _) => Ok((outcome, watcher)),
        }
    }

    /// Looks after a wait for it.
    pub(super) fn watch(self: &Arc<Self>, voice: Voice) -> Watch<'static> {
        let (one, other) = (self.clone(), self.clone());
        Watch::new(voice, move |time| obstacle::line(&one, time), move || other.vain())
    }

    fn failed(&self, error: Error) -> Failure {
        Failure::sysv(&format!("lock {}", self.names()), error)
    }

    /// Why a wait would last as long as this process; None if it need not. What cannot
    /// be read is no reason to end a wait.
    fn vain(&self) -> Option<Failure> {
        let own = holder::own_lock(&self.claim).ok()??;
        Some(self.would_wait_for_itself(&own))
    }

    fn would_wait_for_itself(&self, own: &OwnLock) -> Failure {
        let who = match own.pid {
            pid if pid == Pid::own() => "this process itself".into(),
            pid => format!("{}, which waits for this one,", called(pid.raw())),
        };
        let theirs: Vec<_> =
            own.sessions.iter().map(|id| format!("session {:?}", OsStr::from_bytes(id))).collect();
        let held = if theirs.is_empty() { format!("slot {}", own.slot) } else { theirs.join(", ") };
        let (names, mode) = (self.names(), own.mode.name());
        let what = format!("lock {names}: {who} has a {mode} lock on {held}");
        let failure = Failure::new(Exit::Busy, what);
        let mine = |named: &&Named| {
            named.slot == own.slot && !named.is_by_slot() && !theirs.contains(&named.name)
        };
        match self.named.iter().find(mine) {
            Some(mine) if !theirs.is_empty() => failure
                .cause(format!("{} is another session on the same slot, {}", mine.name, own.slot)),
            _ if self.is_the_callers(own, &theirs) => self.convert(failure),
            _ => failure,
        }
    }

    /// Whether the caller could unlock it by the same names.
    fn is_the_callers(&self, own: &OwnLock, theirs: &[String]) -> bool {
        let asked: BTreeSet<_> = self.named.iter().map(|named| &named.name).collect();
        own.kept
            && asked == theirs.iter().collect()
            && system::caller().is_some_and(|caller| caller.stands_for().any(|pid| pid == own.pid))
    }

    /// A lock is not converted, but released and taken again.
    fn convert(&self, failure: Failure) -> Failure {
        failure.fix(
            Fix::from(self.unlock(&[])).note("and then lock it again: a lock is not converted"),
        )
    }
}
