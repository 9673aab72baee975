//! The header of a block for people.

use jiff::Timestamp;

use super::grid::Grid;
use super::{BlockHeader, BlockSummary};
use crate::system::{Text, zone};
use crate::words::{ago, exact, named};

const UNKNOWN: &str = "?";

/// The header as it is at the time `now`.
pub(super) fn header(block: &BlockHeader, now: Timestamp) -> Grid {
    let owner = account((&block.user, block.uid), (&block.group, block.gid));
    let creator = account((&block.cuser, block.cuid), (&block.cgroup, block.cgid));
    let summary = &block.summary;
    let rows = [
        ("key", format!("{} ({})", summary.key, summary.key_hex)),
        ("semid", summary.semid.to_string()),
        ("nsems", summary.nsems.to_string()),
        ("slots", slots(summary)),
        ("mode", block.mode.clone()),
        ("owner", owner),
        ("creator", creator),
        ("changed", time(block.ctime, now).unwrap_or_else(|| UNKNOWN.into())),
        ("last used", time(block.otime, now).unwrap_or_else(|| "never".into())),
        ("namespace", block.ipc_namespace.clone().unwrap_or_else(|| UNKNOWN.into())),
    ];
    let rows = rows.map(|(name, value)| vec![name.into(), value.into()]).to_vec();
    Grid { rows, ..Grid::default() }
}

fn slots(summary: &BlockSummary) -> String {
    format!(
        "{}, of which {} for session ids of 13 characters and more",
        summary.slots, summary.effective_slots
    )
}

fn account(user: (&Option<Text>, u32), group: (&Option<Text>, u32)) -> String {
    format!("{}, group {}", named(user.0.as_ref(), user.1), named(group.0.as_ref(), group.1))
}

fn time(time: Option<Timestamp>, now: Timestamp) -> Option<String> {
    let time = time?;
    let zone = zone();
    let offset = time.to_zoned(zone.clone()).strftime("%:z");
    Some(format!("{} {offset}, {}", exact(time, &zone), ago(time, now)))
}
