//! The structs of /proc/PID/psinfo and /proc/PID/cred, as a 64-bit process reads them:
//! `psinfo_t` and `prcred_t` of sys/procfs.h, proc(5).

use jiff::Timestamp;

use crate::system::portable::fields::{Fields, Number, time};
use crate::system::record::Record;
use crate::sysv::{Credentials, Gid, Uid};

pub(in crate::system) use crate::system::portable::fields::Field;

// The fields of psinfo_t: tests/targets/layouts/illumos.
pub(in crate::system) const FLAG: Field<i32> = Field::at(0);
pub(in crate::system) const LWPS: Field<i32> = Field::at(4);
pub(in crate::system) const PARENT: Field<i32> = Field::at(12);
pub(in crate::system) const GROUP: Field<i32> = Field::at(16);
pub(in crate::system) const SESSION: Field<i32> = Field::at(20);
pub(in crate::system) const REAL_UID: Field<u32> = Field::at(24);
pub(in crate::system) const UID: Field<u32> = Field::at(28);
pub(in crate::system) const REAL_GID: Field<u32> = Field::at(32);
pub(in crate::system) const GID: Field<u32> = Field::at(36);
pub(in crate::system) const TERMINAL: Field<i64> = Field::at(72);
pub(in crate::system) const SECONDS: Field<i64> = Field::at(88);
pub(in crate::system) const NANOSECONDS: Field<i64> = Field::at(96);
pub(in crate::system) const NAME: Field<[u8; 16]> = Field::at(136);
pub(in crate::system) const STATE: Field<u8> = Field::at(314);

// The fields of prcred_t.
pub(in crate::system) const UIDS: Field<[u32; 3]> = Field::at(0);
pub(in crate::system) const GIDS: Field<[u32; 3]> = Field::at(12);
pub(in crate::system) const GROUPS_NUMBER: Field<i32> = Field::at(24);
pub(in crate::system) const GROUPS: Field<[u32; 1]> = Field::at(28);

/// `SSYS` of sys/proc.h, in `pr_flag`: a process of the kernel.
const SYSTEM: i32 = 1;

/// `PRNODEV`, in `pr_ttydev`.
const NO_TERMINAL: i64 = -1;

/// The part of `psinfo_t` up to `pr_sname` of its lwp.
const PSINFO: usize = 315;

/// What everybody may read about a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Psinfo {
    pub record: Record,
    pub started: Timestamp,
    pub of_kernel: bool,
    /// The real and the effective ids.
    pub uids: [Uid; 2],
    pub gids: [Gid; 2],
}

/// The process that these bytes describe. None if they are too few or make no sense.
pub(crate) fn psinfo(bytes: &[u8]) -> Option<Psinfo> {
    let fields = Fields::of(bytes, PSINFO)?;
    Some(Psinfo {
        record: Record {
            name: fields.text(NAME)?,
            // A zombie has no lwp.
            ended: fields.get(LWPS)? == 0 || fields.get(STATE)? == b'Z',
            parent: fields.get(PARENT)?,
            group: fields.get(GROUP)?,
            session: fields.get(SESSION)?,
            has_terminal: fields.get(TERMINAL)? != NO_TERMINAL,
            stack: 0,
        },
        started: time(fields.get(SECONDS)?, fields.get(NANOSECONDS)?)?,
        of_kernel: fields.get(FLAG)? & SYSTEM != 0,
        uids: [Uid::new(fields.get(REAL_UID)?), Uid::new(fields.get(UID)?)],
        gids: [Gid::new(fields.get(REAL_GID)?), Gid::new(fields.get(GID)?)],
    })
}

/// The effective, real and saved ids in these bytes, and the groups. None if they are too
/// few.
pub(crate) fn credentials(bytes: &[u8]) -> Option<Credentials> {
    let fields = Fields::of(bytes, GROUPS.offset())?;
    let number = usize::try_from(fields.get(GROUPS_NUMBER)?).ok()?;
    let groups = bytes[GROUPS.offset()..].chunks_exact(4).take(number);
    let groups: Vec<_> =
        groups.map(|group| u32::read(group).map(Gid::new)).collect::<Option<_>>()?;
    let (uids, gids) = (fields.all(UIDS)?, fields.all(GIDS)?);
    let (uids, gids) = (uids.into_iter().map(Uid::new), gids.into_iter().map(Gid::new));
    (groups.len() == number).then(|| Credentials::of_ids(uids, gids, groups))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn struct_of(size: usize, fields: &[(usize, &[u8])]) -> Vec<u8> {
        let mut bytes = vec![0; size];
        for (offset, field) in fields {
            bytes[*offset..offset + field.len()].copy_from_slice(field);
        }
        bytes
    }

    fn number(number: i32) -> [u8; 4] {
        number.to_ne_bytes()
    }

    fn shell() -> Vec<u8> {
        struct_of(
            416,
            &[
                (4, &number(1)),
                (8, &number(812)),
                (12, &number(811)),
                (16, &number(812)),
                (20, &number(800)),
                (24, &number(101)),
                (28, &number(0)),
                (32, &number(10)),
                (36, &number(11)),
                (72, &NO_TERMINAL.to_ne_bytes()),
                (88, &1_764_115_200_i64.to_ne_bytes()),
                (96, &123_456_789_i64.to_ne_bytes()),
                (136, b"a-name-of-16-byt"),
                (314, b"S"),
            ],
        )
    }

    #[test]
    fn a_process_has_its_ids_its_parents_and_its_start() {
        let process = psinfo(&shell()).unwrap();
        let record = Record {
            name: b"a-name-of-16-byt".to_vec(),
            ended: false,
            parent: 811,
            group: 812,
            session: 800,
            has_terminal: false,
            stack: 0,
        };
        assert_eq!(process.record, record);
        assert_eq!(process.started, Timestamp::new(1_764_115_200, 123_456_789).unwrap());
        assert_eq!(process.uids, [Uid::new(101), Uid::ROOT]);
        assert_eq!(process.gids, [Gid::new(10), Gid::new(11)]);
        assert!(!process.of_kernel);
    }

    #[test]
    fn a_zombie_and_a_process_of_the_kernel_are_told_apart() {
        let mut zombie = shell();
        zombie[314] = b'Z';
        assert!(psinfo(&zombie).unwrap().record.ended);
        let mut without_lwps = shell();
        without_lwps[4] = 0;
        without_lwps[5..8].fill(0);
        assert!(psinfo(&without_lwps).unwrap().record.ended);
        let mut of_kernel = shell();
        of_kernel[0..4].copy_from_slice(&number(3));
        assert!(psinfo(&of_kernel).unwrap().of_kernel);
        let mut on_terminal = shell();
        on_terminal[72..80].fill(0);
        assert!(psinfo(&on_terminal).unwrap().record.has_terminal);
    }

    #[test]
    fn credentials_have_every_id_and_the_groups() {
        let ids = [0, 101, 7, 10, 11, 10, 2, 20, 21].map(number).concat();
        let expected = Credentials {
            uids: [0, 7, 101].map(Uid::new).into(),
            gids: [10, 11].map(Gid::new).into(),
            groups: [20, 21].map(Gid::new).into(),
            ipc_owner: true,
            sys_admin: true,
        };
        assert_eq!(credentials(&ids), Some(expected));
        // The struct has room for one group even if there is none.
        let none = [1, 1, 1, 2, 2, 2, 0, 0].map(number).concat();
        let found = credentials(&none).unwrap();
        assert_eq!((found.groups, found.ipc_owner), (vec![], false));
    }

    #[test]
    fn what_is_cut_short_or_makes_no_sense_is_no_process() {
        for length in 0..PSINFO {
            assert_eq!(psinfo(&shell()[..length]), None, "{length}");
        }
        assert_eq!(psinfo(&[0xff; 416]), None);
        let ids = [1, 1, 1, 2, 2, 2, 2, 20, 21].map(number).concat();
        for length in 0..ids.len() {
            assert_eq!(credentials(&ids[..length]), None, "{length}");
        }
        assert_eq!(credentials(&[0xff; 64]), None);
    }
}
