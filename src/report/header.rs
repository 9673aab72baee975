//! The header of a block for people.

use comfy_table::Table;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::BlockHeader;
use super::table::plain;
use crate::words::{ago, named};

const UNKNOWN: &str = "?";

/// The header as it is at the time `now`.
pub(super) fn header(block: &BlockHeader, now: Timestamp) -> Table {
    let owner = account((&block.user, block.uid), (&block.group, block.gid));
    let creator = account((&block.cuser, block.cuid), (&block.cgroup, block.cgid));
    let mut table = plain();
    table.add_row(["key", &format!("{} ({})", block.key, block.key_hex)]);
    table.add_row(["semid", &block.semid.to_string()]);
    table.add_row(["nsems", &block.nsems.to_string()]);
    table.add_row(["slots", &slots(block)]);
    table.add_row(["mode", &block.mode]);
    table.add_row(["owner", &owner]);
    table.add_row(["creator", &creator]);
    table.add_row(["changed", &time(block.ctime, now).unwrap_or_else(|| UNKNOWN.into())]);
    table.add_row(["last used", &time(block.otime, now).unwrap_or_else(|| "never".into())]);
    table.add_row(["namespace", block.ipc_namespace.as_deref().unwrap_or(UNKNOWN)]);
    table
}

fn slots(block: &BlockHeader) -> String {
    format!(
        "{}, of which {} for session ids of 13 characters and more",
        block.slots, block.effective_slots
    )
}

fn account(user: (&Option<String>, u32), group: (&Option<String>, u32)) -> String {
    format!("{}, group {}", named(user.0.clone(), user.1), named(group.0.clone(), group.1))
}

fn time(time: Option<Timestamp>, now: Timestamp) -> Option<String> {
    let time = time?;
    let exact = time.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S %:z");
    Some(format!("{exact}, {}", ago(time, now)))
}
