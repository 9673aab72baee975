//! Whether new sets fit into the limits, and which limit binds.

use super::reasons::{Reason, SEMMNI, SEMMNS, SEMMSL};
use crate::session::WRITE_LOCK_OPERATIONS;
use crate::sysv::{Limits, Usage};
use crate::words::counted;

/// What is to be created.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Demand {
    pub sets: u32,
    /// Semaphores in each set.
    pub nsems: u32,
    /// Operations in one call.
    pub operations: u32,
    /// What is removed first.
    pub freed: Usage,
}

impl Demand {
    /// One set of `nsems` semaphores in which locks can be taken.
    pub(super) fn set(nsems: u32) -> Self {
        Self { sets: 1, nsems, operations: WRITE_LOCK_OPERATIONS, ..Self::default() }
    }

    /// The semaphores of all the sets.
    pub(super) fn semaphores(self) -> u32 {
        self.sets.saturating_mul(self.nsems)
    }

    /// What of `used` is still used when the removals are done.
    pub(super) fn left_of(self, used: Usage) -> Usage {
        Usage {
            sets: used.sets.saturating_sub(self.freed.sets),
            semaphores: used.semaphores.saturating_sub(self.freed.semaphores),
        }
    }

    /// The same demand when so much more is removed first.
    pub(super) fn after(self, freed: Usage) -> Self {
        let sets = self.freed.sets.saturating_add(freed.sets);
        let semaphores = self.freed.semaphores.saturating_add(freed.semaphores);
        Self { freed: Usage { sets, semaphores }, ..self }
    }

    pub(super) fn fits(self, limits: Limits, used: Usage) -> bool {
        self.binding_limit(limits, used).is_none()
    }

    /// The limit that this would exceed, and in which way; None if it fits.
    pub(super) fn binding_limit(
        self,
        limits: Limits,
        used: Usage,
    ) -> Option<(&'static Reason, String)> {
        let used = self.left_of(used);
        if self.nsems > limits.semmsl {
            return Some((&SEMMSL, above_semmsl(self.nsems, limits)));
        }
        if used.sets.saturating_add(self.sets) > limits.semmni {
            let (sets, exist) = (counted(limits.semmni, "set"), used.sets);
            let cause = format!("the limit is {sets} (SEMMNI), and {exist} {}", self.are(exist));
            return Some((&SEMMNI, cause));
        }
        (used.semaphores.saturating_add(self.semaphores()) > limits.semmns).then(|| {
            let (semaphores, exist) = (counted(limits.semmns, "semaphore"), used.semaphores);
            let cause = format!(
                "the limit is {semaphores} in all sets together (SEMMNS), and {exist} {}",
                self.are(exist)
            );
            (&SEMMNS, cause)
        })
    }

    fn are(self, number: u32) -> String {
        let verb = if number == 1 { "exists" } else { "exist" };
        let without = if self.freed == Usage::default() { "" } else { " without this set" };
        format!("{verb}{without}")
    }
}

pub(super) fn above_semmsl(nsems: u32, limits: Limits) -> String {
    let semaphores = counted(limits.semmsl, "semaphore");
    format!("a set can have at most {semaphores} here (SEMMSL), not {nsems}")
}

/// The largest even size that fits beside the `used` sets.
pub(super) fn largest(limits: Limits, used: Usage) -> Option<u32> {
    let left = limits.semmns.saturating_sub(used.semaphores).min(limits.semmsl);
    let left = left.min(u16::MAX.into()) / 2 * 2;
    (left > 0 && used.sets < limits.semmni).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { semmsl: 8, semmns: 16, semopm: 8, semmni: 2 };

    fn usage(sets: u32, semaphores: u32) -> Usage {
        Usage { sets, semaphores }
    }

    #[test]
    fn the_limit_that_binds_is_named_and_an_exact_fit_fits() {
        let one = Demand::set;
        let several = |sets, nsems| Demand { sets, ..one(nsems) };
        for (used, demand, expected) in [
            (usage(1, 8), one(8), None),
            (usage(1, 8), one(10), Some("semmsl")),
            (usage(1, 9), one(8), Some("semmns")),
            (usage(2, 2), one(8), Some("semmni")),
            (usage(2, 16), one(8).after(usage(1, 8)), None),
            (usage(0, 0), several(2, 8), None),
            (usage(0, 0), several(3, 2), Some("semmni")),
            (usage(0, 0), several(u32::MAX, 8), Some("semmni")),
            (usage(0, 4), several(2, 8), Some("semmns")),
        ] {
            let reason = demand.binding_limit(LIMITS, used).map(|(reason, _)| reason.name);
            assert_eq!(reason, expected, "{demand:?} beside {used:?}");
        }
    }

    #[test]
    fn the_cause_has_the_limit_and_what_is_used_of_it() {
        let cause = |used, demand: Demand| demand.binding_limit(LIMITS, used).unwrap().1;
        assert_eq!(cause(usage(2, 4), Demand::set(2)), "the limit is 2 sets (SEMMNI), and 2 exist");
        assert_eq!(
            cause(usage(2, 16), Demand::set(8).after(usage(1, 7))),
            "the limit is 16 semaphores in all sets together (SEMMNS), and 9 exist without this set"
        );
    }

    #[test]
    fn the_largest_size_that_fits_is_even() {
        assert_eq!(largest(LIMITS, usage(1, 11)), Some(4));
        assert_eq!(largest(LIMITS, usage(1, 15)), None);
        assert_eq!(largest(LIMITS, usage(2, 2)), None);
    }
}
