//! The header of a set: include/uapi/asm-generic/sembuf.h and ipcbuf.h of Linux, and
//! arch/x86/include/uapi/asm/sembuf.h.

#![allow(non_camel_case_types, reason = "the kernel's names")]

use libc::{c_ulong, c_ushort, key_t};

/// `__kernel_mode_t`
#[cfg(target_pointer_width = "64")]
type kernel_mode_t = libc::c_uint;
#[cfg(target_pointer_width = "32")]
type kernel_mode_t = c_ushort;

#[repr(C)]
pub(crate) struct ipc64_perm {
    pub key: key_t,
    pub uid: u32,
    pub gid: u32,
    pub cuid: u32,
    pub cgid: u32,
    pub mode: kernel_mode_t,
    #[cfg(target_pointer_width = "32")]
    pad1: c_ushort,
    seq: c_ushort,
    pad2: c_ushort,
    unused: [c_ulong; 2],
}

#[repr(C)]
pub(crate) struct semid64_ds {
    pub sem_perm: ipc64_perm,
    pub sem_otime: kernel_time_t,
    #[cfg(any(target_pointer_width = "32", target_arch = "x86_64"))]
    pub sem_otime_high: c_ulong,
    pub sem_ctime: kernel_time_t,
    #[cfg(any(target_pointer_width = "32", target_arch = "x86_64"))]
    pub sem_ctime_high: c_ulong,
    pub sem_nsems: c_ulong,
    unused: [c_ulong; 2],
}

#[cfg(target_pointer_width = "64")]
type kernel_time_t = libc::c_long;
#[cfg(target_pointer_width = "32")]
type kernel_time_t = c_ulong;

#[cfg(target_pointer_width = "64")]
impl semid64_ds {
    /// When the last semop(2) succeeded, in seconds.
    pub(super) fn otime(&self) -> i64 {
        self.sem_otime
    }

    /// When the set was created or changed, in seconds.
    pub(super) fn ctime(&self) -> i64 {
        self.sem_ctime
    }
}

#[cfg(target_pointer_width = "32")]
impl semid64_ds {
    /// When the last semop(2) succeeded, in seconds.
    pub(super) fn otime(&self) -> i64 {
        seconds(self.sem_otime, self.sem_otime_high)
    }

    /// When the set was created or changed, in seconds.
    pub(super) fn ctime(&self) -> i64 {
        seconds(self.sem_ctime, self.sem_ctime_high)
    }
}

/// Before Linux 4.19, the high half is 0.
#[cfg(target_pointer_width = "32")]
fn seconds(low: c_ulong, high: c_ulong) -> i64 {
    (u64::from(high) << 32 | u64::from(low)).cast_signed()
}
