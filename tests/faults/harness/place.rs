//! The place that a call comes from: what has called it, and what kind of file it is about.
//! Calls from one place are alike, such as those in a loop.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::FileExt as _;

use nix::libc::{self, user_regs_struct};
use nix::unistd::Pid;

use super::unwind::{self, Module};

/// How much of a stack is looked at, in bytes.
const STACK: usize = 1 << 16;

/// The longest path that is looked at.
const PATH: usize = 256;

/// Where in memory the parts of a program are.
#[derive(Clone, Default)]
pub struct Layout(Vec<Module>);

impl Layout {
    /// Of a program that has just begun.
    pub fn of(pid: Pid) -> Self {
        let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
        Self(Module::all(&maps))
    }

    pub fn is_loader(&self, address: u64) -> bool {
        self.module(address).is_some_and(|module| module.name.starts_with("ld-linux"))
    }

    fn module(&self, address: u64) -> Option<&Module> {
        self.0.iter().find(|module| module.addresses.contains(&address))
    }

    /// Whether this address is in a part that is known. The loader adds libraries.
    pub fn has(&self, address: u64) -> bool {
        self.module(address).is_some()
    }

    /// A number for the place that a call comes from.
    pub fn place(&self, pid: Pid, registers: user_regs_struct) -> u64 {
        let mut hasher = DefaultHasher::new();
        let Ok(memory) = File::open(format!("/proc/{pid}/mem")) else { return 0 };
        let stack = read(&memory, registers.rsp, STACK);
        let word = |address: u64| {
            let at = usize::try_from(address.checked_sub(registers.rsp)?).ok()?;
            Some(u64::from_ne_bytes(stack.get(at..at + 8)?.try_into().unwrap()))
        };
        unwind::callers(&self.0, registers, word).hash(&mut hasher);
        object(pid, &memory, registers).map(|path| kind(&path)).hash(&mut hasher);
        hasher.finish()
    }
}

/// As much as there is.
fn read(memory: &File, address: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let length = memory.read_at(&mut bytes, address).unwrap_or_default();
    bytes.truncate(length);
    bytes
}

/// The file that a call is about.
#[expect(non_upper_case_globals, reason = "libc's names")]
fn object(pid: Pid, memory: &File, registers: user_regs_struct) -> Option<String> {
    use libc::{
        SYS_access, SYS_close, SYS_connect, SYS_dup2, SYS_execve, SYS_fcntl, SYS_fstat,
        SYS_getdents64, SYS_ioctl, SYS_lseek, SYS_newfstatat, SYS_openat, SYS_pread64, SYS_read,
        SYS_readlink, SYS_recvfrom, SYS_sendto, SYS_statx, SYS_write,
    };
    let path = |address| {
        let bytes = read(memory, address, PATH);
        let path = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        Some(String::from_utf8_lossy(path).into_owned())
    };
    match registers.orig_rax.cast_signed() {
        SYS_access | SYS_execve | SYS_readlink => path(registers.rdi),
        SYS_newfstatat | SYS_openat | SYS_statx => path(registers.rsi),
        SYS_close | SYS_connect | SYS_dup2 | SYS_fcntl | SYS_fstat | SYS_getdents64 | SYS_ioctl
        | SYS_lseek | SYS_pread64 | SYS_read | SYS_recvfrom | SYS_sendto | SYS_write => {
            let link = fs::read_link(format!("/proc/{pid}/fd/{}", registers.rdi)).ok()?;
            Some(link.to_string_lossy().into_owned())
        }
        _ => None,
    }
}

/// A path in /proc without its numbers; all other files of a directory are alike.
fn kind(path: &str) -> String {
    let path = if path.starts_with("/proc") {
        path
    } else {
        path.rsplit_once('/').unwrap_or((path, "")).0
    };
    path.chars().filter(|letter| !letter.is_ascii_digit()).collect()
}
