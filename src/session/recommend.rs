//! How large a block should be.

/// How often sessions may meet that have nothing to do with each other.
const TOLERABLE: f64 = 0.01;

/// A size of block, and what is to be expected of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recommendation {
    /// Semaphores.
    pub nsems: u16,
    /// Slots that session ids can fall on: all of them.
    pub effective_slots: u16,
    /// The share of sessions that share their slot with another that is open.
    pub collisions: f64,
    /// Whether that is less than one of a hundred.
    pub is_enough: bool,
}

/// Whether a block of so many slots has all of them used, and evenly: an odd number
/// by long ids, whose hash is a multiple of a large power of two; and one that 31
/// does not divide by short ids, whose hash leaves the same remainder by 31 as
/// their last character.
pub(crate) fn spreads(slots: u16) -> bool {
    !slots.is_multiple_of(2) && !slots.is_multiple_of(31)
}

/// The smallest block of up to `most` semaphores in which, of `sessions` that are
/// open at once, each shares its slot with another in less than 1 of 100 cases; if
/// there is none, the largest; of those that [spread](spreads). The ids have so
/// many hexadecimal `digits`. None if `most` is below 2.
pub fn recommend(most: u32, sessions: u32, digits: u32) -> Option<Recommendation> {
    let most = u16::try_from(most / 2).unwrap_or(u16::MAX).min(u16::MAX / 2);
    let sizes: Vec<u16> = (1..=most).filter(|&slots| spreads(slots)).collect();
    let share = |slots: u16| collisions(slots, sessions, digits);
    let enough = sizes.partition_point(|&slots| share(slots) >= TOLERABLE);
    let slots = *sizes.get(enough).or(sizes.last())?;
    let collisions = share(slots);
    Some(Recommendation {
        nsems: 2 * slots,
        effective_slots: slots,
        collisions,
        is_enough: collisions < TOLERABLE,
    })
}

/// The chance of one session to fall on the slot of any of the others.
fn collisions(slots: u16, sessions: u32, digits: u32) -> f64 {
    let others = f64::from(sessions.saturating_sub(1));
    let meets = |share: f64| 1.0 - (1.0 - share).powf(others);
    if digits > EXACT {
        return meets(1.0 / f64::from(slots));
    }
    shares(slots, digits).into_iter().map(|share| share * meets(share)).sum()
}

/// Up to so many digits, Perl's hash of every id is exact. There are few enough
/// of such ids that they do not fall on all slots alike.
const EXACT: u32 = 12;

/// Which share of all ids of so many digits falls on each slot.
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
