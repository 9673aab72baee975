//! A set with the key exists: what it is, and how it can be used or replaced.

use crate::failure::capacity::Demand;
use crate::failure::creation::{NewSet, RequestedPermissions};
use crate::failure::error::Failure;
use crate::failure::fix::Fix;
use crate::failure::reasons::{
    EXISTS, FOREIGN, NOT_A_BLOCK, OTHER_OWNER, OTHER_SIZE, Reason, SEMMSL,
};
use crate::failure::shell::ShellCommand;
use crate::failure::who::{Action, by_others};
use crate::failure::{evidence, limits};
use crate::session::{Block, BlockError, Counts, Flag, SlotFilter, may_be_block};
use crate::sysv::{self, Key, Set, SetInfo, Uid, Usage};

/// The set that has the key.
pub(super) struct ExistingSet {
    set: Set,
    row: SetInfo,
    block: Result<Block, BlockError>,
}

impl ExistingSet {
    pub(super) fn at_key_of(new: &NewSet) -> Option<Self> {
        Self::of(Set::open(new.key).ok()?)
    }

    /// None if the set was removed in the meantime.
    pub(super) fn of(set: Set) -> Option<Self> {
        Some(Self { set, row: SetInfo::listed(set.semid())?, block: Block::of(set) })
    }

    /// Why no set of `nsems` semaphores can be created with this key.
    pub(super) fn explain(&self, failure: Failure, nsems: u32, new: Option<NewSet>) -> Failure {
        let differences = new.as_ref().map_or(Vec::new(), |one| self.differences(one));
        let same = match self.row.nsems == nsems {
            false => &OTHER_SIZE,
            true if differences.is_empty() => &EXISTS,
            true => &OTHER_OWNER,
        };
        let value = self.block.as_ref().err();
        let value = value.filter(|error| matches!(error, BlockError::Foreign { .. }));
        failure
            .reason(self.foreign().unwrap_or(same))
            .all_evidence(differences)
            .all_evidence(evidence::of_set(self.set))
            .all_evidence(value.map(ToString::to_string))
            .all_evidence((self.foreign().is_none() && !self.is_ours()).then(evidence::caller))
            .all_fixes(self.fixes(nsems, new))
    }

    /// The same where the limits allow no set of that size, but a `smaller` one.
    pub(super) fn too_large(
        &self,
        failure: Failure,
        nsems: u32,
        smaller: Option<u32>,
        new: Option<NewSet>,
    ) -> Failure {
        let limit = failure.cause.clone().unwrap_or_default();
        let failure = self.explain(failure, nsems, new.clone());
        if failure.why() == Some(&EXISTS) {
            return failure;
        }
        let exists = failure.cause.clone().unwrap_or_default();
        let smaller = smaller.map_or_else(Vec::new, |smaller| self.fixes(smaller, new));
        failure
            .reason(&SEMMSL)
            .cause(format!("{limit}; and a set with this key exists: {exists}"))
            .all_fixes(smaller)
    }

    /// Why the set cannot be a block of any size.
    fn foreign(&self) -> Option<&'static Reason> {
        match self.block {
            Err(BlockError::Foreign { .. }) => Some(&FOREIGN),
            _ if !self.row.nsems.is_multiple_of(2) => Some(&NOT_A_BLOCK),
            _ => None,
        }
    }

    /// Whether this user can read, lock and remove it.
    fn is_ours(&self) -> bool {
        self.block.is_ok() && Action::Remove.is_permitted(&self.row)
    }

    /// What gives the application a block of `nsems` semaphores.
    fn fixes(&self, nsems: u32, new: Option<NewSet>) -> Vec<Fix> {
        match new {
            _ if self.row.key == Key::PRIVATE => Vec::new(),
            new if self.foreign().is_some() => elsewhere(nsems, new),
            Some(new) if self.row.nsems == nsems && self.differences(&new).is_empty() => {
                self.accept(nsems, &new)
            }
            new => self.replace(nsems, new),
        }
    }

    fn differences(&self, new: &NewSet) -> Vec<String> {
        new.requested.differences(self.row.permissions)
    }

    fn accept(&self, nsems: u32, new: &NewSet) -> Vec<Fix> {
        let fix = new.create(nsems).arg("--exist-ok").into();
        match self.block {
            Ok(_) => vec![fix],
            Err(_) => by_others(&self.users(), fix).into_iter().collect(),
        }
    }

    fn users(&self) -> Vec<Uid> {
        Action::Remove.permitted_users(&self.row)
    }

    /// Replaces the set by `new`; by one like it, if only others may remove it.
    fn replace(&self, nsems: u32, new: Option<NewSet>) -> Vec<Fix> {
        let had = self.row.nsems;
        let requested = new.filter(|_| self.is_ours()).map(|new| new.requested);
        let (before, command) = self.replacement(nsems, requested.unwrap_or_default());
        let size = if nsems == had { "" } else { &format!(", and if they will use NSems {nsems}") };
        let fix = Fix::from(command).note(format!("once its clients are stopped{size}"));
        let demand = Demand::set(nsems).after(Usage { sets: 1, semaphores: had });
        if self.is_ours() {
            return limits::raised_for(demand, before, fix);
        }
        let fix = by_others(&self.users(), fix.after(before));
        limits::raise_for(demand).into_iter().chain(fix).collect()
    }

    /// What is done first, and the command that creates the block. A set that may belong
    /// to another program is removed by a command of its own, which looks for its users.
    fn replacement(
        &self,
        nsems: u32,
        requested: RequestedPermissions,
    ) -> (Vec<ShellCommand>, ShellCommand) {
        let key = self.row.key;
        let at_key = |command: ShellCommand| command.option("--key", key);
        let unlock = self.left().map(|which| ShellCommand::semlock("unlock").args(which));
        let clearing = unlock.map(at_key).into_iter();
        if may_be_block(&self.row) {
            return (clearing.collect(), NewSet { key, requested }.replace(nsems));
        }
        let was = NewSet::like(key, self.row.permissions).requested;
        let (mode, owner) = (requested.mode.or(was.mode), requested.owner.or(was.owner));
        let requested = RequestedPermissions { mode, owner, ..Default::default() };
        let removal = at_key(ShellCommand::semlock("remove"));
        (clearing.chain([removal]).collect(), NewSet { key, requested }.create(nsems))
    }

    /// The options of `unlock` that clear the locks left in the block.
    fn left(&self) -> Option<Vec<&'static str>> {
        let used = self.block.as_ref().ok()?.read_slots(SlotFilter::InUse).ok()?;
        let any = |left: fn(&Counts) -> bool| used.iter().any(left);
        match (any(|slot| slot.persistent() > 0), any(|slot| slot.flag == Flag::Live)) {
            (true, _) => Some(vec!["--all"]),
            (_, true) => Some(vec!["--abandoned", "--all"]),
            _ => None,
        }
    }
}

/// The owner or the mode of the block is not as requested: what exists, what was
/// requested, and the commands that turn the one into the other. None if it is.
pub(crate) fn other_owner_or_mode(
    what: &str,
    set: Set,
    nsems: u32,
    requested: &RequestedPermissions,
) -> Option<Failure> {
    let existing = ExistingSet::of(set)?;
    let differences = requested.differences(existing.row.permissions);
    let new = NewSet { key: existing.row.key, requested: requested.clone() };
    (!differences.is_empty())
        .then(|| existing.explain(Failure::new(OTHER_OWNER.exit, what), nsems, Some(new)))
}

/// The mode of the set shows that it is not a block, so it is not replaced as one.
pub(crate) fn module_cannot_open(
    what: &str,
    set: Set,
    nsems: u32,
    requested: &RequestedPermissions,
) -> Failure {
    let failure = Failure::new(FOREIGN.exit, what).reason(&FOREIGN).cause(
        "the Perl module can open a set only if its mode gives the owner read, write and execute: this set may belong to another program",
    );
    let Some(existing) = ExistingSet::of(set) else { return failure };
    let new = NewSet { key: existing.row.key, requested: requested.clone() };
    failure.all_evidence(evidence::of_set(set)).all_fixes(existing.replace(nsems, Some(new)))
}

/// Creates the block with the next free key.
fn elsewhere(nsems: u32, new: Option<NewSet>) -> Vec<Fix> {
    let (Some(NewSet { key, requested }), Ok(rows)) = (new, sysv::all_sets()) else {
        return Vec::new();
    };
    let is_free = |key: &Key| *key != Key::PRIVATE && rows.iter().all(|row| row.key != *key);
    let mut keys = (1..=i32::MAX).map(|distance| Key::new(key.raw().wrapping_add(distance)));
    let new = keys.find(is_free).map(|key| NewSet { key, requested });
    let fix =
        new.map(|new| Fix::from(new.create(nsems)).note("and let the application use this key"));
    fix.map_or_else(Vec::new, |fix| limits::raised_for(Demand::set(nsems), Vec::new(), fix))
}
