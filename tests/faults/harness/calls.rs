//! System calls, and the errors that each can have by its page in section 2 of the manual.
//!
//! Left out are errors that only a mistake of the caller gives (EBADF, EFAULT, most of EINVAL), and
//! those by which the kernel says that a file or a process is not there (ENOENT, ESRCH; EPIPE
//! and ECONNRESET of a socket): a program that believes them is right.

use std::fs;

use nix::errno::Errno::{
    self, E2BIG, EACCES, EAGAIN, ECHILD, ECONNREFUSED, EEXIST, EIDRM, EINTR, EINVAL, EIO, EMFILE,
    ENFILE, ENOBUFS, ENOENT, ENOMEM, ENOSPC, ENOSYS, ENOTTY, EOVERFLOW, EPERM, EPIPE, ERANGE,
    ESPIPE,
};

struct Call {
    number: i64,
    name: &'static str,
    errors: &'static [Errno],
}

macro_rules! calls {
    ($($number:ident $name:ident: $($error:ident)*;)*) => {
        &[$(Call { number: libc::$number, name: stringify!($name), errors: &[$($error),*] }),*]
    };
}

/// Calls without errors always succeed, or end the process.
const CALLS: &[Call] = calls! {
    SYS_access access: EACCES ENOMEM;
    SYS_arch_prctl arch_prctl:;
    SYS_brk brk: ENOMEM;
    SYS_chdir chdir: EACCES ENOMEM;
    SYS_clock_nanosleep clock_nanosleep: EINTR;
    SYS_clone clone: EAGAIN ENOMEM EPERM;
    SYS_clone3 clone3: EAGAIN ENOMEM ENOSYS;
    SYS_close close: EIO EINTR;
    SYS_close_range close_range: ENOSYS;
    SYS_connect connect: ECONNREFUSED EACCES;
    SYS_dup dup: EMFILE;
    SYS_dup2 dup2: EMFILE EINTR;
    SYS_dup3 dup3: EMFILE EINTR;
    SYS_execve execve: EACCES ENOMEM E2BIG EIO ENOENT;
    SYS_exit exit:;
    SYS_exit_group exit_group:;
    SYS_fcntl fcntl: EMFILE;
    SYS_fstat fstat: ENOMEM EIO;
    SYS_futex futex: EAGAIN EINTR;
    SYS_getdents64 getdents64: EIO ENOMEM;
    SYS_getegid getegid:;
    SYS_geteuid geteuid:;
    SYS_getgid getgid:;
    SYS_getgroups getgroups:;
    SYS_getpgrp getpgrp:;
    SYS_getpid getpid:;
    SYS_getppid getppid:;
    SYS_getrandom getrandom: EINTR ENOSYS;
    SYS_getsid getsid:;
    SYS_gettid gettid:;
    SYS_getuid getuid:;
    SYS_ioctl ioctl: ENOTTY EIO;
    SYS_kill kill: EPERM;
    SYS_lseek lseek: ESPIPE EOVERFLOW;
    SYS_madvise madvise: ENOMEM EAGAIN;
    SYS_mmap mmap: ENOMEM EACCES;
    SYS_mprotect mprotect: ENOMEM EACCES;
    SYS_mremap mremap: ENOMEM EAGAIN;
    SYS_munmap munmap: ENOMEM;
    SYS_nanosleep nanosleep: EINTR;
    SYS_newfstatat newfstatat: EACCES ENOMEM EIO;
    SYS_open open: EACCES EMFILE ENFILE ENOMEM EINTR;
    SYS_openat openat: EACCES EMFILE ENFILE ENOMEM EINTR;
    SYS_pidfd_open pidfd_open: EMFILE ENFILE ENOMEM ENOSYS;
    SYS_pidfd_send_signal pidfd_send_signal: EPERM ENOSYS;
    SYS_pipe2 pipe2: EMFILE ENFILE;
    SYS_poll poll: EINTR ENOMEM;
    SYS_ppoll ppoll: EINTR ENOMEM;
    SYS_prctl prctl: EPERM ENOSYS;
    SYS_pread64 pread64: EIO EINTR ENOMEM;
    SYS_prlimit64 prlimit64: EPERM;
    SYS_read read: EIO EINTR ENOMEM;
    SYS_readlink readlink: EACCES EIO ENOMEM;
    SYS_readlinkat readlinkat: EACCES EIO ENOMEM;
    SYS_recvfrom recvfrom: EINTR ENOMEM;
    SYS_recvmsg recvmsg: EINTR ENOMEM;
    SYS_restart_syscall restart_syscall:;
    SYS_rseq rseq:;
    SYS_rt_sigaction rt_sigaction:;
    SYS_rt_sigprocmask rt_sigprocmask:;
    SYS_rt_sigreturn rt_sigreturn:;
    SYS_sched_getaffinity sched_getaffinity: EPERM;
    SYS_sched_setaffinity sched_setaffinity: EINVAL EPERM ENOMEM;
    SYS_sched_yield sched_yield:;
    SYS_semctl semctl: EACCES EPERM EIDRM ENOMEM;
    SYS_semget semget: EACCES EEXIST ENOENT ENOMEM ENOSPC;
    SYS_semop semop: EACCES EAGAIN EIDRM EINTR ENOMEM ENOSPC ERANGE;
    SYS_semtimedop semtimedop: EACCES EAGAIN EIDRM EINTR ENOMEM ENOSPC ERANGE;
    SYS_sendmsg sendmsg: ENOBUFS EINTR ENOMEM;
    SYS_sendto sendto: ENOBUFS EINTR ENOMEM;
    SYS_set_robust_list set_robust_list:;
    SYS_set_tid_address set_tid_address:;
    SYS_setns setns: EINVAL ENOMEM EPERM;
    SYS_setpgid setpgid: EACCES EPERM;
    SYS_setrlimit setrlimit: EPERM;
    SYS_setsid setsid: EPERM;
    SYS_sigaltstack sigaltstack: ENOMEM;
    SYS_signalfd4 signalfd4: EMFILE ENFILE ENOMEM;
    SYS_socket socket: EACCES EMFILE ENFILE ENOMEM;
    SYS_socketpair socketpair: EMFILE ENFILE ENOMEM;
    SYS_statx statx: EACCES ENOMEM ENOSYS;
    SYS_umask umask:;
    SYS_uname uname:;
    SYS_unshare unshare: EINVAL ENOMEM ENOSPC EPERM;
    SYS_wait4 wait4: EINTR ECHILD;
    SYS_waitid waitid: EINTR ECHILD;
    SYS_write write: EIO ENOSPC EPIPE EINTR;
};

fn find(number: i64) -> Option<&'static Call> {
    CALLS.iter().find(|call| call.number == number)
}

/// Whether the table has a call. A run that makes another one fails: nothing is known of its
/// errors.
pub fn is_known(number: i64) -> bool {
    find(number).is_some()
}

pub fn name(number: i64) -> String {
    let name = find(number).map(|call| call.name.to_owned());
    name.or_else(|| name_in_header(number)).unwrap_or_else(|| format!("call {number}"))
}

/// The name of a call that the table does not have.
fn name_in_header(number: i64) -> Option<String> {
    let header = fs::read_to_string("/usr/include/x86_64-linux-gnu/asm/unistd_64.h").ok()?;
    let mut names = header.lines().filter_map(|line| line.strip_prefix("#define __NR_"));
    names.find_map(|line| line.strip_suffix(&format!(" {number}")).map(Into::into))
}

pub fn errors(number: i64) -> &'static [Errno] {
    find(number).map_or(&[], |call| call.errors)
}

/// A pause, which is made only if something else is not ready at that moment.
pub fn is_pause(number: i64) -> bool {
    [libc::SYS_nanosleep, libc::SYS_clock_nanosleep].contains(&number)
}

/// Calls without which the C library or Rust's allocator ends the program.
pub fn is_deadly(number: i64) -> bool {
    [libc::SYS_brk, libc::SYS_mmap, libc::SYS_mprotect, libc::SYS_mremap, libc::SYS_sigaltstack]
        .contains(&number)
}
