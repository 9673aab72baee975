//! FreeBSD: sys/sysctl.h, sys/user.h and kern/kern_proc.c.

use libc::{
    CTL_KERN, KERN_PROC, KERN_PROC_ARGS, KERN_PROC_ENV, KERN_PROC_GROUPS, KERN_PROC_PATHNAME,
    KERN_PROC_PID, KERN_PROC_PROC, P_SYSTEM, SZOMB, c_int, c_long,
};
use nix::errno::Errno;

use super::abi::kinfo_proc;
use super::kinfo::{Kinfo, c_text, flag, time};
use crate::system::record::Record;
use crate::sysv::{read_raw, sysctl, sysctl_by_name};

/// Every process, once for all of its threads.
pub(super) const ALL: [c_int; 3] = [CTL_KERN, KERN_PROC, KERN_PROC_PROC];

pub(super) const SIZE: usize = size_of::<kinfo_proc>();

pub(super) fn one(pid: i32) -> [c_int; 4] {
    [CTL_KERN, KERN_PROC, KERN_PROC_PID, pid]
}

pub(super) fn arguments(pid: i32) -> Result<Vec<u8>, Errno> {
    sysctl(&[CTL_KERN, KERN_PROC, KERN_PROC_ARGS, pid])
}

pub(super) fn environment(pid: i32) -> Result<Vec<u8>, Errno> {
    sysctl(&[CTL_KERN, KERN_PROC, KERN_PROC_ENV, pid])
}

pub(super) fn executable(pid: i32) -> Result<Vec<u8>, Errno> {
    sysctl(&[CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, pid])
}

/// A record has room for 16 groups; a process may have more.
pub(super) fn all_groups(info: &Kinfo) -> Result<Vec<u32>, Errno> {
    if info.groups.len() < libc::KI_NGROUPS {
        return Ok(info.groups.clone());
    }
    let answer = sysctl(&[CTL_KERN, KERN_PROC, KERN_PROC_GROUPS, info.pid])?;
    let (groups, rest) = answer.as_chunks();
    if rest.is_empty() {
        Ok(groups.iter().map(|&id| u32::from_ne_bytes(id)).collect())
    } else {
        Err(Errno::EIO)
    }
}

/// What hides other users' processes.
pub(crate) const HIDDEN: &str =
    "a sysctl security.bsd.see_* is 0, which hides other users' processes";

/// Whether only root sees every process: security(7).
pub(super) fn hides_processes() -> bool {
    let names = [
        c"security.bsd.see_other_uids",
        c"security.bsd.see_other_gids",
        c"security.bsd.see_jail_proc",
    ];
    names.into_iter().any(|name| flag(sysctl_by_name(name)) == Some(false))
}

/// A jail does not see the processes outside of it.
pub(crate) fn sees_every_process() -> bool {
    flag(sysctl_by_name(c"security.jail.jailed")) != Some(true)
}

pub(super) fn parse(record: &[u8]) -> Option<Kinfo> {
    const NO_TERMINAL: u64 = u64::MAX;
    let raw = read_raw::<kinfo_proc>(record)?;
    if usize::try_from(raw.ki_structsize) != Ok(SIZE) {
        return None;
    }
    let groups = raw.ki_groups.get(..usize::try_from(raw.ki_ngroups).ok()?)?;
    Some(Kinfo {
        pid: raw.ki_pid,
        record: Record {
            name: c_text(&raw.ki_comm),
            ended: raw.ki_stat == SZOMB,
            parent: raw.ki_ppid,
            group: raw.ki_pgid,
            session: raw.ki_sid,
            has_terminal: raw.ki_tdev != NO_TERMINAL,
            stack: 0,
        },
        is_kernel: raw.ki_flag & c_long::from(P_SYSTEM) != 0,
        started: time(raw.ki_start.tv_sec, raw.ki_start.tv_usec),
        uids: [raw.ki_ruid, raw.ki_uid, raw.ki_svuid],
        // The first of the groups is the effective one.
        gids: [raw.ki_rgid, *groups.first().unwrap_or(&raw.ki_rgid), raw.ki_svgid],
        groups: groups.to_vec(),
        waits_for: c_text(&raw.ki_wmesg),
        threads: raw.ki_numthreads.try_into().ok(),
    })
}
