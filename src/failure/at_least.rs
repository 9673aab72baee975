//! Sets of a size that is asked for, of which there is no room for so many.

use super::limits::{self, Need};
use super::orphans::{Leftovers, Room};
use super::reasons::{Reason, SEMMNI, SEMMNS, SEMMSL};
use super::semget::{owners, setting, usage};
use super::{Failure, Fix};
use crate::exit::Exit;
use crate::sysv::{self, Limits, Usage};
use crate::words::counted;

/// Says that `sets` sets of `nsems` semaphores cannot be created at the same time, but
/// of `most` semaphores at best, and what makes room for them.
pub(crate) fn too_small(sets: u32, nsems: u32, most: u32) -> Failure {
    let semaphores = counted(nsems, "semaphore");
    let failure = Failure::new(
        Exit::No,
        match sets {
            1 => format!(
                "create a set of {semaphores}: the largest that can be created now has {most}"
            ),
            _ if most == 0 => {
                format!("create {sets} sets of {semaphores} at the same time: there is no room")
            }
            _ => format!(
                "create {sets} sets of {semaphores} at the same time: each can have at most {most} now"
            ),
        },
    );
    let (Ok(limits), Ok(rows)) = (sysv::limits(), sysv::all_sets()) else { return failure };
    let (used, need) = (Usage::of(&rows), Need { sets, ..Need::set(nsems) });
    let Some((reason, cause)) = binding(limits, used, need) else { return failure };
    let failure = Failure { exit: Exit::No, ..failure.reason(reason) }
        .cause(cause)
        .evidence(setting(limits))
        .evidence(usage(used, limits));
    if rows.is_empty() || nsems > limits.semmsl {
        return failure.all_fixes(limits::remedies(need));
    }
    let leftovers = Leftovers::among(&rows);
    failure
        .evidence(owners(&rows, used.sets.saturating_add(sets) > limits.semmni))
        .all_evidence(leftovers.evidence())
        .all_fixes(leftovers.fix(Room { used, limits, need }))
        .all_fixes(raised(need, used, limits))
}

fn raised(need: Need, used: Usage, limits: Limits) -> Vec<Fix> {
    limits::remedies(need).into_iter().chain(limits::more_numbers(used, limits)).collect()
}

/// The limit that these sets would go beyond, and how that shows.
fn binding(limits: Limits, used: Usage, need: Need) -> Option<(&'static Reason, String)> {
    let Limits { semmsl, semmns, semmni, .. } = limits;
    if need.nsems > semmsl {
        let most = counted(semmsl, "semaphore");
        return Some((&SEMMSL, format!("a set may have at most {most} here (SEMMSL)")));
    }
    if used.sets.saturating_add(need.sets) > semmni {
        let left = counted(semmni.saturating_sub(used.sets), "more set");
        return Some((&SEMMNI, format!("there can be {left} (SEMMNI); this is not the disk")));
    }
    let all = used.semaphores.saturating_add(need.semaphores());
    (all > semmns).then(|| {
        let left = counted(semmns.saturating_sub(used.semaphores), "more semaphore");
        (&SEMMNS, format!("there can be {left} in all sets together (SEMMNS)"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_that_forbids_so_many_sets_is_named() {
        let limits = Limits { semmsl: 20, semmns: 136, semopm: 8, semmni: 8 };
        let binding = |used_sets, sets, nsems| {
            let used = Usage { sets: used_sets, semaphores: 0 };
            let need = Need { sets, ..Need::set(nsems) };
            binding(limits, used, need).map(|(reason, _)| reason.name)
        };
        assert_eq!(binding(0, 8, 17), None);
        assert_eq!(binding(0, 1, 21), Some("semmsl"));
        assert_eq!(binding(1, 8, 17), Some("semmni"));
        assert_eq!(binding(0, 8, 18), Some("semmns"));
        assert_eq!(binding(0, u32::MAX, 20), Some("semmni"));
    }
}
