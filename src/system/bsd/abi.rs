//! The records of the kernels, which the libc crate declares.

#![allow(unsafe_code)]

#[cfg(any(target_os = "freebsd", target_os = "openbsd"))]
pub(crate) use libc::kinfo_proc;
#[cfg(target_os = "netbsd")]
pub(crate) use libc::kinfo_proc2;

#[cfg(any(target_os = "freebsd", target_os = "openbsd"))]
// SAFETY: it has integers and pointers only.
unsafe impl crate::sysv::Raw for kinfo_proc {}

#[cfg(target_os = "netbsd")]
// SAFETY: it has integers only.
unsafe impl crate::sysv::Raw for kinfo_proc2 {}

#[cfg(target_os = "dragonfly")]
pub(crate) use dragonfly::kinfo_proc;

#[cfg(target_os = "dragonfly")]
mod dragonfly {
    #![allow(non_camel_case_types, clippy::struct_field_names, reason = "the names of C")]

    use libc::{c_char, c_int, c_short, c_uint, c_ushort};

    /// The start of the record: sys/kinfo.h. The libc crate has an enum for the state, which
    /// not every number is a value of.
    #[repr(C)]
    #[derive(Clone, Copy)]
    pub(crate) struct kinfo_proc {
        pub kp_paddr: usize,
        pub kp_flags: c_int,
        pub kp_stat: c_uint,
        pub kp_lock: c_int,
        pub kp_acflag: c_int,
        pub kp_traceflag: c_int,
        pub kp_fd: usize,
        pub kp_siglist: libc::sigset_t,
        pub kp_sigignore: libc::sigset_t,
        pub kp_sigcatch: libc::sigset_t,
        pub kp_sigflag: c_int,
        pub kp_start: libc::timeval,
        pub kp_comm: [c_char; 17],
        pub kp_uid: libc::uid_t,
        pub kp_ngroups: c_short,
        pub kp_groups: [libc::gid_t; 16],
        pub kp_ruid: libc::uid_t,
        pub kp_svuid: libc::uid_t,
        pub kp_rgid: libc::gid_t,
        pub kp_svgid: libc::gid_t,
        pub kp_pid: libc::pid_t,
        pub kp_ppid: libc::pid_t,
        pub kp_pgid: libc::pid_t,
        pub kp_jobc: c_int,
        pub kp_sid: libc::pid_t,
        pub kp_login: [c_char; 40],
        pub kp_tdev: libc::dev_t,
        pub kp_tpgid: libc::pid_t,
        pub kp_tsid: libc::pid_t,
        pub kp_exitstat: c_ushort,
        pub kp_nthreads: c_int,
    }

    // SAFETY: it has integers only.
    unsafe impl crate::sysv::Raw for kinfo_proc {}

    const _: () = {
        use std::mem::offset_of;
        assert!(offset_of!(kinfo_proc, kp_nthreads) == offset_of!(libc::kinfo_proc, kp_nthreads));
        assert!(offset_of!(kinfo_proc, kp_pid) == offset_of!(libc::kinfo_proc, kp_pid));
    };
}
