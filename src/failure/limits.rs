//! Which limits are too low, and how high is enough.

use super::capacity::Demand;
use super::fix::Fix;
use super::limit_raise::LimitRaise;
use super::shell::ShellCommand;
use crate::sysv::{self, Limits, REMEDIES, Usage};

/// The most sets that this system can number.
pub(crate) const MAX_SETS: u32 = REMEDIES.max_sets;

/// The largest number in a setting: a C int.
const MAX_NUMBER: u32 = i32::MAX.unsigned_abs();

/// Limits that are sufficient for `demand`. Those on all sets together are at least
/// doubled if they are too low; the others stay as low as possible. None if no limits are.
fn sufficient(limits: Limits, used: Usage, demand: Demand) -> Option<Limits> {
    let semaphores = used.semaphores.checked_add(demand.semaphores())?;
    let doubled = |limit: u32, needed: u32| {
        if needed > limit { needed.max(limit.saturating_mul(2)).min(MAX_NUMBER) } else { limit }
    };
    let sets = used.sets.saturating_add(demand.sets);
    if demand.sets > 0 && sets > MAX_SETS {
        return None;
    }
    Some(Limits {
        semmsl: limits.semmsl.max(demand.nsems),
        semmns: doubled(limits.semmns, semaphores),
        semopm: limits.semopm.max(demand.operations),
        semmni: doubled(limits.semmni, sets).min(limits.semmni.max(MAX_SETS)),
    })
}

/// Raises the limits of this machine or container so that they are sufficient.
pub(super) fn raise_for(demand: Demand) -> Vec<Fix> {
    insufficient(demand).map(LimitRaise::fixes).unwrap_or_default()
}

/// Lets the kernel number more sets, if it has run out of numbers.
pub(super) fn extend_numbers(used: Usage, limits: Limits) -> Option<Fix> {
    let is_full = used.sets >= MAX_SETS && limits.semmni == MAX_SETS;
    REMEDIES.more_sets.filter(|_| is_full).map(Fix::from)
}

/// `removal` and `creation`, with the limits raised first if they are insufficient.
pub(super) fn raised_for(demand: Demand, removal: Vec<ShellCommand>, creation: Fix) -> Vec<Fix> {
    match insufficient(demand) {
        Some(raise) => raise.before(removal, creation),
        None => vec![creation.after(removal)],
    }
}

/// Raises SEMMNI and SEMMNS to these numbers, if that is possible.
pub(crate) fn raise_to(semmni: u32, semmns: u32) -> Vec<Fix> {
    match sysv::limits() {
        Ok(limits) if semmni <= MAX_SETS.max(limits.semmni) && semmns <= MAX_NUMBER => {
            LimitRaise::of(limits, Limits { semmns, semmni, ..limits }).fixes()
        }
        _ => Vec::new(),
    }
}

/// How the limits become sufficient, if they are not.
fn insufficient(demand: Demand) -> Option<LimitRaise> {
    let limits = sysv::limits().ok()?;
    let used = demand.left_of(Usage::of(&sysv::all_sets().ok()?));
    let enough = sufficient(limits, used, demand).filter(|&enough| enough != limits)?;
    Some(LimitRaise::of(limits, enough))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TINY: Limits = Limits { semmsl: 8, semmns: 16, semopm: 8, semmni: 2 };

    fn raised(sets: u32, semaphores: u32, nsems: u32) -> [u32; 4] {
        let enough = sufficient(TINY, Usage { sets, semaphores }, Demand::set(nsems)).unwrap();
        [enough.semmsl, enough.semmns, enough.semopm, enough.semmni]
    }

    #[test]
    fn only_the_limits_that_bind_are_raised() {
        assert_eq!(raised(0, 0, 8), [8, 16, 8, 2]);
        assert_eq!(raised(0, 0, 10), [10, 16, 8, 2]);
        assert_eq!(raised(1, 8, 10), [10, 32, 8, 2]);
        assert_eq!(raised(2, 4, 8), [8, 16, 8, 4]);
        assert_eq!(raised(2, 16, 64), [64, 80, 8, 4]);
    }

    #[test]
    fn no_limit_lets_in_more_sets_than_the_kernel_can_number() {
        let used = Usage { sets: MAX_SETS, semaphores: 0 };
        assert_eq!(sufficient(TINY, used, Demand::set(2)), None);
        let room = Usage { sets: MAX_SETS - 1, semaphores: 0 };
        assert_eq!(sufficient(TINY, room, Demand::set(2)).unwrap().semmni, MAX_SETS);
    }
}
