//! The parts of System V semaphores that are specific to macOS.

pub(crate) mod abi;
mod ffi;
mod list;
mod remedy;

use std::io;

use super::{Limits, Semid, SetInfo};

pub use super::portable::ipc_namespace;
pub(crate) use super::portable::*;
pub(crate) use remedy::REMEDIES;

/// The kernel takes a process that runs another program for one that ends:
/// `exec_mach_imgact()` of bsd/kern/kern_exec.c.
pub(crate) const UNDO_ENDS_AT_EXEC: bool = true;

/// The limits: sysctl(3). The number of operations is no sysctl of its own.
pub(crate) fn limits() -> io::Result<Limits> {
    let number = |number| u32::try_from(number).unwrap_or(0);
    Ok(Limits {
        semmsl: number(ffi::sysctl(c"kern.sysv.semmsl")?),
        semmns: number(ffi::sysctl(c"kern.sysv.semmns")?),
        semopm: number(ffi::configuration()?.semopm),
        semmni: number(ffi::sysctl(c"kern.sysv.semmni")?),
    })
}

/// How the sets are listed.
pub(crate) const LIST_OF_SETS: &str = "sysctl(3) kern.sysv.ipcs.sem";

/// Every set, read by its index in the kernel's table, as ipcs(1) does. Needs no permission
/// on the sets.
pub(crate) fn all_sets() -> io::Result<Vec<SetInfo>> {
    let headers = list::each(ffi::next_set)?;
    let set = |(index, header): &(_, abi::semid_ds)| {
        abi::info(Semid::at_place(*index, header.sem_perm._seq), header)
    };
    Ok(headers.iter().map(set).collect())
}
