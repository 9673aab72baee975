//! A key that is taken: by what, and how that is used or replaced.

use super::limits::{self, Need};
use super::reasons::{EXISTS, FOREIGN, ODD, OTHER_OWNER, OTHER_SIZE, Reason, SEMMSL};
use super::semget::Creation;
use super::shell::ShellCommand;
use super::wanted::Wanted;
use super::{Failure, Fix, access, evidence};
use crate::session::{Block, BlockError, Counts, Flag, SlotFilter, may_be_block};
use crate::sysv::{self, Key, Set, SetInfo, Usage};

/// The set that has the key.
pub(super) struct Taken {
    set: Set,
    row: SetInfo,
    block: Result<Block, BlockError>,
}

impl Taken {
    /// The set in the way of `creation`.
    pub(super) fn find(creation: &Creation) -> Option<Self> {
        Self::by(Set::open(creation.key).ok()?)
    }

    /// The same of a set that is known.
    pub(super) fn by(set: Set) -> Option<Self> {
        Some(Self { set, row: evidence::row(set.semid())?, block: Block::of(set) })
    }

    /// Why there can be no new set of `nsems` semaphores at its key.
    pub(super) fn explain(
        &self,
        failure: Failure,
        nsems: u32,
        creation: Option<Creation>,
    ) -> Failure {
        let differences = creation.as_ref().map_or(Vec::new(), |one| self.differences(one));
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
            .all_evidence((self.foreign().is_none() && !self.is_ours()).then(access::caller))
            .all_fixes(self.fixes(nsems, creation))
    }

    /// The same where there may be no such set at any key, as `failure` says;
    /// `smaller` could be.
    pub(super) fn too_large(
        &self,
        failure: Failure,
        nsems: u32,
        smaller: Option<u32>,
        creation: Option<Creation>,
    ) -> Failure {
        let limit = failure.cause.clone().unwrap_or_default();
        let failure = self.explain(failure, nsems, creation.clone());
        if failure.why() == Some(&EXISTS) {
            return failure;
        }
        let taken = failure.cause.clone().unwrap_or_default();
        let smaller = smaller.map_or_else(Vec::new, |smaller| self.fixes(smaller, creation));
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
        self.block.is_ok() && access::may_remove(&self.row)
    }

    /// How there comes to be a block of `nsems` semaphores.
    fn fixes(&self, nsems: u32, creation: Option<Creation>) -> Vec<Fix> {
        match creation {
            _ if self.row.key == Key::PRIVATE => Vec::new(),
            creation if self.foreign().is_some() => elsewhere(nsems, creation),
            Some(creation) if self.row.nsems == nsems && self.differences(&creation).is_empty() => {
                self.accept(nsems, &creation)
            }
            creation => self.replace(nsems, creation),
        }
    }

    /// What of its owner and its mode is not as asked for.
    fn differences(&self, creation: &Creation) -> Vec<String> {
        creation.wanted.differences(self.row.permissions)
    }

    fn accept(&self, nsems: u32, creation: &Creation) -> Vec<Fix> {
        let fix = creation.command(nsems).arg("--exist-ok").into();
        match self.block {
            Ok(_) => vec![fix],
            Err(_) => access::by_others(&self.row, fix).into_iter().collect(),
        }
    }

    /// Replaces the set by what `creation` says, or else by one of its own kind,
    /// for which it takes whoever may remove it.
    fn replace(&self, nsems: u32, creation: Option<Creation>) -> Vec<Fix> {
        let had = self.row.nsems;
        let stated = creation.filter(|_| self.is_ours());
        let (before, command) =
            self.replacement(nsems, stated.map_or_else(Wanted::default, |stated| stated.wanted));
        let size = if nsems == had { "" } else { &format!(", and if NSems is to be {nsems}") };
        let fix = Fix::from(command).note(format!("once its clients are stopped{size}"));
        let need = Need { freed: Usage { sets: 1, semaphores: had }, ..Need::set(nsems) };
        if self.is_ours() {
            return limits::met(need, before, fix);
        }
        let fix = access::by_others(&self.row, fix.after(before));
        limits::remedies(need).into_iter().chain(fix).collect()
    }

    /// What is to be done before, and the command that creates the block. A set that
    /// may be another program's is removed by itself, so that its users are asked for.
    fn replacement(&self, nsems: u32, wanted: Wanted) -> (Vec<ShellCommand>, ShellCommand) {
        let key = self.row.key;
        let at_key = |command: ShellCommand| command.option("--key", key);
        let unlock = self.left().map(|which| ShellCommand::semlock("unlock").args(which));
        let clearing = unlock.map(at_key).into_iter();
        if may_be_block(&self.row) {
            return (clearing.collect(), Creation { key, wanted }.replacing(nsems));
        }
        let was = Creation::again(key, self.row.permissions).wanted;
        let (mode, owner) = (wanted.mode.or(was.mode), wanted.owner.or(was.owner));
        let creation = Creation { key, wanted: Wanted { mode, owner, ..Wanted::default() } };
        let removal = at_key(ShellCommand::semlock("remove"));
        (clearing.chain([removal]).collect(), creation.command(nsems))
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
/// `wanted`: what exists, what was asked for, and what turns the one into the
/// other. None if it is as asked.
pub(crate) fn not_as_asked(what: &str, set: Set, nsems: u32, wanted: &Wanted) -> Option<Failure> {
    let taken = Taken::by(set)?;
    let differences = wanted.differences(taken.row.permissions);
    let creation = Creation { key: taken.row.key, wanted: wanted.clone() };
    (!differences.is_empty())
        .then(|| taken.explain(Failure::new(OTHER_OWNER.exit, what), nsems, Some(creation)))
}

/// The set is no block by its mode, and so is not replaced as one.
pub(crate) fn doubtful(what: &str, set: Set, nsems: u32, wanted: &Wanted) -> Failure {
    let failure = Failure::new(FOREIGN.exit, what).reason(&FOREIGN).cause(
        "no client of the Perl module can open a set whose owner may not read, write and execute: it may be another program's",
    );
    let Some(taken) = Taken::by(set) else { return failure };
    let creation = Creation { key: taken.row.key, wanted: wanted.clone() };
    failure.all_evidence(evidence::of_set(set)).all_fixes(taken.replace(nsems, Some(creation)))
}

/// The block at the next key that is free.
fn elsewhere(nsems: u32, creation: Option<Creation>) -> Vec<Fix> {
    let (Some(Creation { key, wanted }), Ok(rows)) = (creation, sysv::all_sets()) else {
        return Vec::new();
    };
    let is_free = |key: &Key| *key != Key::PRIVATE && rows.iter().all(|row| row.key != *key);
    let keys = (1..=i32::MAX).map(|distance| Key::new(key.raw().wrapping_add(distance)));
    let creation = keys.into_iter().find(is_free).map(|key| Creation { key, wanted });
    let fix = creation.map(|creation| {
        Fix::from(creation.command(nsems)).note("and let the application use this key")
    });
    fix.map_or_else(Vec::new, |fix| limits::met(Need::set(nsems), Vec::new(), fix))
}
