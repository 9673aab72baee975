//! The locks that are asked for.

use anyhow::Result;

use crate::cmd::shared::{Name, Named, slots};
use crate::failure::{Failure, ShellCommand};
use crate::holder::LockSpec;
use crate::session::{Block, Claim, Mode};
use crate::sysv::Error;
use crate::words::each_once;

/// The locks, and how the user named them.
pub(crate) struct LockRequest {
    pub(crate) claim: Claim,
    pub(super) named: Vec<Named>,
}

impl LockRequest {
    pub(crate) fn of(block: Block, spec: &LockSpec) -> Result<Self> {
        let named = slots(&spec.slots, block)?;
        let slots = named.iter().map(|named| named.slot).collect();
        Ok(Self { claim: Claim::new(block, slots, spec.mode), named })
    }

    /// The sessions and slots as the user named them, each once.
    pub(super) fn names(&self) -> String {
        let mut names: Vec<_> = self.named.iter().map(|named| named.name.as_str()).collect();
        each_once(&mut names);
        names.join(", ")
    }

    /// The command that unlocks them, with these options.
    pub(super) fn unlock(&self, options: &[&str]) -> ShellCommand {
        self.again(ShellCommand::semlock("unlock").args(options))
    }

    /// The command that locks them.
    pub(super) fn lock(&self) -> ShellCommand {
        let mode = (self.claim.mode() == Mode::Read).then_some("--shared");
        self.again(ShellCommand::semlock("lock").args(mode))
    }

    /// `command` for the same block and slots.
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

    /// Why they could not be locked.
    pub(super) fn failed(&self, error: Error) -> Failure {
        Failure::sysv(&format!("lock {}", self.names()), error)
    }
}
