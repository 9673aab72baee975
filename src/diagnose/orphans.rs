//! Sets that no living process can be using.

use crate::sysv::Row;

/// Which of `rows` are orphaned, in a line; nothing where none is known to be.
pub(super) fn evidence(rows: &[Row]) -> Option<String> {
    let ids: Vec<_> = orphaned(rows).iter().map(|row| row.semid.to_string()).collect();
    (!ids.is_empty()).then(|| format!("orphaned, so in nobody's use: semid {}", ids.join(", ")))
}

/// The command that removes them.
pub(super) fn fix(rows: &[Row]) -> Option<String> {
    (!orphaned(rows).is_empty()).then(|| "semlock remove --orphaned --yes".into())
}

fn orphaned(_rows: &[Row]) -> Vec<Row> {
    Vec::new()
}
