//! semget(2): why there is no set, or none of the size that was asked for.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use nix::errno::Errno;
use nix::unistd::{getegid, geteuid};

use super::evidence::{self, counted, named};
use super::limits::{self, Need};
use super::reasons::{EXISTS, MISSING, OTHER_SIZE, SEMMNI, SEMMNS, SEMMSL};
use super::{Failure, access, orphans};
use crate::process::accounts::Names;
use crate::session::{Block, BlockError, DEFAULT_MODE};
use crate::sysv::{self, Error, Key, Limits, Row, Set, Shape, Usage};

/// How many owners are named.
const OWNERS: usize = 5;

/// A set to be made, for the commands that make it.
#[derive(Clone, Debug)]
pub(super) struct Creation {
    /// Its key.
    pub key: Key,
    /// Further options, as [`create_options`] writes them.
    pub options: String,
}

impl Creation {
    /// The set as it was.
    pub fn again(key: Key, was: Shape) -> Self {
        let own = (was.uid, was.gid) == (geteuid().as_raw(), getegid().as_raw());
        let owner = (!own).then(|| format!("{}:{}", was.uid, was.gid));
        let options = create_options(was.mode, owner.as_deref());
        Self { key, options }
    }

    /// The command that makes it of `nsems` semaphores.
    pub fn command(&self, nsems: u32) -> String {
        let Self { key, options } = self;
        format!("semlock create --key {key} --nsems {nsems}{options}")
    }
}

/// Options of `semlock create` for a shell, each with a space before it; none
/// where the default does.
pub fn create_options(mode: u16, owner: Option<&str>) -> String {
    let mode = (mode != DEFAULT_MODE).then(|| format!(" --mode {mode:04o}"));
    let owner = owner.map(|owner| format!(" --owner {}", quoted(owner)));
    mode.into_iter().chain(owner).collect()
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Why semget(2) failed for another reason than permissions or memory.
pub(super) fn explain(failure: Failure, error: Error, options: &str) -> Failure {
    let key = error.asked.key;
    let Some(nsems) = error.asked.nsems.map(u32::from) else {
        return match (error.errno, key) {
            (Errno::ENOENT, Some(key)) => {
                failure.reason(&MISSING).fix(format!("semlock create --key {key}"))
            }
            _ => failure,
        };
    };
    let creation = key.map(|key| Creation { key, options: options.into() });
    match error.errno {
        Errno::EINVAL => too_large(failure, nsems, creation),
        Errno::ENOSPC => full(failure, nsems),
        Errno::EEXIST => match key.map(Set::open) {
            Some(Ok(set)) => exists(failure, set, nsems, creation),
            _ => failure.reason(&EXISTS),
        },
        _ => failure,
    }
}

fn too_large(failure: Failure, nsems: u32, creation: Option<Creation>) -> Failure {
    let Some(limits) = sysv::limits().ok().filter(|limits| limits.semmsl < nsems) else {
        return failure.reason(&SEMMSL);
    };
    let semmsl = limits.semmsl;
    let failure = failure
        .reason(&SEMMSL)
        .cause(format!(
            "a set may have at most {} here (SEMMSL), not {nsems}",
            counted(semmsl, "semaphore")
        ))
        .evidence(setting(limits));
    let there = creation.as_ref().and_then(|creation| Set::open(creation.key).ok());
    let Some(set) = there else {
        let failure = failure.all_fixes(limits::remedies(Need { nsems, operations: 0 }));
        return if_smaller(failure, semmsl, creation, None);
    };
    let failure = failure.all_evidence(evidence::of_set(set));
    let Some(removal) = removal(set) else {
        return failure
            .evidence("there is a set at this key already, which is not yours to replace");
    };
    let raised = limits::remedies(Need { nsems, operations: 0 });
    let make = creation.as_ref().map(|creation| creation.command(nsems)).unwrap_or_default();
    let raised = raised.into_iter().filter_map(|remedy| {
        let (command, remark) = remedy.split_once("  # ")?;
        Some(format!("{command} && {removal} && {make}  # {remark}"))
    });
    if_smaller(failure.all_fixes(raised.collect::<Vec<_>>()), semmsl, creation, Some(removal))
}

/// Adds the command that makes the largest block that SEMMSL allows.
fn if_smaller(
    failure: Failure,
    semmsl: u32,
    creation: Option<Creation>,
    removal: Option<String>,
) -> Failure {
    let smaller = semmsl / 2 * 2;
    let Some(make) = creation.filter(|_| smaller > 0).map(|creation| creation.command(smaller))
    else {
        return failure;
    };
    let removal = removal.map_or(String::new(), |removal| format!("{removal} && "));
    failure.fix(format!("{removal}{make}  # if the application can use NSems {smaller}"))
}

/// The command that removes a block at its key, if this user may do that.
fn removal(set: Set) -> Option<String> {
    let row = evidence::row(set.semid())?;
    Block::of(set).ok().filter(|_| access::may_remove(&row))?;
    Some(format!("semlock remove --key {}", row.key))
}

/// A set is there already at the key.
fn exists(failure: Failure, set: Set, nsems: u32, creation: Option<Creation>) -> Failure {
    let row = evidence::row(set.semid());
    match (row, Block::of(set)) {
        (Some(row), Ok(_)) if row.nsems != nsems => {
            other_size(failure, set, u16::try_from(nsems).unwrap_or(u16::MAX), creation)
        }
        (_, Ok(_)) => failure
            .reason(&EXISTS)
            .all_evidence(evidence::of_set(set))
            .all_fixes(creation.map(|creation| creation.command(nsems) + " --exist-ok")),
        (Some(row), Err(BlockError::Sysv(_))) => {
            let failure = failure.reason(&EXISTS).all_evidence(evidence::of_set(set));
            failure.evidence(access::caller()).fix(access::who_may(&row))
        }
        (_, Err(error)) => failure
            .reason(&EXISTS)
            .cause(format!(
                "the set is another program's: {error}; let the application use another key"
            ))
            .all_evidence(evidence::of_set(set)),
    }
}

/// The set at the key has another size than `stated`: what it is, and how it
/// is replaced by what `creation` says, or else by one of its own kind.
pub(super) fn other_size(
    failure: Failure,
    set: Set,
    stated: u16,
    creation: Option<Creation>,
) -> Failure {
    let failure = failure.reason(&OTHER_SIZE).all_evidence(evidence::of_set(set));
    let Some(row) = evidence::row(set.semid()).filter(|row| row.key != Key::PRIVATE) else {
        return failure;
    };
    let nsems = u32::from(stated);
    if row.nsems % 2 != 0 {
        return failure.cause(
            "an odd number: the set is another program's; let the application use another key",
        );
    }
    let was = Shape { nsems: row.nsems, mode: row.mode, uid: row.uid, gid: row.gid };
    let make = creation.unwrap_or_else(|| Creation::again(row.key, was)).command(nsems);
    match removal(set) {
        Some(removal) => failure.fix(format!(
            "{removal} && {make}  # once its clients are stopped, and if NSems is to be {nsems}"
        )),
        None => failure.evidence(access::caller()).fix(access::who_may(&row)),
    }
}

/// SEMMNI or SEMMNS, which Linux does not tell apart.
fn full(failure: Failure, nsems: u32) -> Failure {
    let (Ok(limits), Ok(rows)) = (sysv::limits(), sysv::all_sets()) else {
        return failure.cause(
            "there are too many sets (SEMMNI), or too many semaphores in them (SEMMNS); this is not the disk",
        );
    };
    let used = Usage::of(&rows);
    let orphaned = orphans::orphaned(&rows);
    let failure = if used.sets >= limits.semmni {
        failure.reason(&SEMMNI).cause(format!(
            "all {} that there may be do exist (SEMMNI); this is not the disk",
            counted(limits.semmni, "set")
        ))
    } else {
        failure.reason(&SEMMNS).cause(format!(
            "{} more would be more than {} in all sets together (SEMMNS); this is not the disk",
            counted(nsems, "semaphore"),
            limits.semmns
        ))
    };
    failure
        .evidence(usage(used, limits))
        .evidence(owners(&rows, used.sets >= limits.semmni))
        .all_evidence(orphans::evidence(&orphaned))
        .all_fixes(orphans::fix(&orphaned, used, limits, nsems))
        .all_fixes(limits::remedies(Need { nsems, operations: 0 }))
}

fn usage(used: Usage, limits: Limits) -> String {
    format!(
        "{} of {} sets (SEMMNI) and {} of {} semaphores (SEMMNS) are in use",
        used.sets, limits.semmni, used.semaphores, limits.semmns
    )
}

/// The sysctl with its numbers.
pub(super) fn setting(limits: Limits) -> String {
    format!("kernel.sem = {}", limits::numbers(limits))
}

/// Who has the most sets, if those are what there are too many of, or else the
/// most semaphores.
fn owners(rows: &[Row], by_sets: bool) -> String {
    let mut by_owner: BTreeMap<u32, Usage> = BTreeMap::new();
    for row in rows {
        let usage = by_owner.entry(row.uid).or_default();
        usage.sets += 1;
        usage.semaphores = usage.semaphores.saturating_add(row.nsems);
    }
    let mut owners: Vec<_> = by_owner.into_iter().collect();
    owners.sort_by_key(|(_, Usage { sets, semaphores })| {
        Reverse(if by_sets { (*sets, *semaphores) } else { (*semaphores, *sets) })
    });
    let others = owners.len().saturating_sub(OWNERS);
    owners.truncate(OWNERS);
    let uids: Vec<_> = owners.iter().map(|&(uid, _)| uid).collect();
    let names = Names::of(&uids, &[]);
    let mut words: Vec<_> = owners
        .into_iter()
        .map(|(uid, Usage { sets, semaphores })| {
            let owner = named(names.user(uid), uid);
            let (sets, semaphores) = (counted(sets, "set"), counted(semaphores, "semaphore"));
            format!("{owner} {sets} with {semaphores}")
        })
        .collect();
    if others > 0 {
        words.push(counted(u32::try_from(others).unwrap_or(u32::MAX), "other owner"));
    }
    format!("by owner: {}", words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_five_owners_that_use_most_are_named() {
        let row = |uid: u32| Row {
            key: Key::PRIVATE,
            semid: 0,
            mode: 0o600,
            nsems: 8 - uid % 8,
            uid,
            gid: 0,
            cuid: 0,
            cgid: 0,
            otime: None,
            ctime: None,
        };
        // Ids that are unlikely to have a name.
        let rows: Vec<_> = (4_100_000..4_100_008).chain([4_100_000]).map(row).collect();
        let line = owners(&rows, false);
        let first = "by owner: 4100000 2 sets with 16 semaphores, 4100001 1 set with 7 semaphores";
        assert!(line.starts_with(first), "{line}");
        assert!(line.ends_with("4100004 1 set with 4 semaphores, 3 other owners"), "{line}");
        let many = [1, 2].map(|_| Row { nsems: 1, ..row(4_200_000) });
        let line = owners(&[&[row(4_100_000)], &many[..]].concat(), true);
        assert!(line.starts_with("by owner: 4200000 2 sets with 2 semaphores, "), "{line}");
    }
}
