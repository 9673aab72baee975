//! Sets that no living process can be using.

use crate::sysv::{Key, Row};
use crate::verdict::{Verdict, Witness};

/// How many are named; the rest are counted.
const NAMED: usize = 5;

/// Those of `rows` that are orphaned, without those that have a key: in a block,
/// somebody may have left a lock on purpose.
pub(super) fn orphaned(rows: &[Row]) -> Vec<Row> {
    let witness = Witness::default();
    let is_orphaned = |row: &&Row| {
        witness.judge(row).is_some_and(|judgement| judgement.verdict == Verdict::Orphaned)
    };
    let private = rows.iter().filter(|row| row.key == Key::PRIVATE);
    private.filter(is_orphaned).copied().collect()
}

/// Which they are, in a line; nothing where there are none.
pub(super) fn evidence(orphaned: &[Row]) -> Option<String> {
    let mut ids: Vec<_> =
        orphaned.iter().take(NAMED).map(|row| format!("semid {}", row.semid)).collect();
    if orphaned.len() > NAMED {
        ids.push(format!("{} more", orphaned.len() - NAMED));
    }
    (!ids.is_empty()).then(|| format!("orphaned, so in nobody's use: {}", ids.join(", ")))
}

/// The command that removes them.
pub(super) fn fix(orphaned: &[Row]) -> Option<String> {
    let removals: Vec<_> = orphaned
        .iter()
        .take(NAMED)
        .map(|row| format!("semlock remove --id {}", row.semid))
        .collect();
    (!removals.is_empty()).then(|| removals.join(" && "))
}
