//! What can be found out about a set after a call failed, in words.
//!
//! All of it is optional: what cannot be read is left out, and never makes a
//! second failure out of the first.

use jiff::Timestamp;

use crate::system::accounts::AccountNames;
use crate::sysv::{self, Error, Semid, Set, SetInfo};
use crate::words::ago;
pub(super) use crate::words::{counted, named};

/// What is known of a set: what it is, and whether somebody uses it.
pub(super) fn of_set(set: Set) -> Vec<String> {
    let header = row(set.semid()).map(|row| describe(&row));
    header.into_iter().chain([use_of(set)]).collect()
}

/// The set with this id, as the kernel lists it also for those who may not read it.
pub(super) fn row(semid: Semid) -> Option<SetInfo> {
    let rows = sysv::all_sets().ok()?;
    rows.into_iter().find(|row| row.semid == semid)
}

/// A set in one line: size, owner, mode, age.
pub(super) fn describe(row: &SetInfo) -> String {
    let nsems = counted(row.nsems, "semaphore");
    let names = AccountNames::of(&[row.permissions.uid], &[row.permissions.gid]);
    let owner = named(names.user(row.permissions.uid), row.permissions.uid);
    let group = named(names.group(row.permissions.gid), row.permissions.gid);
    let age = row.ctime.map_or_else(String::new, |ctime| {
        format!(", created or changed {}", ago(ctime, Timestamp::now()))
    });
    let (semid, mode) = (row.semid, row.permissions.mode);
    format!("semid {semid}: {nsems}, mode {mode:04o}, owner {owner}, group {group}{age}")
}

/// Whether somebody uses the set, as far as its semaphores tell.
pub(super) fn use_of(set: Set) -> String {
    match activity(set) {
        Ok(Activity { raised: 0, waiting: 0 }) => "no lock of it is held, and nobody waits".into(),
        Ok(Activity { raised, waiting: 0 }) => format!(
            "locks are held or left in it, {} above 0, and nobody waits",
            counted(raised, "semaphore")
        ),
        Ok(Activity { raised, waiting }) => format!(
            "it is in use: {} above 0, {}",
            counted(raised, "semaphore"),
            counted(waiting, "waiting process")
        ),
        Err(error) => format!("whether it is in use cannot be read: {error}"),
    }
}

struct Activity {
    raised: u32,
    waiting: u32,
}

fn activity(set: Set) -> Result<Activity, Error> {
    let values = set.values()?;
    let mut waiting = 0;
    for semnum in 0..u32::try_from(values.len()).unwrap_or(u32::MAX) {
        waiting += set.ncnt(semnum)? + set.zcnt(semnum)?;
    }
    let raised = values.iter().filter(|&&value| value > 0).count();
    Ok(Activity {
        raised: u32::try_from(raised).unwrap_or(u32::MAX),
        waiting: waiting.unsigned_abs(),
    })
}
