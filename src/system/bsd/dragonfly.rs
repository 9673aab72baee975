//! DragonFly: sys/sysctl.h, sys/kinfo.h and kern/kern_proc.c.

use libc::{
    CTL_KERN, KERN_PROC, KERN_PROC_ALL, KERN_PROC_ARGS, KERN_PROC_PATHNAME, KERN_PROC_PID, c_int,
};
use nix::errno::Errno;

use super::abi::kinfo_proc;
use super::kinfo::{Kinfo, c_text, flag, time};
use crate::system::record::Record;
use crate::sysv::{read_raw, sysctl, sysctl_by_name};

pub(super) use super::kinfo::recorded_groups as all_groups;

pub(super) const ALL: [c_int; 3] = [CTL_KERN, KERN_PROC, KERN_PROC_ALL];

pub(super) const SIZE: usize = size_of::<libc::kinfo_proc>();

pub(super) fn one(pid: i32) -> [c_int; 4] {
    [CTL_KERN, KERN_PROC, KERN_PROC_PID, pid]
}

pub(super) fn arguments(pid: i32) -> Result<Vec<u8>, Errno> {
    sysctl(&[CTL_KERN, KERN_PROC, KERN_PROC_ARGS, pid])
}

/// The kernel does not show it.
pub(super) fn environment(_: i32) -> Result<Vec<u8>, Errno> {
    Err(Errno::ENOSYS)
}

pub(super) fn executable(pid: i32) -> Result<Vec<u8>, Errno> {
    sysctl(&[CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, pid])
}

/// What hides other users' processes.
pub(crate) const HIDDEN: &str = "security.ps_showallprocs is 0, which hides other users' processes";

/// Whether only root sees other users' processes.
pub(super) fn hides_processes() -> bool {
    flag(sysctl_by_name(c"security.ps_showallprocs")) == Some(false)
}

/// A jail does not see the processes outside of it.
pub(crate) fn sees_every_process() -> bool {
    flag(sysctl_by_name(c"jail.jailed")) != Some(true)
}

pub(super) fn parse(record: &[u8]) -> Option<Kinfo> {
    const NO_TERMINAL: libc::dev_t = libc::dev_t::MAX;
    const SZOMB: u32 = 4;
    let raw = read_raw::<kinfo_proc>(record)?;
    let groups = raw.kp_groups.get(..usize::try_from(raw.kp_ngroups).ok()?)?;
    Some(Kinfo {
        pid: raw.kp_pid,
        record: Record {
            name: c_text(&raw.kp_comm),
            ended: raw.kp_stat == SZOMB,
            parent: raw.kp_ppid,
            group: raw.kp_pgid,
            session: raw.kp_sid,
            has_terminal: raw.kp_tdev != NO_TERMINAL,
            stack: 0,
        },
        // The kernel's own threads have no pid.
        is_kernel: raw.kp_pid <= 0,
        started: time(raw.kp_start.tv_sec, raw.kp_start.tv_usec),
        uids: [raw.kp_ruid, raw.kp_uid, raw.kp_svuid],
        // The first of the groups is the effective one.
        gids: [raw.kp_rgid, *groups.first().unwrap_or(&raw.kp_rgid), raw.kp_svgid],
        groups: groups.to_vec(),
        waits_for: Vec::new(),
        threads: raw.kp_nthreads.try_into().ok(),
    })
}
