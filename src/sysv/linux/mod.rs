//! The parts of System V semaphores that are specific to Linux.

pub(crate) mod abi;
mod children;
mod ffi;
mod filter;
mod namespace;
mod remedy;

use std::fs::{self, DirEntry, File, OpenOptions};
use std::io::{self, ErrorKind};

use libc::{c_int, timespec};
use nix::errno::Errno;

use super::info::time;
use super::portable;
use super::{Gid, Key, Limits, Permissions, Semid, SetInfo, Uid};

pub(crate) use super::portable::UNDO_ENDS_AT_EXEC;
pub(crate) use children::{raise_in_child, uninterrupted};
pub(crate) use filter::{check, filter_refuses, obstacle, timed_wait_filter};
pub(crate) use namespace::{Namespace, join_users_of, namespace_file, use_own_namespace};
pub(crate) use remedy::REMEDIES;

/// The NSems that Apache::Session::Lock::Semaphore uses on this system if the
/// application states none.
pub(crate) const DEFAULT_NSEMS: u16 = 32;

/// The largest value of a semaphore, SEMVMX: include/uapi/linux/sem.h.
pub(crate) const HIGHEST_VALUE: u16 = 32767;

/// What is known of a process whose `sempid` is 0.
pub(crate) const UNNAMED_PROCESS: &str = "a process of another pid namespace";

/// The limits, by the kernel: containers may hide their file.
pub(crate) fn limits() -> io::Result<Limits> {
    check()?;
    let limits = ffi::limits()?;
    let limit = |number: c_int| u32::try_from(number).unwrap_or(0);
    Ok(Limits {
        semmsl: limit(limits.semmsl),
        semmns: limit(limits.semmns),
        semopm: limit(limits.semopm),
        semmni: limit(limits.semmni),
    })
}

/// The file that changes the limits: proc(5).
const LIMITS_FILE: &str = "/proc/sys/kernel/sem";

/// Whether this process, or else root, may change the limits of this namespace; None if
/// nobody may from here.
pub(crate) fn may_change_limits() -> Option<bool> {
    match OpenOptions::new().write(true).open(LIMITS_FILE) {
        Ok(_) => Some(true),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Some(false),
        Err(_) => None,
    }
}

/// semtimedop(2). Fails with ENOSYS if a filter would kill this process for it.
pub(crate) fn semtimedop_within(
    semid: c_int,
    ops: &mut [abi::sembuf],
    time: &timespec,
) -> Result<(), Errno> {
    filter::check_timed_wait()?;
    ffi::semtimedop_within(semid, ops, time)
}

/// The kernel's own list of sets: proc(5).
const SETS_FILE: &str = "/proc/sysvipc/sem";

/// How the sets are listed.
pub(crate) const LIST_OF_SETS: &str = "semctl(2), or /proc/sysvipc/sem";

/// Every set, read by its index in the kernel's table, or from the kernel's list if that
/// fails.
///
/// Both show sets that may not be read. Reading each set takes a third of the time that
/// the kernel needs to write the list.
pub(crate) fn all_sets() -> io::Result<Vec<SetInfo>> {
    match read_each() {
        Ok(Some(sets)) => Ok(sets),
        Ok(None) => read_list(),
        Err(errno) => read_list().map_err(|error| {
            let both = format!("{error}; and the kernel, asked for each set, says {errno:?}");
            io::Error::new(error.kind(), both)
        }),
    }
}

/// Only EINVAL and EIDRM mean that there is no set at an index. A set that a security
/// module hides fails with another errno, and is in the list. None if there are sets, but
/// an old kernel does not know the call.
fn read_each() -> Result<Option<Vec<SetInfo>>, Errno> {
    check()?;
    let (highest, number) = ffi::highest_index()?;
    let mut sets = Vec::new();
    for index in 0..=highest {
        match ffi::stat_any(index) {
            Ok((semid, raw)) => sets.push(abi::info(Semid::new(semid), &raw)),
            Err(Errno::EINVAL | Errno::EIDRM) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(Some(sets).filter(|sets| number == 0 || !sets.is_empty()))
}

fn read_list() -> io::Result<Vec<SetInfo>> {
    let failed = |error: io::Error| {
        io::Error::new(error.kind(), format!("{SETS_FILE} cannot be read: {error}"))
    };
    let text = fs::read(SETS_FILE).map_err(failed)?;
    let lines = text.split(|&byte| byte == b'\n').skip(1).filter(|line| !line.is_empty());
    let sets = lines.map(listed_set).collect::<Option<_>>();
    sets.ok_or_else(|| io::Error::other(format!("{SETS_FILE} has a line that is not understood")))
}

/// A line of the list.
fn listed_set(line: &[u8]) -> Option<SetInfo> {
    let words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let mut words = words.map_while(|word| str::from_utf8(word).ok());
    let mode = |word| u16::from_str_radix(word, 8).ok();
    let (key, semid) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let mode = mode(words.next()?)? & 0o777;
    let mut id = || words.next()?.parse::<u32>().ok();
    let nsems = id()?;
    let (uid, gid) = (Uid::new(id()?), Gid::new(id()?));
    let (cuid, cgid) = (Uid::new(id()?), Gid::new(id()?));
    let mut seconds = || words.next()?.parse::<i64>().ok();
    let (otime, ctime) = (time(seconds()?), time(seconds()?));
    let permissions = Permissions { uid, gid, cuid, cgid, mode };
    Some(SetInfo { key: Key::new(key), semid, nsems, permissions, otime, ctime })
}

/// Closes every descriptor but the standard three, for a process that has opened nothing yet.
pub(crate) fn close_inherited() -> Result<(), Errno> {
    ffi::close_inherited().or_else(|_| close_listed()).or_else(|_| portable::close_inherited())
}

/// The same, for a kernel or a filter without close_range(2).
fn close_listed() -> io::Result<()> {
    let number = |entry: DirEntry| entry.file_name().to_str().and_then(|name| name.parse().ok());
    // An entry keeps the directory open, which is in the list itself.
    let listed = fs::read_dir("/proc/self/fd")?.map(|entry| entry.map(number));
    let listed: Vec<_> = listed.collect::<io::Result<_>>()?;
    let inherited = listed.into_iter().flatten().filter(|&descriptor| descriptor > 2);
    inherited.for_each(super::ffi::close);
    Ok(())
}

/// This process's IPC namespace as namespaces(7) names it, such as `ipc:[4026531839]`.
/// None if it cannot be read.
pub fn ipc_namespace() -> Option<String> {
    let link = fs::read_link("/proc/thread-self/ns/ipc").ok()?;
    link.into_os_string().into_string().ok()
}

/// The bits of `CAP_IPC_OWNER` and `CAP_SYS_ADMIN`: capabilities(7).
const IPC_OWNER: u64 = 1 << 15;
const SYS_ADMIN: u64 = 1 << 21;

/// Whether this process has `CAP_IPC_OWNER` and `CAP_SYS_ADMIN` over the sets of
/// this IPC namespace: proc_pid_status(5). None if that cannot be read.
pub(crate) fn own_capabilities() -> Option<(bool, bool)> {
    let namespace = File::open("/proc/thread-self/ns/ipc").ok()?;
    if matches!(ffi::owning_users(&namespace), Err(Errno::EPERM)) {
        return Some((false, false));
    }
    let status = fs::read("/proc/thread-self/status").ok()?;
    let line =
        status.split(|&byte| byte == b'\n').find_map(|line| line.strip_prefix(b"CapEff:"))?;
    let bits = u64::from_str_radix(str::from_utf8(line).ok()?.trim(), 16).ok()?;
    Some((bits & IPC_OWNER != 0, bits & SYS_ADMIN != 0))
}

#[cfg(all(any(test, fuzzing), family = "linux"))]
#[path = "../../fuzz/list_of_sets.rs"]
mod fuzz;

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use rustix::thread::{CapabilitySet, capabilities, set_capabilities};

    use super::*;
    use crate::system::own_root;
    use crate::sysv::{Set, own_table};

    #[test]
    fn where_the_limits_have_no_file_nobody_may_change_them() {
        assert!(may_change_limits().is_some());
        assert_eq!(own_root::with_files(&[("etc/hostname", "")], may_change_limits), None);
    }

    #[test]
    fn a_line_of_the_list_is_a_set() {
        let line =
            b" 2086870067      32771  1600      3  1000   100     0     7          0 1764115200";
        let set = listed_set(line).unwrap();
        let permissions = Permissions {
            uid: Uid::new(1000),
            gid: Gid::new(100),
            cuid: Uid::ROOT,
            cgid: Gid::new(7),
            mode: 0o600,
        };
        assert_eq!(
            (set.key, set.semid, set.nsems),
            (Key::new(2_086_870_067), Semid::new(32771), 3)
        );
        assert_eq!((set.permissions, set.otime), (permissions, None));
        assert_eq!(set.ctime, Timestamp::from_second(1_764_115_200).ok());
        for cut in [&line[..70], b" 1 2 600 3 x 0 0 0 0 0", b" 1 2 900 3 0 0 0 0 0 0", b"\xff"] {
            assert_eq!(listed_set(cut), None);
        }
    }

    #[test]
    fn both_lists_have_every_set_and_nothing_else() {
        own_table::enter();
        assert_eq!(read_each(), Ok(Some(Vec::new())));
        assert_eq!(read_list().unwrap(), []);
        let semids: Vec<_> =
            (1..=3).map(|nsems| Set::create_private(nsems, 0o600).unwrap().semid()).collect();
        Set::from_id(semids[1]).remove().unwrap();
        for sets in [read_each().unwrap().unwrap(), read_list().unwrap(), all_sets().unwrap()] {
            let found: Vec<_> = sets.iter().map(|set| (set.semid, set.nsems)).collect();
            assert_eq!(found, [(semids[0], 1), (semids[2], 3)]);
        }
    }

    /// The descriptors that a child has after it has closed some.
    fn left(close: impl Fn()) -> Vec<i32> {
        let number = |entry: io::Result<DirEntry>| {
            entry.unwrap().file_name().to_str().unwrap().parse().unwrap()
        };
        let mut left = Vec::new();
        let child = ffi::run_in_new_session(&mut || {
            close();
            left = fs::read_dir("/proc/self/fd").unwrap().map(number).collect();
        });
        filter::wait(child.unwrap()).unwrap();
        left.sort_unstable();
        left
    }

    #[test]
    fn only_the_standard_descriptors_are_left() {
        let _opened = [(); 2].map(|()| File::open("/dev/null").unwrap());
        assert!(left(|| ()).len() > 4);
        // The last one is that of the list itself.
        assert_eq!(left(|| close_inherited().unwrap()), [0, 1, 2, 3]);
        assert_eq!(left(|| close_listed().unwrap()), [0, 1, 2, 3]);
    }

    /// The capabilities of this thread. /proc/PID/status has those of the first thread.
    #[test]
    #[ignore = "needs root"]
    fn each_capability_is_read_by_itself() {
        for (without, expected) in [
            (CapabilitySet::empty(), (true, true)),
            (CapabilitySet::IPC_OWNER, (false, true)),
            (CapabilitySet::SYS_ADMIN, (true, false)),
            (CapabilitySet::IPC_OWNER | CapabilitySet::SYS_ADMIN, (false, false)),
        ] {
            let seen = std::thread::spawn(move || {
                let mut own = capabilities(None).unwrap();
                own.effective -= without;
                set_capabilities(None, own).unwrap();
                own_capabilities()
            });
            assert_eq!(seen.join().unwrap(), Some(expected));
        }
    }
}
