//! The files whose code a process has mapped: proc(5), `/proc/PID/maps`.

use std::borrow::Cow;
use std::iter;
use std::str;

use memchr::memchr;

/// A mapping of a file that the process may execute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::system) struct Mapping<'a> {
    /// `START-END`, as `/proc/PID/map_files` names it.
    pub range: &'a [u8],
    /// The device of the file system: major and minor number.
    pub device: (u32, u32),
    pub inode: u64,
    /// As the kernel writes it; see [`Mapping::path`].
    written: &'a [u8],
}

/// A line that does not follow proc(5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// How the kernel names memory that has an inode but was never a file: shared memory
/// without a name, huge pages, and the rings of io_setup(2).
const MEMORY: [&[u8]; 3] = [b"/dev/zero (deleted)", b"/anon_hugepage", b"/[aio]"];

/// What the kernel appends to the path of a deleted file.
const DELETED: &[u8] = b" (deleted)";

impl<'a> Mapping<'a> {
    /// The path, with ` (deleted)` at its end if it no longer leads to the file.
    ///
    /// The kernel escapes only line ends. So a name that contains `\012` looks like one with
    /// a line end, and the inode must be compared when the file is opened.
    pub(in crate::system) fn path(&self) -> Cow<'a, [u8]> {
        const ESCAPED: &[u8] = b"\\012";
        if memchr(b'\\', self.written).is_none() {
            return Cow::Borrowed(self.written);
        }
        let mut rest = self.written;
        let mut path = Vec::new();
        while let Some((first, others)) = rest.split_first() {
            let after = rest.strip_prefix(ESCAPED);
            path.push(if after.is_some() { b'\n' } else { *first });
            rest = after.unwrap_or(others);
        }
        Cow::Owned(path)
    }

    /// Whether the device number was assigned at the mount. On btrfs, files of several
    /// subvolumes may have the same device and inode here, but not in stat(2).
    pub(super) fn is_on_unnamed_device(&self) -> bool {
        self.device.0 == 0
    }

    /// Whether it is memory without a file.
    fn is_memory(&self) -> bool {
        self.inode == 0
            || !self.written.starts_with(b"/")
            || self.is_on_unnamed_device()
                && (MEMORY.iter().any(|memory| self.written.starts_with(memory))
                    || is_shared_memory(self.written))
    }
}

/// Memory of shmget(2), named after its key: `/SYSV00007c4a (deleted)`.
fn is_shared_memory(written: &[u8]) -> bool {
    let key = written.strip_prefix(b"/SYSV").and_then(|rest| rest.strip_suffix(DELETED));
    key.is_some_and(|key| key.len() == 8 && key.iter().all(u8::is_ascii_hexdigit))
}

/// The last part of a path, without the kernel's ` (deleted)`.
pub(in crate::system) fn file_name(path: &[u8]) -> &[u8] {
    let path = path.strip_suffix(DELETED).unwrap_or(path);
    path.rsplit(|&byte| byte == b'/').next().unwrap_or(path)
}

/// The executable mappings of files. Memory without a file is left out: code that a program
/// compiles into memory calls functions through the program's files.
pub(super) fn executable(maps: &[u8]) -> impl Iterator<Item = Result<Mapping<'_>, Malformed>> {
    lines(maps).filter_map(|line| line.and_then(mapping).transpose())
}

/// The lines, without their ends. A line without an end was cut off.
fn lines(maps: &[u8]) -> impl Iterator<Item = Result<&[u8], Malformed>> {
    let mut rest = maps;
    iter::from_fn(move || {
        let Some(end) = memchr(b'\n', rest) else {
            let cut = std::mem::take(&mut rest);
            return (!cut.is_empty()).then_some(Err(Malformed));
        };
        let line = &rest[..end];
        rest = &rest[end + 1..];
        Some(Ok(line))
    })
}

/// Parses `START-END PERMS OFFSET MAJOR:MINOR INODE   PATH`. None if it is not executable,
/// or not a file.
fn mapping(line: &[u8]) -> Result<Option<Mapping<'_>>, Malformed> {
    let (range, rest) = word(line)?;
    let (permissions, rest) = word(rest)?;
    if *permissions.get(2).ok_or(Malformed)? != b'x' {
        return Ok(None);
    }
    let (_offset, rest) = word(rest)?;
    let (device, rest) = word(rest)?;
    let (inode, rest) = word(rest)?;
    let (device, inode) = (device_of(device)?, number(inode, 10)?);
    let mapping = Mapping { range, device, inode, written: rest.trim_ascii_start() };
    Ok((!mapping.is_memory()).then_some(mapping))
}

/// The text before the next space, and the text after it, which may be empty.
fn word(line: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let end = memchr(b' ', line).unwrap_or(line.len());
    let (word, rest) = line.split_at(end);
    if word.is_empty() { Err(Malformed) } else { Ok((word, rest.get(1..).unwrap_or_default())) }
}

fn device_of(word: &[u8]) -> Result<(u32, u32), Malformed> {
    let colon = memchr(b':', word).ok_or(Malformed)?;
    let half = |word| u32::try_from(number(word, 16)?).map_err(|_| Malformed);
    Ok((half(&word[..colon])?, half(&word[colon + 1..])?))
}

fn number(digits: &[u8], radix: u32) -> Result<u64, Malformed> {
    let digits = str::from_utf8(digits).map_err(|_| Malformed)?;
    u64::from_str_radix(digits, radix).map_err(|_| Malformed)
}

#[cfg(all(any(test, fuzzing), family = "linux"))]
#[path = "../../fuzz/maps.rs"]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::{Malformed, executable, file_name};

    fn paths(maps: &[u8]) -> Result<Vec<Vec<u8>>, Malformed> {
        executable(maps).map(|mapping| Ok(mapping?.path().into_owned())).collect()
    }

    fn line(path: &[u8]) -> Vec<u8> {
        [b"7f00-7f01 r-xp 00002000 fe:01 247030                     ", path, b"\n"].concat()
    }

    #[test]
    fn every_field_of_a_line_is_read() {
        let maps = line(b"/usr/bin/cat");
        let [Ok(mapping)] = executable(&maps).collect::<Vec<_>>()[..] else { panic!() };
        assert_eq!((mapping.range, mapping.inode), (&b"7f00-7f01"[..], 247_030));
        assert_eq!((mapping.device, mapping.is_on_unnamed_device()), ((0xfe, 1), false));
        assert_eq!(mapping.path(), &b"/usr/bin/cat"[..]);
    }

    #[test]
    fn only_executable_files_count() {
        let maps = b"55-56 r--p 00000000 fe:00 7                     /usr/bin/cat\n\
            55-56 rw-p 00000000 00:00 0                          [heap]\n\
            56-57 rwxp 00000000 00:00 0 \n\
            56-57 rwxp 00000000 00:00 0\n\
            57-58 r-xp 00000000 00:00 0                          [vdso]\n\
            57-58 --xp 00000000 00:00 0                          [anon:/usr/bin/perl]\n\
            58-59 rwxs 00000000 00:01 9                          /dev/zero (deleted)\n\
            58-59 rwxs 00000000 00:01 9                          /SYSV00000000 (deleted)\n\
            58-59 rwxp 00000000 00:0f 9                          /anon_hugepage (deleted)\n\
            58-59 rwxs 00000000 00:0e 9                          anon_inode:[perf_event]\n\
            59-5a r-xs 00000000 00:01 9                          /memfd:runc (deleted)\n\
            ff-f0 --xp 00000000 00:00 0                          [vsyscall]\n";
        assert_eq!(paths(maps).unwrap(), [b"/memfd:runc (deleted)"]);
        let maps = [&maps[..], &line(b"/SYSV1"), &line(b"/usr/bin/cat")].concat();
        let found = [&b"/memfd:runc (deleted)"[..], b"/SYSV1", b"/usr/bin/cat"];
        assert_eq!(paths(&maps).unwrap(), found);
    }

    #[test]
    fn a_path_may_have_any_bytes_and_escaped_line_ends() {
        for (written, path) in [
            (&b"/opt/a b  c"[..], &b"/opt/a b  c"[..]),
            (b"/opt/a\\012\\012b", b"/opt/a\n\nb"),
            (b"/opt/a\\b\\01", b"/opt/a\\b\\01"),
            (b"/opt/gr\xc3", b"/opt/gr\xc3"),
            (b"/opt/x (deleted)", b"/opt/x (deleted)"),
        ] {
            assert_eq!(paths(&line(written)).unwrap(), [path]);
        }
        assert_eq!(file_name(b"/opt/a b (deleted)"), b"a b");
        assert_eq!(file_name(b"/opt/(deleted)"), b"(deleted)");
    }

    #[test]
    fn a_malformed_line_is_an_error() {
        assert_eq!(paths(b""), Ok(Vec::new()));
        for maps in [
            &b"\n"[..],
            b"55-56",
            b"55-56\n",
            b"55-56 r\n",
            b"55-56 r-xp 0 fe:00 7 /usr/bin/cat",
            b"55-56 r-xp 0 fe00 7 /usr/bin/cat\n",
            b"55-56 r-xp 0 fe:00 x /usr/bin/cat\n",
            b"55-56 r-xp 0 fe:00\n",
            b"55-56 r-xp 0 \xff:00 7 /usr/bin/cat\n",
        ] {
            assert_eq!(paths(maps), Err(Malformed), "{}", maps.escape_ascii());
        }
    }

    #[test]
    fn shared_memory_is_named_after_its_key() {
        for (name, expected) in [
            (&b"/SYSV00007c4a (deleted)"[..], true),
            (b"/SYSV00007c4a", false),
            (b"/SYSV0000c4a (deleted)", false),
            (b"/SYSV00007c4x (deleted)", false),
        ] {
            assert_eq!(super::is_shared_memory(name), expected, "{name:?}");
        }
    }
}
