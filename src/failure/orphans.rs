//! Sets that no living process can be using.

use nix::unistd::geteuid;

use super::shell::ShellCommand;
use crate::judge::{self, Judging, Verdict};
use crate::sysv::{Limits, SetInfo, Usage};
use crate::words::counted;

/// Those of `rows` that are orphaned, without those that have a key: in a block,
/// somebody may have left a lock on purpose.
pub(super) fn orphaned(rows: &[SetInfo]) -> Vec<SetInfo> {
    let mut judging = Judging::default();
    let by = judging.judge();
    let is_orphaned = |row: &&SetInfo| {
        let judged = judge::judge(by, **row);
        judged.is_some_and(|judgement| judgement.verdict == Verdict::Orphaned)
    };
    let private = rows.iter().filter(|row| row.is_private());
    private.filter(is_orphaned).copied().collect()
}

/// How many are named; the rest are counted.
const NAMED: usize = 5;

/// Which they are and what they take up, in a line; nothing where there are none.
pub(super) fn evidence(orphaned: &[SetInfo]) -> Option<String> {
    let Usage { sets, semaphores } = Usage::of(orphaned);
    let mut ids: Vec<_> =
        orphaned.iter().take(NAMED).map(|row| format!("semid {}", row.semid)).collect();
    if orphaned.len() > NAMED {
        ids.push(format!("{} more", orphaned.len() - NAMED));
    }
    let (ids, semaphores) = (ids.join(", "), counted(semaphores, "semaphore"));
    (sets > 0).then(|| format!("orphaned, so in nobody's use: {ids}; {semaphores} in all"))
}

/// The command that removes those which this user may remove, if that makes room
/// for a set of `nsems`.
pub(super) fn fix(
    orphaned: &[SetInfo],
    used: Usage,
    limits: Limits,
    nsems: u32,
) -> Option<ShellCommand> {
    let user = geteuid();
    let is_ours = |row: &&SetInfo| user.is_root() || row.permissions.uid == user.as_raw();
    let freed = Usage::of(orphaned.iter().filter(is_ours));
    let semaphores = (used.semaphores - freed.semaphores).checked_add(nsems)?;
    let is_enough = used.sets - freed.sets < limits.semmni && semaphores <= limits.semmns;
    let owner = (!user.is_root()).then(|| ["--owner".into(), user.to_string()]);
    let remove = ShellCommand::semlock("remove").args(["--orphaned", "--private"]);
    is_enough.then(|| remove.args(owner.into_iter().flatten()).arg("--yes"))
}
