//! There is no room for new sets: which limit binds, and what makes room.

use crate::exit::Exit;
use crate::failure::capacity::{Demand, largest};
use crate::failure::creation::{NewSet, RequestedPermissions};
use crate::failure::error::Failure;
use crate::failure::fix::Fix;
use crate::failure::orphans::RemovableSets;
use crate::failure::reasons::{SEMMNI, SEMMNS};
use crate::failure::{evidence, limits, usage};
use crate::sysv::{self, Limits, SetInfo, Usage};
use crate::words::counted;

/// ENOSPC: SEMMNI or SEMMNS, which Linux does not distinguish.
pub(super) fn no_space(failure: Failure, nsems: u32) -> Failure {
    let (Ok(limits), Ok(sets)) = (sysv::limits(), sysv::all_sets()) else {
        return failure.cause(
            "there are too many sets (SEMMNI), or too many semaphores in them (SEMMNS); the disk has room",
        );
    };
    let demand = Demand::set(nsems);
    let failure = match demand.binding_limit(limits, Usage::of(&sets)) {
        Some((reason, cause)) => {
            failure.reason(reason).cause(format!("{cause}; this has nothing to do with disk space"))
        }
        // It was reached when the call failed.
        None => failure.reason(&SEMMNS),
    };
    making_room(failure, demand, limits, &sets)
}

/// `sets` sets of `nsems` semaphores cannot be created at the same time, but at most sets
/// of `largest` semaphores.
pub(crate) fn no_room_for(sets: u32, nsems: u32, largest: u32) -> Failure {
    let semaphores = counted(nsems, "semaphore");
    let what = match sets {
        1 => format!(
            "create a set of {semaphores}: the largest that can be created now has {largest}"
        ),
        _ if largest == 0 => {
            format!("create {sets} sets of {semaphores} at the same time: there is no room")
        }
        _ => format!(
            "create {sets} sets of {semaphores} at the same time: each can have at most {largest} now"
        ),
    };
    let failure = Failure::new(Exit::No, what);
    let (Ok(limits), Ok(rows)) = (sysv::limits(), sysv::all_sets()) else { return failure };
    let demand = Demand { sets, ..Demand::set(nsems) };
    let Some((reason, cause)) = demand.binding_limit(limits, Usage::of(&rows)) else {
        return failure;
    };
    let failure = Failure { exit: Exit::No, ..failure.reason(reason) };
    making_room(failure.cause(cause).evidence(usage::setting(limits)), demand, limits, &rows)
}

/// Who uses what, which sets can go, and how the limits are raised.
fn making_room(failure: Failure, demand: Demand, limits: Limits, sets: &[SetInfo]) -> Failure {
    let used = Usage::of(sets);
    let failure = failure.evidence(usage::in_use(used, limits));
    if demand.nsems > limits.semmsl {
        return failure.all_fixes(limits::raise_for(demand));
    }
    let removable = RemovableSets::among(sets);
    let is_sets = failure.why() == Some(&SEMMNI);
    failure
        .all_evidence(usage::owners(sets, is_sets))
        .all_evidence(removable.evidence())
        .all_fixes(removable.fix(limits, demand))
        .all_fixes(limits::raise_for(demand))
        .all_fixes(limits::extend_numbers(used, limits))
}

/// Why a block of `nsems` semaphores cannot replace `old`, found out while `old` still
/// exists. None if it can, or if the limits cannot be read.
pub(crate) fn no_room_to_replace(
    what: &str,
    old: &SetInfo,
    nsems: u32,
    requested: &RequestedPermissions,
) -> Option<Failure> {
    let (limits, sets) = (sysv::limits().ok()?, sysv::all_sets().ok()?);
    let demand = Demand::set(nsems).after(Usage { sets: 1, semaphores: old.nsems });
    let used = Usage::of(&sets);
    let (reason, cause) = demand.binding_limit(limits, used)?;
    let new = NewSet { key: old.key, requested: requested.clone() };
    let smaller = largest(limits, demand.left_of(used))
        .map(|smaller| if_usable(smaller, new.replace(smaller).into()));
    let semaphores = counted(nsems, "semaphore");
    let failure = Failure::new(reason.exit, format!("{what}: there is no room for {semaphores}"));
    Some(
        failure
            .reason(reason)
            .cause(cause)
            .evidence(evidence::describe(old))
            .all_fixes(limits::raised_for(demand, Vec::new(), new.replace(nsems).into()))
            .all_fixes(smaller),
    )
}

/// `fix` for a block of another size than requested.
pub(super) fn if_usable(nsems: u32, fix: Fix) -> Fix {
    fix.note(format!("if the application can use NSems {nsems}"))
}
