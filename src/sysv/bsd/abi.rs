//! The interface that the four systems share: their sys/ipc.h and sys/sem.h.

#![allow(unsafe_code)]
#![allow(
    non_camel_case_types,
    clippy::struct_field_names,
    reason = "these are the names of the C interface"
)]

use std::io;

use libc::{c_int, c_short, c_ushort};

use crate::sysv::{Key, Limits, SetInfo};

pub(crate) use libc::{IPC_CREAT, IPC_EXCL, IPC_NOWAIT, IPC_RMID, IPC_SET, IPC_STAT};

/// A `long` in the headers. The kernels keep 32 bits of it.
pub(crate) type key_t = c_int;

pub(crate) const IPC_PRIVATE: key_t = 0;

pub(crate) const GETNCNT: c_int = 3;
pub(crate) const GETPID: c_int = 4;
pub(crate) const GETVAL: c_int = 5;
pub(crate) const GETALL: c_int = 6;
pub(crate) const GETZCNT: c_int = 7;
pub(crate) const SETVAL: c_int = 8;

pub(crate) const SEM_UNDO: c_int = 0o10000;

/// The bit of a mode that tells a set from a free place in the kernel's table. OpenBSD does
/// not set it.
pub(crate) const SEM_ALLOC: u16 = 0o1000;

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct sembuf {
    pub sem_num: c_ushort,
    pub sem_op: c_short,
    pub sem_flg: c_short,
}

/// The key in a header.
pub(crate) fn key(raw: impl TryInto<key_t>) -> Key {
    raw.try_into().map_or(Key::PRIVATE, Key::new)
}

/// A limit in an answer of the kernel.
pub(crate) fn limit(raw: c_int) -> Option<u32> {
    raw.try_into().ok()
}

/// SEMMSL, SEMMNS, SEMOPM and SEMMNI in an answer of the kernel.
pub(crate) fn limits([semmsl, semmns, semopm, semmni]: [c_int; 4]) -> Option<Limits> {
    Some(Limits {
        semmsl: limit(semmsl)?,
        semmns: limit(semmns)?,
        semopm: limit(semopm)?,
        semmni: limit(semmni)?,
    })
}

/// A C type that is made of integers and pointers.
///
/// # Safety
///
/// Any bytes must be a value of it.
pub(crate) unsafe trait Raw: Copy {}

// SAFETY: it is an integer.
unsafe impl Raw for c_int {}

// SAFETY: it is an integer.
unsafe impl Raw for i64 {}

/// The struct at the start of `bytes`. None if there are too few.
pub(crate) fn read<T: Raw>(bytes: &[u8]) -> Option<T> {
    let bytes = bytes.get(..size_of::<T>())?;
    // SAFETY: these are as many bytes as the struct has, and any bytes are a value of it.
    Some(unsafe { bytes.as_ptr().cast::<T>().read_unaligned() })
}

/// The sets of the kernel's table, which has `places` records. `info` returns None for a
/// place without a set. Fails if there is not exactly one record for each place.
pub(crate) fn sets<T: Raw>(
    table: &[u8],
    places: u32,
    info: impl Fn(c_int, &T) -> Option<SetInfo>,
) -> io::Result<Vec<SetInfo>> {
    let expected =
        usize::try_from(places).ok().and_then(|places| places.checked_mul(size_of::<T>()));
    if expected != Some(table.len()) {
        return Err(not_understood());
    }
    let records = table.chunks_exact(size_of::<T>()).filter_map(read);
    Ok((0..).zip(records).filter_map(|(index, record)| info(index, &record)).collect())
}

/// The kernel's answer has another size than its interface says.
pub(crate) fn not_understood() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the kernel's answer is not understood")
}
