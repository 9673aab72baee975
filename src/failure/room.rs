//! Whether there is room for a block that is to replace another one.

use super::limits::{self, Need};
use super::reasons::{Reason, SEMMNI, SEMMNS, SEMMSL};
use super::semget::Creation;
use super::wanted::Wanted;
use super::{Failure, Fix, evidence};
use crate::sysv::{self, Limits, SetInfo, Usage};
use crate::words::counted;

/// Why there could be no block of `nsems` semaphores in the place of `old`, found out
/// while that is still there. None if there could, or if the limits cannot be read.
pub(crate) fn no_room(what: &str, old: &SetInfo, nsems: u32, wanted: &Wanted) -> Option<Failure> {
    let (limits, sets) = (sysv::limits().ok()?, sysv::all_sets().ok()?);
    let others = Usage::of(sets.iter().filter(|set| set.semid != old.semid));
    let (reason, cause) = binding(limits, others, nsems)?;
    let creation = Creation { key: old.key, wanted: wanted.clone() };
    let need = Need { freed: Usage { sets: 1, semaphores: old.nsems }, ..Need::set(nsems) };
    let smaller = largest(limits, others).map(|smaller| {
        let note = format!("if the application can use NSems {smaller}");
        Fix::from(creation.replacing(smaller)).note(note)
    });
    let semaphores = counted(nsems, "semaphore");
    let failure = Failure::new(reason.exit, format!("{what}: there is no room for {semaphores}"));
    Some(
        failure
            .reason(reason)
            .cause(cause)
            .evidence(evidence::describe(old))
            .all_fixes(limits::met(need, Vec::new(), creation.replacing(nsems).into()))
            .all_fixes(smaller),
    )
}

/// The limit that a set of `nsems` semaphores beside `others` would go beyond.
fn binding(limits: Limits, others: Usage, nsems: u32) -> Option<(&'static Reason, String)> {
    let Limits { semmsl, semmns, semmni, .. } = limits;
    if nsems > semmsl {
        let most = counted(semmsl, "semaphore");
        return Some((
            &SEMMSL,
            format!("a set may have at most {most} here (SEMMSL), not {nsems}"),
        ));
    }
    if others.sets >= semmni {
        let sets = counted(others.sets, "other set");
        return Some((&SEMMNI, format!("there are {sets}, and may be {semmni} in all (SEMMNI)")));
    }
    let all = others.semaphores.saturating_add(nsems);
    (all > semmns).then(|| {
        (
            &SEMMNS,
            format!(
                "all sets together would have {all} semaphores, and may have {semmns} (SEMMNS)"
            ),
        )
    })
}

/// The largest even size for which there is room beside these sets.
pub(super) fn largest(limits: Limits, others: Usage) -> Option<u32> {
    let left = limits.semmns.saturating_sub(others.semaphores).min(limits.semmsl);
    let left = left.min(u16::MAX.into()) / 2 * 2;
    (left > 0 && others.sets < limits.semmni).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_that_binds_is_named_and_what_fits_exactly_has_room() {
        let limits = Limits { semmsl: 8, semmns: 16, semopm: 8, semmni: 2 };
        let binding = |sets, semaphores, nsems| {
            binding(limits, Usage { sets, semaphores }, nsems).map(|(reason, _)| reason.name)
        };
        assert_eq!(binding(1, 8, 8), None);
        assert_eq!(binding(1, 8, 10), Some("semmsl"));
        assert_eq!(binding(1, 9, 8), Some("semmns"));
        assert_eq!(binding(2, 2, 8), Some("semmni"));
        assert_eq!(largest(limits, Usage { sets: 1, semaphores: 11 }), Some(4));
        assert_eq!(largest(limits, Usage { sets: 1, semaphores: 15 }), None);
        assert_eq!(largest(limits, Usage { sets: 2, semaphores: 2 }), None);
    }
}
