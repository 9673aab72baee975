//! NetBSD: sys/sysctl.h and kern/kern_proc.c.

use libc::{
    CTL_KERN, KERN_PROC_ALL, KERN_PROC_ARGS, KERN_PROC_ARGV, KERN_PROC_ENV, KERN_PROC_PATHNAME,
    KERN_PROC_PID, KERN_PROC2, LSZOMB, c_int,
};
use nix::errno::Errno;

use super::abi::kinfo_proc2;
use super::kinfo::{Kinfo, c_text, flag, time};
use crate::system::record::Record;
use crate::sysv::{read_raw, sysctl, sysctl_by_name};

pub(super) use super::kinfo::recorded_groups as all_groups;

pub(super) const ALL: [c_int; 6] = [CTL_KERN, KERN_PROC2, KERN_PROC_ALL, 0, RECORD, c_int::MAX];

pub(super) const SIZE: usize = size_of::<kinfo_proc2>();

/// The size of a record, as the kernel is asked for it.
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "it is small")]
const RECORD: c_int = SIZE as c_int;

pub(super) fn one(pid: i32) -> [c_int; 6] {
    [CTL_KERN, KERN_PROC2, KERN_PROC_PID, pid, RECORD, 1]
}

pub(super) fn arguments(pid: i32) -> Result<Vec<u8>, Errno> {
    sysctl(&[CTL_KERN, KERN_PROC_ARGS, pid, KERN_PROC_ARGV])
}

pub(super) fn environment(pid: i32) -> Result<Vec<u8>, Errno> {
    sysctl(&[CTL_KERN, KERN_PROC_ARGS, pid, KERN_PROC_ENV])
}

pub(super) fn executable(pid: i32) -> Result<Vec<u8>, Errno> {
    sysctl(&[CTL_KERN, KERN_PROC_ARGS, pid, KERN_PROC_PATHNAME])
}

/// What hides other users' processes.
pub(crate) const HIDDEN: &str =
    "security.models.extensions.curtain is 1, which hides other users' processes";

/// Whether only root sees other users' processes: secmodel_extensions(9).
pub(super) fn hides_processes() -> bool {
    flag(sysctl_by_name(c"security.models.extensions.curtain")) == Some(true)
}

/// There are no containers.
pub(crate) fn sees_every_process() -> bool {
    true
}

pub(super) fn parse(record: &[u8]) -> Option<Kinfo> {
    const NO_TERMINAL: u32 = u32::MAX;
    const P_SYSTEM: i32 = 0x200;
    let raw = read_raw::<kinfo_proc2>(record)?;
    let groups = raw.p_groups.get(..usize::try_from(raw.p_ngroups).ok()?)?;
    Some(Kinfo {
        pid: raw.p_pid,
        record: Record {
            name: c_text(&raw.p_comm),
            ended: c_int::from(raw.p_stat) == LSZOMB,
            parent: raw.p_ppid,
            group: raw.p__pgid,
            session: raw.p_sid,
            has_terminal: raw.p_tdev != NO_TERMINAL,
            stack: 0,
        },
        is_kernel: raw.p_flag & P_SYSTEM != 0,
        started: time(raw.p_ustart_sec, raw.p_ustart_usec),
        uids: [raw.p_ruid, raw.p_uid, raw.p_svuid],
        gids: [raw.p_rgid, raw.p_gid, raw.p_svgid],
        groups: groups.to_vec(),
        waits_for: c_text(&raw.p_wmesg),
        threads: Some(raw.p_nlwps),
    })
}
