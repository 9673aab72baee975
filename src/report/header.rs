//! The header of a block for people.

use jiff::Timestamp;

use super::BlockHeader;
use super::grid::Grid;
use crate::system::{Text, zone};
use crate::words::{ago, exact, named};

const UNKNOWN: &str = "?";

/// The header as it is at the time `now`.
pub(super) fn header(block: &BlockHeader, now: Timestamp) -> Grid {
    let set = &block.set;
    let owner = account((&set.user, set.uid), (&set.group, set.gid));
    let creator = account((&set.cuser, set.cuid), (&set.cgroup, set.cgid));
    let rows = [
        ("key", format!("{} ({})", set.key, set.key_hex)),
        ("semid", set.semid.to_string()),
        ("nsems", set.nsems.to_string()),
        ("slots", slots(block)),
        ("mode", set.mode.to_string()),
        ("owner", owner),
        ("creator", creator),
        ("changed", time(set.ctime, now).unwrap_or_else(|| UNKNOWN.into())),
        ("last used", time(set.otime, now).unwrap_or_else(|| "never".into())),
        ("namespace", block.ipc_namespace.clone().unwrap_or_else(|| UNKNOWN.into())),
    ];
    let rows = rows.map(|(name, value)| vec![name.into(), value.into()]).to_vec();
    Grid { rows, ..Grid::default() }
}

fn slots(block: &BlockHeader) -> String {
    format!(
        "{}, of which {} for session ids of 13 characters and more",
        block.slots, block.effective_slots
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
