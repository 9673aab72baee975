//! semget(2): why there is no set, or none of the requested size.

use nix::errno::Errno;

use super::existing::ExistingSet;
use super::missing;
use super::room::{if_usable, no_space};
use crate::failure::capacity::{Demand, above_semmsl, largest};
use crate::failure::creation::{NewSet, RequestedPermissions};
use crate::failure::error::Failure;
use crate::failure::limits;
use crate::failure::reasons::{EXISTS, SEMMSL};
use crate::failure::usage::setting;
use crate::sysv::{self, Error, Usage};

/// Any errno that is not about permissions or memory.
pub(super) fn explain(failure: Failure, error: Error, requested: &RequestedPermissions) -> Failure {
    let key = error.subject.key;
    let Some(nsems) = error.subject.nsems.map(u32::from) else {
        return match (error.errno, key) {
            (Errno::ENOENT, Some(_)) => missing::explain(failure),
            _ => failure,
        };
    };
    let new = key.map(|key| NewSet { key, requested: requested.clone() });
    match error.errno {
        Errno::EINVAL => too_large(failure, nsems, new),
        Errno::ENOSPC => no_space(failure, nsems),
        Errno::EEXIST => match new.as_ref().and_then(ExistingSet::at_key_of) {
            Some(existing) => existing.explain(failure, nsems, new),
            None => failure.reason(&EXISTS),
        },
        _ => failure,
    }
}

/// More than SEMMSL, which the kernel checks before it looks for the key.
fn too_large(failure: Failure, nsems: u32, new: Option<NewSet>) -> Failure {
    let failure = failure.reason(&SEMMSL);
    let Some(limits) = sysv::limits().ok().filter(|limits| limits.semmsl < nsems) else {
        return failure;
    };
    let failure = failure.cause(above_semmsl(nsems, limits)).evidence(setting(limits));
    if let Some(existing) = new.as_ref().and_then(ExistingSet::at_key_of) {
        let smaller = Some(limits.semmsl / 2 * 2).filter(|&smaller| smaller > 0);
        return existing.too_large(failure, nsems, smaller, new);
    }
    let used = sysv::all_sets().ok().map(|sets| Usage::of(&sets));
    let smaller = used.and_then(|used| largest(limits, used));
    let smaller =
        new.zip(smaller).map(|(new, smaller)| if_usable(smaller, new.create(smaller).into()));
    failure.all_fixes(limits::raise_for(Demand::set(nsems))).all_fixes(smaller)
}
