//! The header of a block, or of any other set, for people.

use jiff::Timestamp;

use super::table::UNKNOWN;
use super::{BlockHeader, RenderOptions, SetHeader, filled};
use crate::system::Text;
use crate::sysv::{Gid, Namespace, Uid};
use crate::words::{ago, exact, named};

/// How far in the values stand.
const INDENT: usize = 12;

pub(super) fn of_block(block: &BlockHeader, options: &RenderOptions) -> String {
    let slots = format!(
        "{}; session ids of 13 or more characters use {}",
        block.slots, block.effective_slots
    );
    lines(&block.set, Some(slots), block.ipc_namespace.as_deref(), options)
}

/// The lines of a set, with those of a block where it is one.
pub(super) fn lines(
    set: &SetHeader,
    slots: Option<String>,
    ipc_namespace: Option<&str>,
    options: &RenderOptions,
) -> String {
    let key = if set.key == 0 { "none".into() } else { format!("{} ({})", set.key, set.key_hex) };
    let owner = account((&set.shape.user, set.shape.uid), (&set.shape.group, set.shape.gid));
    let creator = account((&set.cuser, set.cuid), (&set.cgroup, set.cgid));
    let otime = time(set.otime, options).unwrap_or_else(|| "never".into());
    let ctime = time(set.ctime, options).unwrap_or_else(|| UNKNOWN.into());
    let rows = [
        ("key", Some(key)),
        ("semid", Some(set.semid.to_string())),
        ("nsems", Some(set.shape.nsems.to_string())),
        ("slots", slots),
        ("mode", Some(set.shape.mode.to_string())),
        ("owner", Some(owner)),
        ("creator", Some(creator)),
        ("ctime", Some(format!("{ctime} (created or changed)"))),
        ("otime", Some(format!("{otime} (last operation)"))),
        ("namespace", Namespace::EXIST.then(|| ipc_namespace.unwrap_or(UNKNOWN).into())),
    ];
    let rows = rows.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let line = |(name, value): (&str, String)| {
        filled(&value, &format!(" {name:<9}  "), &" ".repeat(INDENT), options)
    };
    rows.map(line).collect::<Vec<_>>().join("\n")
}

fn account(user: (&Option<Text>, Uid), group: (&Option<Text>, Gid)) -> String {
    format!("{}, group {}", named(user.0.as_ref(), user.1), named(group.0.as_ref(), group.1))
}

fn time(time: Option<Timestamp>, options: &RenderOptions) -> Option<String> {
    let time = time?;
    let offset = time.to_zoned(options.zone.clone()).strftime("%:z");
    Some(format!("{} {offset}, {}", exact(time, &options.zone), ago(time, options.now)))
}
