//! The program that a set belongs to: that of a living process that uses it, else the one
//! program whose sets look like it, else that of the processes that could use it. None if
//! that is not certain.

use std::collections::BTreeMap;

use crate::system::{Pid, Processes, Text};
use crate::sysv::{SetInfo, SetState};

/// The program of most of these living users of a set; of several, the first one's.
pub(super) fn of_living(users: &[Pid], processes: &Processes) -> Option<Text> {
    let names = users.iter().filter_map(|&pid| Some(&processes.get(pid)?.name));
    let names: Vec<_> = names.collect();
    let numbers = numbers(names.iter().copied());
    // The last of equals is what `max_by_key` takes.
    names.into_iter().rev().max_by_key(|name| numbers[name]).cloned()
}

/// The program of more than half of the processes with these names.
pub(super) fn of_most<'a>(names: impl Iterator<Item = &'a Text>) -> Option<Text> {
    let numbers = numbers(names);
    let all: usize = numbers.values().sum();
    numbers.into_iter().find(|(_, number)| 2 * number > all).map(|(name, _)| name.clone())
}

fn numbers<'a>(names: impl Iterator<Item = &'a Text>) -> BTreeMap<&'a Text, usize> {
    let mut numbers = BTreeMap::new();
    for name in names {
        *numbers.entry(name).or_default() += 1;
    }
    numbers
}

/// The program whose sets alone look like this one. While a process waits on the set, it
/// says nothing: that process may be of any program.
pub(super) fn by_layout(state: &SetState) -> Option<Text> {
    let set = &state.info;
    if state.waiting() > 0 || set.is_private() || !is_creators_own(set) {
        return None;
    }
    match () {
        () if is_postgres(state) => Some(Text::from_static("postgres")),
        () if is_php(state) => Some(Text::from_static("php")),
        () => None,
    }
}

/// Neither of the two gives its sets to another user.
fn is_creators_own(set: &SetInfo) -> bool {
    let of = &set.permissions;
    (of.uid, of.gid) == (of.cuid, of.cgid)
}

/// A server's set has 16 semaphores or more and one that marks it, which is counted up to
/// 537: `IpcSemaphoreCreate`, src/backend/port/sysv_sema.c. The key comes from the inode
/// of the data directory, in older versions from the port.
fn is_postgres(state: &SetState) -> bool {
    const SMALLEST: u32 = 16 + 1;
    const MAGIC: u16 = 537;
    let set = &state.info;
    let mark = state.semaphores.last().map(|last| last.semval);
    set.nsems >= SMALLEST && set.permissions.mode == 0o600 && mark == Some(MAGIC)
}

/// What `sem_get` leaves behind that was called with nothing but a key: as many as may
/// have it, at least one; nobody uses it; and nobody is about to. The one that came and
/// went last has set the first, and changed the others, in this order, which gives the
/// set a later otime than ctime: ext/sysvsem/sysvsem.c.
fn is_php(state: &SetState) -> bool {
    let [have, users, setting] = &state.semaphores[..] else { return false };
    let values = (have.semval > 0, users.semval, setting.semval);
    let is_of_one = users.sempid == setting.sempid && have.sempid == users.sempid;
    let SetInfo { otime, ctime, permissions, .. } = &state.info;
    values == (true, 0, 0)
        && is_of_one
        && permissions.mode == 0o666
        && otime.is_some_and(|otime| ctime.is_none_or(|ctime| otime >= ctime))
}
