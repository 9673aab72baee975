//! A set with the key exists: what it is, and how it can be used or replaced.

use super::super::capacity::Demand;
use super::super::creation::{NewSet, RequestedPermissions};
use super::super::error::Failure;
use super::super::fix::Fix;
use super::super::reasons::{EXISTS, FOREIGN, ODD, OTHER_OWNER, OTHER_SIZE, Reason, SEMMSL};
use super::super::shell::ShellCommand;
use super::super::who::{Action, by_others};
use super::super::{evidence, limits};
use crate::session::{Block, BlockError, Counts, Flag, SlotFilter, may_be_block};
use crate::sysv::{self, Key, Set, SetInfo, Usage};

/// The set that has the key.
pub(super) struct ExistingSet {
    set: Set,
    row: SetInfo,
    block: Result<Block, BlockError>,
}

impl ExistingSet {
    /// The set in the way of `new`.
    pub(super) fn at_key_of(new: &NewSet) -> Option<Self> {
        Self::of(Set::open(new.key).ok()?)
    }

    /// The same of a set that is known.
    pub(super) fn of(set: Set) -> Option<Self> {
        Some(Self { set, row: evidence::row(set.semid())?, block: Block::of(set) })
    }

    /// Why there can be no new set of `nsems` semaphores at its key.
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

    /// The same where there may be no such set at any key, as `failure` says;
    /// `smaller` could be.
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
        let taken = failure.cause.clone().unwrap_or_default();
        let smaller = smaller.map_or_else(Vec::new, |smaller| self.fixes(smaller, new));
        failure
            .reason(&SEMMSL)
            .cause(format!("{limit}; and the key has a set already: {taken}"))
            .all_fixes(smaller)
    }

    /// Why it can be no block of any size.
    fn foreign(&self) -> Option<&'static Reason> {
        match self.block {
            Err(BlockError::Foreign { .. }) => Some(&FOREIGN),
            _ if !self.row.nsems.is_multiple_of(2) => Some(&ODD),
            _ => None,
        }
    }

    /// Whether this user may do with it what there is to do.
    fn is_ours(&self) -> bool {
        self.block.is_ok() && Action::Remove.is_permitted(&self.row)
    }

    /// How there comes to be a block of `nsems` semaphores.
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

    /// What of its owner and its mode is not as asked for.
    fn differences(&self, new: &NewSet) -> Vec<String> {
        new.requested.differences(self.row.permissions)
    }

    fn accept(&self, nsems: u32, new: &NewSet) -> Vec<Fix> {
        let fix = new.create(nsems).arg("--exist-ok").into();
        match self.block {
            Ok(_) => vec![fix],
            Err(_) => {
                by_others(&Action::Remove.permitted_users(&self.row), fix).into_iter().collect()
            }
        }
    }

    /// Replaces the set by what `new` says, or else by one of its own kind,
    /// for which it takes whoever may remove it.
    fn replace(&self, nsems: u32, new: Option<NewSet>) -> Vec<Fix> {
        let had = self.row.nsems;
        let stated = new.filter(|_| self.is_ours());
        let (before, command) = self.replacement(
            nsems,
            stated.map_or_else(RequestedPermissions::default, |stated| stated.requested),
        );
        let size = if nsems == had { "" } else { &format!(", and if NSems is to be {nsems}") };
        let fix = Fix::from(command).note(format!("once its clients are stopped{size}"));
        let demand = Demand::set(nsems).after(Usage { sets: 1, semaphores: had });
        if self.is_ours() {
            return limits::raised_for(demand, before, fix);
        }
        let fix = by_others(&Action::Remove.permitted_users(&self.row), fix.after(before));
        limits::raise_for(demand).into_iter().chain(fix).collect()
    }

    /// What is to be done before, and the command that creates the block. A set that
    /// may be another program's is removed by itself, so that its users are asked for.
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
        let new = NewSet {
            key,
            requested: RequestedPermissions { mode, owner, ..RequestedPermissions::default() },
        };
        let removal = at_key(ShellCommand::semlock("remove"));
        (clearing.chain([removal]).collect(), new.create(nsems))
    }

    /// The options by which `unlock` takes back the locks that are left in the block.
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

/// There is a block of `nsems` semaphores at `key` whose owner or mode is not as
/// `requested`: what exists, what was asked for, and what turns the one into the
/// other. None if it is as asked.
pub(crate) fn other_owner_or_mode(
    what: &str,
    set: Set,
    nsems: u32,
    requested: &RequestedPermissions,
) -> Option<Failure> {
    let taken = ExistingSet::of(set)?;
    let differences = requested.differences(taken.row.permissions);
    let new = NewSet { key: taken.row.key, requested: requested.clone() };
    (!differences.is_empty())
        .then(|| taken.explain(Failure::new(OTHER_OWNER.exit, what), nsems, Some(new)))
}

/// The set is no block by its mode, and so is not replaced as one.
pub(crate) fn module_cannot_open(
    what: &str,
    set: Set,
    nsems: u32,
    requested: &RequestedPermissions,
) -> Failure {
    let failure = Failure::new(FOREIGN.exit, what).reason(&FOREIGN).cause(
        "no client of the Perl module can open a set whose owner may not read, write and execute: it may be another program's",
    );
    let Some(taken) = ExistingSet::of(set) else { return failure };
    let new = NewSet { key: taken.row.key, requested: requested.clone() };
    failure.all_evidence(evidence::of_set(set)).all_fixes(taken.replace(nsems, Some(new)))
}

/// The block at the next key that is free.
fn elsewhere(nsems: u32, new: Option<NewSet>) -> Vec<Fix> {
    let (Some(NewSet { key, requested }), Ok(rows)) = (new, sysv::all_sets()) else {
        return Vec::new();
    };
    let is_free = |key: &Key| *key != Key::PRIVATE && rows.iter().all(|row| row.key != *key);
    let keys = (1..=i32::MAX).map(|distance| Key::new(key.raw().wrapping_add(distance)));
    let new = keys.into_iter().find(is_free).map(|key| NewSet { key, requested });
    let fix =
        new.map(|new| Fix::from(new.create(nsems)).note("and let the application use this key"));
    fix.map_or_else(Vec::new, |fix| limits::raised_for(Demand::set(nsems), Vec::new(), fix))
}
