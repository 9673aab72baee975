//! `struct kinfo_proc` of sys/sysctl.h, which ps(1) reads. Every user may read it.

use jiff::Timestamp;

use crate::system::portable::fields::{Fields, time};
use crate::sysv::{Credentials, Gid, Uid};

pub(in crate::system) use crate::system::portable::fields::Field;

/// The size of the struct, which has 64-bit pointers.
pub(crate) const SIZE: usize = 648;

// Its fields: tests/targets/layouts/macos.
pub(in crate::system) const SECONDS: Field<i64> = Field::at(0);
pub(in crate::system) const MICROSECONDS: Field<i32> = Field::at(8);
pub(in crate::system) const STATE: Field<i8> = Field::at(36);
pub(in crate::system) const PID: Field<i32> = Field::at(40);
pub(in crate::system) const NAME: Field<[u8; 17]> = Field::at(243);
pub(in crate::system) const REAL_UID: Field<u32> = Field::at(392);
pub(in crate::system) const SAVED_UID: Field<u32> = Field::at(396);
pub(in crate::system) const REAL_GID: Field<u32> = Field::at(400);
pub(in crate::system) const SAVED_GID: Field<u32> = Field::at(404);
pub(in crate::system) const UID: Field<u32> = Field::at(420);
pub(in crate::system) const GROUPS_NUMBER: Field<i16> = Field::at(424);
pub(in crate::system) const GROUPS: Field<[u32; 16]> = Field::at(428);
pub(in crate::system) const PARENT: Field<i32> = Field::at(560);
pub(in crate::system) const GROUP: Field<i32> = Field::at(564);
pub(in crate::system) const FLAGS: Field<i32> = Field::at(612);

/// `SZOMB` of sys/proc.h, in `p_stat`.
pub(crate) const ZOMBIE: i8 = 5;

/// `EPROC_CTTY` of sys/sysctl.h, in `e_flag`.
pub(crate) const HAS_TERMINAL: i32 = 1;

/// What the struct says about a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kinfo {
    pub pid: i32,
    pub parent: i32,
    pub group: i32,
    pub started: Timestamp,
    pub name: Vec<u8>,
    pub ended: bool,
    pub has_terminal: bool,
    pub credentials: Credentials,
}

/// The first process in these bytes. None if they are too few or make no sense.
pub(crate) fn parse(bytes: &[u8]) -> Option<Kinfo> {
    let fields = Fields::of(bytes, SIZE)?;
    Some(Kinfo {
        pid: fields.get(PID)?,
        parent: fields.get(PARENT)?,
        group: fields.get(GROUP)?,
        started: timeval(fields)?,
        name: fields.text(NAME)?,
        ended: fields.get(STATE)? == ZOMBIE,
        has_terminal: fields.get(FLAGS)? & HAS_TERMINAL != 0,
        credentials: credentials(fields)?,
    })
}

/// The time at the start of these fields: a timeval, as `KERN_BOOTTIME` returns it, too.
pub(crate) fn timeval(fields: Fields) -> Option<Timestamp> {
    time(fields.get(SECONDS)?, i64::from(fields.get(MICROSECONDS)?) * 1000)
}

/// The real, saved and effective ids. The first of the groups is the effective one.
fn credentials(fields: Fields) -> Option<Credentials> {
    let uids = [fields.get(REAL_UID)?, fields.get(SAVED_UID)?, fields.get(UID)?].map(Uid::new);
    let gids = [fields.get(REAL_GID)?, fields.get(SAVED_GID)?].map(Gid::new);
    let number = usize::try_from(fields.get(GROUPS_NUMBER)?).ok()?;
    let all = fields.all(GROUPS)?;
    let groups = all.get(..number)?.iter().copied().map(Gid::new);
    let gids = gids.into_iter().chain(groups.clone().take(1));
    Some(Credentials::of_ids(uids, gids, groups))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A process as the kernel describes it.
    fn struct_of(fields: &[(usize, &[u8])]) -> Vec<u8> {
        let mut bytes = vec![0; SIZE];
        for (offset, field) in fields {
            bytes[*offset..offset + field.len()].copy_from_slice(field);
        }
        bytes
    }

    fn shell() -> Vec<u8> {
        let number = |number: i32| number.to_ne_bytes();
        struct_of(&[
            (0, &1_764_115_200_i64.to_ne_bytes()),
            (8, &number(123_456)),
            (36, &[2]),
            (40, &number(812)),
            (243, b"zsh"),
            (392, &number(501)),
            (396, &number(501)),
            (400, &number(20)),
            (404, &number(20)),
            (420, &number(501)),
            (424, &2_i16.to_ne_bytes()),
            (428, &number(20)),
            (432, &number(80)),
            (560, &number(811)),
            (564, &number(812)),
            (612, &number(3)),
        ])
    }

    #[test]
    fn a_process_has_its_ids_its_parent_and_its_start() {
        let process = parse(&shell()).unwrap();
        assert_eq!((process.pid, process.parent, process.group), (812, 811, 812));
        assert_eq!(
            (&process.name[..], process.ended, process.has_terminal),
            (&b"zsh"[..], false, true)
        );
        assert_eq!(process.started, Timestamp::new(1_764_115_200, 123_456_000).unwrap());
        let (user, group) = (Uid::new(501), Gid::new(20));
        let expected = Credentials {
            uids: vec![user],
            gids: vec![group],
            groups: vec![group, Gid::new(80)],
            ..Credentials::default()
        };
        assert_eq!(process.credentials, expected);
    }

    #[test]
    fn root_may_do_everything_and_a_zombie_has_ended() {
        let mut bytes = shell();
        bytes[420..424].fill(0);
        bytes[36] = 5;
        let process = parse(&bytes).unwrap();
        assert!(process.ended);
        assert_eq!(process.credentials.uids, [Uid::ROOT, Uid::new(501)]);
        assert!(process.credentials.ipc_owner && process.credentials.sys_admin);
    }

    #[test]
    fn what_is_cut_short_or_makes_no_sense_is_no_process() {
        for length in 0..SIZE {
            assert_eq!(parse(&shell()[..length]), None, "{length}");
        }
        assert_eq!(parse(&[0xff; SIZE]), None);
        let mut bytes = shell();
        bytes[424..426].copy_from_slice(&17_i16.to_ne_bytes());
        assert_eq!(parse(&bytes), None, "more groups than the struct has");
    }
}
