//! How many sets there are of each kind.

use std::collections::BTreeMap;

use crate::words::counted;

/// Each kind in order, with the number of its sets, such as "3 sets". `kinds` has the kind
/// of each set.
pub(super) fn tallied<K: Ord>(
    kinds: impl IntoIterator<Item = K>,
) -> impl Iterator<Item = (K, String)> {
    let mut tally = BTreeMap::<K, usize>::new();
    for kind in kinds {
        *tally.entry(kind).or_default() += 1;
    }
    tally.into_iter().map(|(kind, sets)| (kind, counted(sets, "set")))
}
