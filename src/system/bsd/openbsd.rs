//! OpenBSD: sys/sysctl.h, sys/proc.h and kern/kern_sysctl.c.

use libc::{
    CTL_KERN, KERN_PROC, KERN_PROC_ALL, KERN_PROC_ARGS, KERN_PROC_ARGV, KERN_PROC_ENV,
    KERN_PROC_PID, c_int,
};
use nix::errno::Errno;

use super::abi::kinfo_proc;
use super::kinfo::{Kinfo, c_text, time};
use super::strings::after_pointers;
use crate::system::record::Record;
use crate::sysv::{read_raw, sysctl};

pub(super) use super::kinfo::recorded_groups as all_groups;

pub(super) const ALL: [c_int; 6] = [CTL_KERN, KERN_PROC, KERN_PROC_ALL, 0, RECORD, c_int::MAX];

pub(super) const SIZE: usize = size_of::<kinfo_proc>();

/// The size of a record, as the kernel is asked for it.
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "it is small")]
const RECORD: c_int = SIZE as c_int;

pub(super) fn one(pid: i32) -> [c_int; 6] {
    [CTL_KERN, KERN_PROC, KERN_PROC_PID, pid, RECORD, 1]
}

pub(super) fn arguments(pid: i32) -> Result<Vec<u8>, Errno> {
    strings(pid, KERN_PROC_ARGV)
}

/// Only its user may read it.
pub(super) fn environment(pid: i32) -> Result<Vec<u8>, Errno> {
    strings(pid, KERN_PROC_ENV)
}

fn strings(pid: i32, which: c_int) -> Result<Vec<u8>, Errno> {
    let answer = sysctl(&[CTL_KERN, KERN_PROC_ARGS, pid, which])?;
    after_pointers(&answer).map(<[u8]>::to_vec).ok_or(Errno::EIO)
}

/// Only the name of the file, without its directories.
pub(super) fn executable(pid: i32) -> Result<Vec<u8>, Errno> {
    let answer = sysctl(&one(pid))?;
    if answer.is_empty() {
        return Err(Errno::ESRCH);
    }
    parse(&answer).map(|info| info.record.name).ok_or(Errno::EIO)
}

/// Every user sees every process.
pub(super) fn hides_processes() -> bool {
    false
}

/// There are no containers.
pub(crate) fn sees_every_process() -> bool {
    true
}

pub(super) fn parse(record: &[u8]) -> Option<Kinfo> {
    const NO_TERMINAL: u32 = u32::MAX;
    const PS_SYSTEM: u32 = 0x0001_0000;
    const PS_ZOMBIE: u32 = 0x0004_0000;
    let raw = read_raw::<kinfo_proc>(record)?;
    let groups = raw.p_groups.get(..usize::try_from(raw.p_ngroups).ok()?)?;
    Some(Kinfo {
        pid: raw.p_pid,
        record: Record {
            name: c_text(&raw.p_comm),
            ended: raw.p_psflags & PS_ZOMBIE != 0,
            parent: raw.p_ppid,
            group: raw.p__pgid,
            session: raw.p_sid,
            has_terminal: raw.p_tdev != NO_TERMINAL,
            stack: 0,
        },
        is_kernel: raw.p_psflags & PS_SYSTEM != 0,
        // A zombie has no time: it counts as old.
        started: time(raw.p_ustart_sec, raw.p_ustart_usec),
        uids: [raw.p_ruid, raw.p_uid, raw.p_svuid],
        gids: [raw.p_rgid, raw.p_gid, raw.p_svgid],
        groups: groups.to_vec(),
        waits_for: c_text(&raw.p_wmesg),
        threads: None,
    })
}
