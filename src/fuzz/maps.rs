//! Mappings, against a reading of whole lines.

use std::str;

use super::{Malformed, Mapping, executable};
use crate::fuzz::{Input, Targets};

/// Range, device, inode and path.
type Read = (Vec<u8>, (u32, u32), u64, Vec<u8>);

impl Targets {
    pub(crate) fn maps(data: &[u8]) {
        let ours: Vec<_> = executable(data).map(|mapping| mapping.map(read)).collect();
        assert_eq!(ours, lines(data).filter_map(naive).collect::<Vec<_>>());
        of_the_kernel(Input::new(data));
    }
}

fn read(mapping: Mapping) -> Read {
    (mapping.range.into(), mapping.device, mapping.inode, mapping.path().into())
}

/// Every line, and whether it is complete.
fn lines(data: &[u8]) -> impl Iterator<Item = Option<&[u8]>> {
    data.split_inclusive(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\n"))
}

/// The same mapping, by fields that are all cut before one is looked at.
fn naive(line: Option<&[u8]>) -> Option<Result<Read, Malformed>> {
    let Some(line) = line else { return Some(Err(Malformed)) };
    let fields: Vec<&[u8]> = line.splitn(6, |&byte| byte == b' ').collect();
    let field = |at: usize| fields.get(at).copied().filter(|field| !field.is_empty());
    let text = |at| field(at).and_then(|field| str::from_utf8(field).ok());
    let is_executable = || Some(field(0).and(field(1)?.get(2))? == &b'x');
    if is_executable() == Some(false) {
        return None;
    }
    let parsed = || {
        let (major, minor) = field(2).and(text(3))?.split_once(':')?;
        let hexadecimal = |digits| u32::from_str_radix(digits, 16).ok();
        let device = (hexadecimal(major)?, hexadecimal(minor)?);
        Some((field(0)?, device, text(4)?.parse::<u64>().ok()?))
    };
    let Some((range, device, inode)) = is_executable().and(parsed()) else {
        return Some(Err(Malformed));
    };
    let path = fields.get(5).copied().unwrap_or_default().trim_ascii_start();
    let is_file = inode != 0 && path.starts_with(b"/") && !(device.0 == 0 && is_memory(path));
    is_file.then(|| Ok((range.into(), device, inode, unescaped(path))))
}

fn is_memory(path: &[u8]) -> bool {
    let path = String::from_utf8_lossy(path);
    let shared = path.strip_prefix("/SYSV").and_then(|key| key.strip_suffix(" (deleted)"));
    let is_key = |key: &str| key.len() == 8 && key.chars().all(|digit| digit.is_ascii_hexdigit());
    ["/dev/zero (deleted)", "/anon_hugepage", "/[aio]"].iter().any(|name| path.starts_with(name))
        || shared.is_some_and(is_key)
}

fn unescaped(path: &[u8]) -> Vec<u8> {
    let mut path = path.to_vec();
    while let Some(at) = path.windows(4).position(|bytes| bytes == b"\\012") {
        path.splice(at..at + 4, [b'\n']);
    }
    path
}

/// A line as the kernel writes it: fs/proc/task_mmu.c, `show_map_vma()`. It escapes only
/// line ends.
fn of_the_kernel(mut input: Input) {
    let (start, end, offset) = (input.u64(), input.u64(), input.u32());
    let (major, minor, inode) = (input.u16() | 1, input.u32(), input.u64().max(1));
    let path = [b"/", input.rest()].concat();
    let written: Vec<u8> = path
        .iter()
        .flat_map(|byte| if *byte == b'\n' { &b"\\012"[..] } else { std::slice::from_ref(byte) })
        .copied()
        .collect();
    let fields = format!("{start:08x}-{end:08x} r-xp {offset:08x} {major:02x}:{minor:02x} {inode}");
    let line = [format!("{fields:72} ").as_bytes(), &written, b"\n"].concat();
    let [Ok(mapping)] = executable(&line).collect::<Vec<_>>()[..] else { panic!("one file") };
    assert_eq!(mapping.range, format!("{start:08x}-{end:08x}").as_bytes());
    assert_eq!((mapping.device, mapping.inode), ((major.into(), minor), inode));
    assert_eq!(*mapping.path(), unescaped(&written));
    if !path.windows(4).any(|bytes| bytes == b"\\012") {
        assert_eq!(*mapping.path(), path);
    }
}
