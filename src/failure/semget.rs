//! semget(2): why there is no set, or none of the size that was asked for.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use nix::errno::Errno;

use super::evidence::{counted, named};
use super::limits::{self, Need};
use super::orphans::{Leftovers, Room};
use super::reasons::{EXISTS, SEMMNI, SEMMNS, SEMMSL};
use super::room::largest;
use super::shell::ShellCommand;
use super::taken::Taken;
use super::wanted::Wanted;
use super::{Failure, Fix, missing};
use crate::session::DEFAULT_MODE;
use crate::system::accounts::AccountNames;
use crate::sysv::{self, DEFAULT_NSEMS, Error, Gid, Key, Limits, Permissions, SetInfo, Uid, Usage};

/// How many owners are named.
const OWNERS: usize = 5;

/// A set to be created, for the commands that create it.
#[derive(Clone, Debug)]
pub(super) struct Creation {
    /// Its key.
    pub key: Key,
    /// What it is to be like.
    pub wanted: Wanted,
}

impl Creation {
    /// The set as it was.
    pub(super) fn again(key: Key, was: Permissions) -> Self {
        let own = (was.uid, was.gid) == (Uid::own(), Gid::own());
        let owner = (!own).then(|| format!("{}:{}", was.uid, was.gid));
        let mode = Some(was.mode).filter(|&mode| mode != DEFAULT_MODE);
        Self { key, wanted: Wanted { mode, owner, ..Wanted::default() } }
    }

    /// The command that creates it with `nsems` semaphores.
    pub(super) fn command(&self, nsems: u32) -> ShellCommand {
        create(self.key).args(size(Some(nsems))).args(self.wanted.options())
    }

    /// The command that puts it, of `nsems` semaphores, in the place of a block.
    pub(super) fn replacing(&self, nsems: u32) -> ShellCommand {
        replacing(self.key, Some(nsems), &self.wanted)
    }
}

/// The command that creates a block as it was.
pub(crate) fn recreating(old: &SetInfo) -> ShellCommand {
    Creation::again(old.key, old.permissions).command(old.nsems)
}

/// The command that replaces the block at `key`; what is not asked for stays as it is.
pub(crate) fn replacing(key: Key, nsems: Option<u32>, wanted: &Wanted) -> ShellCommand {
    let replace = ShellCommand::semlock("create").arg("--replace").option("--key", key);
    replace.args(size(nsems)).args(wanted.options())
}

fn size(nsems: Option<u32>) -> Vec<String> {
    nsems.map_or_else(Vec::new, |nsems| vec!["--nsems".into(), nsems.to_string()])
}

/// Why semget(2) failed for another reason than permissions or memory.
pub(super) fn explain(failure: Failure, error: Error, wanted: &Wanted) -> Failure {
    let key = error.subject.key;
    let Some(nsems) = error.subject.nsems.map(u32::from) else {
        return match (error.errno, key) {
            (Errno::ENOENT, Some(_)) => missing::explain(failure),
            _ => failure,
        };
    };
    let creation = key.map(|key| Creation { key, wanted: wanted.clone() });
    match error.errno {
        Errno::EINVAL => too_large(failure, nsems, creation),
        Errno::ENOSPC => full(failure, nsems),
        Errno::EEXIST => match creation.as_ref().and_then(Taken::find) {
            Some(taken) => taken.explain(failure, nsems, creation),
            None => failure.reason(&EXISTS),
        },
        _ => failure,
    }
}

/// How a block is created that is missing at `key`, of the size that the client states.
pub(crate) fn making(key: Key, stated: Option<u16>) -> Vec<Fix> {
    let size = size(stated.map(Into::into));
    let need = Need::set(stated.unwrap_or(DEFAULT_NSEMS).into());
    limits::met(need, Vec::new(), create(key).args(size).into())
}

fn create(key: Key) -> ShellCommand {
    ShellCommand::semlock("create").option("--key", key)
}

/// More than SEMMSL, which the kernel looks at before it looks for the key.
fn too_large(failure: Failure, nsems: u32, creation: Option<Creation>) -> Failure {
    let Some(limits) = sysv::limits().ok().filter(|limits| limits.semmsl < nsems) else {
        return failure.reason(&SEMMSL);
    };
    let most = counted(limits.semmsl, "semaphore");
    let failure = failure
        .reason(&SEMMSL)
        .cause(format!("a set may have at most {most} here (SEMMSL), not {nsems}"))
        .evidence(setting(limits));
    let some = |smaller: &u32| *smaller > 0;
    if let Some(taken) = creation.as_ref().and_then(Taken::find) {
        let smaller = Some(limits.semmsl / 2 * 2).filter(some);
        return taken.too_large(failure, nsems, smaller, creation);
    }
    let used = sysv::all_sets().ok().map(|sets| Usage::of(&sets));
    let smaller = used.and_then(|used| largest(limits, used));
    let smaller = creation.zip(smaller).map(|(creation, smaller)| {
        let note = format!("if the application can use NSems {smaller}");
        Fix::from(creation.command(smaller)).note(note)
    });
    failure.all_fixes(limits::remedies(Need::set(nsems))).all_fixes(smaller)
}

/// SEMMNI or SEMMNS, which Linux does not tell apart.
fn full(failure: Failure, nsems: u32) -> Failure {
    let (Ok(limits), Ok(rows)) = (sysv::limits(), sysv::all_sets()) else {
        return failure.cause(
            "there are too many sets (SEMMNI), or too many semaphores in them (SEMMNS); this is not the disk",
        );
    };
    let used = Usage::of(&rows);
    let leftovers = Leftovers::among(&rows);
    let failure = if used.sets >= limits.semmni {
        failure.reason(&SEMMNI).cause(format!(
            "all {} that are allowed exist (SEMMNI); this is not the disk",
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
        .all_evidence((!rows.is_empty()).then(|| owners(&rows, used.sets >= limits.semmni)))
        .all_evidence(leftovers.evidence())
        .all_fixes(leftovers.fix(Room { used, limits, need: Need::set(nsems) }))
        .all_fixes(limits::remedies(Need::set(nsems)))
        .all_fixes(limits::more_numbers(used, limits))
}

pub(super) fn usage(used: Usage, limits: Limits) -> String {
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
pub(super) fn owners(rows: &[SetInfo], by_sets: bool) -> String {
    let mut by_owner: BTreeMap<Uid, Usage> = BTreeMap::new();
    for row in rows {
        let usage = by_owner.entry(row.permissions.uid).or_default();
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
    let names = AccountNames::of(&uids, &[]);
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
    use crate::sysv::Semid;

    #[test]
    fn the_five_owners_that_use_most_are_named() {
        let row = |uid: u32| SetInfo {
            key: Key::PRIVATE,
            semid: Semid::new(0),
            nsems: 8 - uid % 8,
            permissions: Permissions {
                uid: Uid::new(uid),
                gid: Gid::new(0),
                cuid: Uid::ROOT,
                cgid: Gid::new(0),
                mode: 0o600,
            },
            otime: None,
            ctime: None,
        };
        // Ids that are unlikely to have a name.
        let rows: Vec<_> = (4_100_000..4_100_008).chain([4_100_000]).map(row).collect();
        let line = owners(&rows, false);
        let first = "by owner: 4100000 2 sets with 16 semaphores, 4100001 1 set with 7 semaphores";
        assert!(line.starts_with(first), "{line}");
        assert!(line.ends_with("4100004 1 set with 4 semaphores, 3 other owners"), "{line}");
        let many = [1, 2].map(|_| SetInfo { nsems: 1, ..row(4_200_000) });
        let line = owners(&[&[row(4_100_000)], &many[..]].concat(), true);
        assert!(line.starts_with("by owner: 4200000 2 sets with 2 semaphores, "), "{line}");
    }
}
