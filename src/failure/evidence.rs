//! What can be found out about a set after a call failed, in words.
//!
//! What cannot be read is left out: it is never a second failure.

use jiff::Timestamp;

use crate::system::accounts::AccountNames;
use crate::sysv::{Error, Gid, Set, SetInfo, Uid};
use crate::words::{ago, counted, named};

/// What the set is, and whether it is in use.
pub(super) fn of_set(set: Set) -> Vec<String> {
    let header = SetInfo::listed(set.semid()).map(|row| describe(&row));
    header.into_iter().chain([in_use(set)]).collect()
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

/// The user and the group of this process.
pub(super) fn caller() -> String {
    let (uid, gid) = (Uid::own(), Gid::own());
    let names = AccountNames::of(&[uid], &[gid]);
    format!(
        "semlock runs as {}, group {}",
        named(names.user(uid), uid),
        named(names.group(gid), gid)
    )
}

/// Whether the set is in use, as far as its semaphores show.
fn in_use(set: Set) -> String {
    match counts(set) {
        Ok(Counts { raised: 0, waiting: 0 }) => {
            "no lock in it is held, and no process waits".into()
        }
        Ok(Counts { raised, waiting: 0 }) => format!(
            "locks are held or were left in it: {} above 0, and no process waits",
            counted(raised, "semaphore")
        ),
        Ok(Counts { raised, waiting }) => format!(
            "it is in use: {} above 0, {}",
            counted(raised, "semaphore"),
            counted(waiting, "waiting process")
        ),
        Err(error) => format!("it is unknown whether it is in use: {error}"),
    }
}

struct Counts {
    raised: u32,
    waiting: u32,
}

fn counts(set: Set) -> Result<Counts, Error> {
    let values = set.values()?;
    let mut waiting = 0;
    for semnum in 0..u32::try_from(values.len()).unwrap_or(u32::MAX) {
        waiting += set.ncnt(semnum)? + set.zcnt(semnum)?;
    }
    let raised = values.iter().filter(|&&value| value > 0).count();
    Ok(Counts {
        raised: u32::try_from(raised).unwrap_or(u32::MAX),
        waiting: waiting.unsigned_abs(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sysv::{Op, Outcome, Wait, own_table};

    #[test]
    fn a_set_is_described_with_whether_it_is_in_use() {
        own_table::enter();
        let set = Set::create_private(2, 0o640).unwrap();
        let [header, idle] = of_set(set).try_into().unwrap();
        let semid = set.semid();
        assert!(header.starts_with(&format!("semid {semid}: 2 semaphores, mode 0640, owner ")));
        assert!(header.contains(", created or changed ") && header.ends_with(" ago"), "{header}");
        assert_eq!(idle, "no lock in it is held, and no process waits");
        assert_eq!(set.operate(&[Op::without_undo(1, 3)], Wait::Not), Ok(Outcome::Done));
        assert_eq!(
            in_use(set),
            "locks are held or were left in it: 1 semaphore above 0, and no process waits"
        );
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| set.operate(&[Op::zero(1)], Wait::Forever));
            while set.zcnt(1) == Ok(0) && !waits.is_finished() {
                std::thread::yield_now();
            }
            let told = in_use(set);
            set.remove().unwrap();
            assert_eq!(told, "it is in use: 1 semaphore above 0, 1 waiting process");
            waits.join().unwrap().unwrap_err();
        });
        assert!(in_use(set).starts_with("it is unknown whether it is in use: "));
        assert!(caller().starts_with("semlock runs as "));
    }
}
