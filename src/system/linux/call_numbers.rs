//! The numbers of the system calls that wait, for 64-bit and 32-bit programs of each
//! processor: the files syscall.tbl and unistd.h below arch/ of Linux.

/// The numbers that matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Numbers {
    /// semop(2) and semtimedop(2): semid, operations, how many.
    pub semops: &'static [u64],
    /// ipc(2): command, semid, how many, -, operations.
    pub ipc: Option<u64>,
    /// wait4(2) and waitpid(2): pid.
    pub waits: &'static [u64],
    /// waitid(2): type, pid.
    pub waitid: u64,
}

/// semtimedop(2) of 32-bit programs with 64-bit times. Every processor uses this number.
const SEMTIMEDOP_TIME64: u64 = 420;

/// The numbers of 64-bit programs, then those of 32-bit programs.
#[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
pub(super) const NUMBERS: Option<[Numbers; 2]> = Some([
    Numbers { semops: &[65, 220], ipc: None, waits: &[61], waitid: 247 },
    Numbers { semops: &[SEMTIMEDOP_TIME64], ipc: Some(117), waits: &[7, 114], waitid: 284 },
]);

#[cfg(any(target_arch = "aarch64", target_arch = "arm"))]
pub(super) const NUMBERS: Option<[Numbers; 2]> = Some([
    GENERIC,
    Numbers { semops: &[298, 312, SEMTIMEDOP_TIME64], ipc: None, waits: &[114], waitid: 280 },
]);

#[cfg(any(target_arch = "riscv64", target_arch = "loongarch64"))]
pub(super) const NUMBERS: Option<[Numbers; 2]> =
    Some([GENERIC, Numbers { semops: &[193, SEMTIMEDOP_TIME64], ..GENERIC }]);

/// include/uapi/asm-generic/unistd.h
#[cfg(any(
    target_arch = "aarch64",
    target_arch = "arm",
    target_arch = "riscv64",
    target_arch = "loongarch64"
))]
const GENERIC: Numbers = Numbers { semops: &[193, 192], ipc: None, waits: &[260], waitid: 95 };

#[cfg(target_arch = "s390x")]
pub(super) const NUMBERS: Option<[Numbers; 2]> = Some([
    Numbers { semops: &[392], ipc: Some(117), waits: &[114], waitid: 281 },
    Numbers { semops: &[SEMTIMEDOP_TIME64], ipc: Some(117), waits: &[7, 114], waitid: 281 },
]);

/// Not known for other processors.
#[cfg(not(any(
    target_arch = "x86_64",
    target_arch = "x86",
    target_arch = "aarch64",
    target_arch = "arm",
    target_arch = "riscv64",
    target_arch = "loongarch64",
    target_arch = "s390x"
)))]
pub(super) const NUMBERS: Option<[Numbers; 2]> = None;
