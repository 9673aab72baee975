//! The parts of System V semaphores that are specific to Cygwin, where cygserver keeps them.

pub(crate) mod abi;
mod ffi;
mod remedy;

use std::io;

use super::{Limits, SetInfo};

pub use super::portable::ipc_namespace;
pub(crate) use super::portable::*;
pub(crate) use remedy::REMEDIES;

/// cygserver waits for the end of a Windows process, and another program is another one:
/// `ipcexit_hookthread()` of winsup/cygserver/bsd_helper.cc.
pub(crate) const UNDO_ENDS_AT_EXEC: bool = true;

/// The limits of cygserver.
pub(crate) fn limits() -> io::Result<Limits> {
    check()?;
    let info = ffi::limits()?;
    let number = |number| u32::try_from(number).unwrap_or(0);
    Ok(Limits {
        semmsl: number(info.semmsl),
        semmns: number(info.semmns),
        semopm: number(info.semopm),
        semmni: number(info.semmni),
    })
}

/// How the sets are listed.
pub(crate) const LIST_OF_SETS: &str = "semctl(2) IPC_INFO";

/// Every set of cygserver's table. Needs no permission on the sets.
pub(crate) fn all_sets() -> io::Result<Vec<SetInfo>> {
    check()?;
    let table = ffi::table(ffi::limits()?.semmni)?;
    Ok(abi::sets(&table))
}
