//! The kernel's list of sets.

use jiff::Timestamp;

use super::{Gid, Key, Permissions, Semid, SetInfo, Uid, listed_set, time};
use crate::fuzz::{Input, Targets};

impl Targets {
    /// The kernel writes a line by `sysvipc_sem_proc_show()` of ipc/sem.c.
    pub(crate) fn list_of_sets(data: &[u8]) {
        for set in data.split(|&byte| byte == b'\n').filter_map(listed_set) {
            assert!(set.permissions.mode <= 0o777);
        }
        let set = made_up(Input::new(data));
        let SetInfo { key, semid, nsems, permissions, otime, ctime } = &set;
        let Permissions { uid, gid, cuid, cgid, mode } = permissions;
        let [otime, ctime] = [otime, ctime].map(|time| time.map_or(0, Timestamp::as_second));
        let line = format!(
            "{key:>10} {semid:>10}  {mode:>4o} {nsems:>10} {uid:>5} {gid:>5} {cuid:>5} {cgid:>5} \
             {otime:>10} {ctime:>10}"
        );
        assert_eq!(listed_set(line.as_bytes()), Some(set), "{line}");
    }
}

fn made_up(mut input: Input) -> SetInfo {
    let [uid, cuid] = [(); 2].map(|()| Uid::new(input.u32()));
    let [gid, cgid] = [(); 2].map(|()| Gid::new(input.u32()));
    SetInfo {
        permissions: Permissions { uid, gid, cuid, cgid, mode: input.u16() & 0o777 },
        key: Key::new(input.i32()),
        semid: Semid::new(input.i32()),
        nsems: input.u32(),
        otime: time(input.u32().into()),
        ctime: time(input.u32().into()),
    }
}
