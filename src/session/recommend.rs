//! How large a block should be.

/// The share of sessions that may share their slot with another open one.
const MAX_COLLISIONS: f64 = 0.01;

/// A size for a block, and how well it spreads sessions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Recommendation {
    /// How many semaphores.
    pub nsems: u16,
    /// How many slots session ids can have: all of them.
    pub effective_slots: u16,
    /// The share of sessions that share their slot with another open one, from 0 to 1.
    pub collisions: f64,
    /// Whether that is below 0.01.
    pub is_enough: bool,
}

/// Whether session ids use this number of slots evenly.
///
/// The hash of a long id is a multiple of a large power of two, so the number must be odd.
/// The hash of a short id has the same remainder modulo 31 as its last character, so 31
/// must not divide the number.
pub(crate) fn spreads(slots: u16) -> bool {
    !slots.is_multiple_of(2) && !slots.is_multiple_of(31)
}

/// Recommends a size for a block of at most `max_nsems` semaphores, for `sessions` that
/// are open at once and whose ids have this many hexadecimal `digits`.
///
/// It is the smallest size at which less than 1 of 100 sessions shares its slot with
/// another, or if there is none, the largest. Only sizes whose slots are used evenly are
/// considered. None if `max_nsems` is below 2.
pub(crate) fn recommend(max_nsems: u32, sessions: u32, digits: u32) -> Option<Recommendation> {
    let max_slots = u16::try_from(max_nsems / 2).unwrap_or(u16::MAX).min(u16::MAX / 2);
    let sizes: Vec<u16> = (1..=max_slots).filter(|&slots| spreads(slots)).collect();
    let share = |slots: u16| collisions(slots, sessions, digits);
    let enough = sizes.partition_point(|&slots| share(slots) >= MAX_COLLISIONS);
    let slots = *sizes.get(enough).or(sizes.last())?;
    let collisions = share(slots);
    Some(Recommendation {
        nsems: 2 * slots,
        effective_slots: slots,
        collisions,
        is_enough: collisions < MAX_COLLISIONS,
    })
}

/// The probability that a session has the same slot as any of the others.
fn collisions(slots: u16, sessions: u32, digits: u32) -> f64 {
    let others = f64::from(sessions.saturating_sub(1));
    let meets = |share: f64| 1.0 - (1.0 - share).powf(others);
    if digits > MAX_EXACT_DIGITS {
        return meets(1.0 / f64::from(slots));
    }
    shares(slots, digits).into_iter().map(|share| share * meets(share)).sum()
}

/// Up to this many digits, Perl's hash is exact, and the ids do not use all slots evenly.
const MAX_EXACT_DIGITS: u32 = 12;

/// The share of all ids of this many digits that each slot has.
fn shares(slots: u16, digits: u32) -> Vec<f64> {
    let mut shares = vec![0.0; slots.into()];
    shares[0] = 1.0;
    for _ in 0..digits {
        let mut next = vec![0.0; slots.into()];
        for (hash, share) in shares.iter().enumerate() {
            for digit in b"0123456789abcdef" {
                next[(31 * hash + usize::from(*digit)) % usize::from(slots)] += share / 16.0;
            }
        }
        shares = next;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recommended_block_uses_all_its_slots() {
        for (max_nsems, sessions, digits, nsems) in [
            (32_000, 1, 32, Some(2)),
            (32_000, 2, 32, Some(202)),
            (32_000, 100, 32, Some(19_702)),
            (32_000, 1_000_000, 32, Some(31_998)),
            (64, 100, 32, Some(58)),
            (3, 100, 32, Some(2)),
            (1, 100, 32, None),
        ] {
            let found = recommend(max_nsems, sessions, digits);
            assert_eq!(found.map(|found| found.nsems), nsems, "{max_nsems} {sessions}");
            if let Some(found) = found {
                assert!(spreads(found.effective_slots) && found.nsems == 2 * found.effective_slots);
                assert_eq!(found.is_enough, found.collisions < MAX_COLLISIONS);
            }
        }
    }

    #[test]
    fn short_ids_do_not_use_all_slots_evenly() {
        let even = collisions(101, 10, MAX_EXACT_DIGITS + 1);
        assert!((even - (1.0 - (100.0_f64 / 101.0).powi(9))).abs() < 1e-12);
        assert!(collisions(101, 10, 1) > even);
        assert!((shares(101, 3).iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn only_odd_numbers_that_31_does_not_divide_spread() {
        let spreading: Vec<u16> = (1..70).filter(|&slots| spreads(slots)).collect();
        assert_eq!(spreading.len(), 34);
        assert!(!spreading.contains(&31) && !spreading.contains(&16) && spreading.contains(&17));
    }

    #[test]
    fn the_share_of_each_slot_is_that_of_all_ids() {
        for slots in [1, 3, 17, 101] {
            let mut counted = vec![0.0; slots.into()];
            for id in 0..=0xff {
                let slot = crate::session::slot_of(format!("{id:02x}").as_bytes(), 2 * slots);
                counted[usize::from(slot.unwrap().index())] += 1.0 / 256.0;
            }
            assert_eq!(shares(slots, 2), counted, "{slots}");
        }
    }

    #[test]
    fn ids_use_slots_evenly_only_if_their_hash_is_not_exact() {
        // The last digit alone decides which of 31 slots an id of exact hash has: 16 of them.
        let is = |digits, share: f64| {
            let expected = 1.0 - (1.0 - share).powi(9);
            assert!((collisions(31, 10, digits) - expected).abs() < 1e-12, "{digits}");
        };
        is(MAX_EXACT_DIGITS, 1.0 / 16.0);
        is(MAX_EXACT_DIGITS + 1, 1.0 / 31.0);
    }
}
