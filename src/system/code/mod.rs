//! Whether the code of a process can call semop(2).
//!
//! A program calls it through the C library. So one of the files that it has mapped
//! executable needs the symbol `semop` or `semtimedop`. Some programs can call it in other
//! ways: for those it cannot be determined.

mod bytes;
mod damaged;
mod dynamic;
mod elf;
mod file_names;
mod files;
mod maps;
#[cfg(test)]
mod tests;
mod unclear;

use std::collections::BTreeSet;
use std::time::Duration;

use nix::errno::Errno;

use super::platform::{self, maps_of};
use super::{Entry, Pid, Text, Tid, pause};
use crate::sysv::Key;
use elf::Content;
use file_names::UsableSets;
use maps::Malformed;

pub(super) use files::{FileError, Files};
pub(super) use maps::{Mapping, file_name};
pub(crate) use unclear::Unclear;

/// What is known about the code of a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Code {
    /// The files that call semop(2), ordered by path, and the sets that each can use.
    calls: Vec<(Text, UsableSets)>,
    /// Why it cannot be determined: the reason with the first path.
    unclear: Option<Unclear>,
    /// Whether another look may tell more: a file could not be read, or is not mapped yet.
    unsettled: bool,
}

/// Whether the code of a process can use a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SemopCalls<'a> {
    /// This mapped file calls semop(2) or semtimedop(2).
    Found(&'a Text),
    /// It cannot be determined, for this reason.
    Unknown(&'a Unclear),
    /// It cannot.
    None,
}

impl Code {
    /// Whether this code can use a set with this key and number of semaphores: some
    /// libraries use only sets of one kind.
    pub(crate) fn semop_calls(&self, key: Key, nsems: u32) -> SemopCalls<'_> {
        let mut calls = self.calls.iter().filter(|(_, sets)| sets.include(key, nsems));
        match (calls.next(), &self.unclear) {
            (Some((file, _)), _) => SemopCalls::Found(file),
            (None, Some(unclear)) => SemopCalls::Unknown(unclear),
            (None, None) => SemopCalls::None,
        }
    }

    /// Reads the files in the `maps` of a thread.
    fn of(maps: &[u8], tid: Tid, files: &Files) -> Result<Self, Malformed> {
        let mut seen = BTreeSet::new();
        let mut paths = Vec::new();
        for mapping in maps::executable(maps) {
            let mapping = mapping?;
            if seen.insert((mapping.device, mapping.inode, mapping.path())) {
                paths.push((mapping.path(), mapping));
            }
        }
        paths.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut code = Self::default();
        let mut has_library = false;
        for (path, mapping) in paths {
            let content = files.content(tid, &mapping);
            has_library |= matches!(content, Ok(Some(content)) if content.is_c_library());
            code.add(&path, content);
        }
        if !has_library && code == Self::default() {
            code = Self { unclear: Some(Unclear::NoLibrary), unsettled: true, ..code };
        }
        Ok(code)
    }

    fn add(&mut self, path: &[u8], content: Result<Option<Content>, FileError>) {
        let unclear = match content {
            Ok(Some(Content::Elf(elf))) if elf.symbols.calls => {
                self.calls.push((Text::new(path), UsableSets::used_by(path)));
                None
            }
            Ok(content) => content.and_then(|content| Unclear::of(content, path)),
            Err(error) => {
                self.unsettled = true;
                Some(Unclear::error(error, path))
            }
        };
        self.unclear = self.unclear.take().or(unclear);
    }
}

/// Code that is made up for tests.
#[cfg(test)]
impl Code {
    /// Code that cannot call semop(2).
    pub fn none() -> Self {
        Self::default()
    }

    /// Code with a file at this path that calls semop(2).
    pub fn calls(path: &str) -> Self {
        let sets = UsableSets::used_by(path.as_bytes());
        Self { calls: vec![(Text::new(path), sets)], ..Self::default() }
    }

    /// Code for which it cannot be determined.
    pub fn unclear(unclear: Unclear) -> Self {
        Self { unclear: Some(unclear), ..Self::default() }
    }
}

/// How often a process is read whose mappings change while its files are opened, or that
/// has no C library yet: it is in execve(2).
const MAX_ROUNDS: usize = 5;

/// How long to wait before it is read again.
const PAUSE: Duration = Duration::from_millis(1);

/// Reads the code of a process, by the mappings of this thread. All threads have the same
/// mappings, but a thread that has ended has none: then another one is asked.
///
/// Gone if the process has ended. Unreadable if its mappings cannot be read: EACCES if the
/// caller may not trace it (ptrace(2), "access mode checking"). A file that cannot be read
/// makes the code unclear.
pub(super) fn code_of(pid: Pid, tid: Tid, files: &Files) -> Entry<Code> {
    let mut before = Vec::new();
    for round in 1.. {
        let (tid, maps) = match maps_of_any(pid, tid) {
            Entry::Is(read) => read,
            Entry::Gone => return Entry::Gone,
            Entry::Unreadable(errno) => return Entry::Unreadable(errno),
        };
        let Ok(code) = Code::of(&maps, tid, files) else { break };
        if !code.unsettled || maps == before || round == MAX_ROUNDS {
            return Entry::Is(code);
        }
        before = maps;
        pause(PAUSE);
    }
    Entry::Unreadable(Errno::EIO)
}

/// The mappings of this thread or, if it has ended, of another one, and which one that is.
/// A process without mappings is ending.
fn maps_of_any(pid: Pid, tid: Tid) -> Entry<(Tid, Vec<u8>)> {
    match maps_of(pid, tid) {
        Entry::Is(maps) => Entry::Is((tid, maps)),
        Entry::Gone => maps_of_another(pid, tid),
        Entry::Unreadable(errno) => Entry::Unreadable(errno),
    }
}

/// The mappings of the first other thread that has any.
fn maps_of_another(pid: Pid, tid: Tid) -> Entry<(Tid, Vec<u8>)> {
    let tids = match platform::threads(pid) {
        Entry::Is(tids) => tids,
        Entry::Gone => return Entry::Gone,
        Entry::Unreadable(errno) => return Entry::Unreadable(errno),
    };
    for other in tids.into_iter().filter(|&other| other != tid) {
        match maps_of(pid, other) {
            Entry::Is(maps) => return Entry::Is((other, maps)),
            Entry::Unreadable(errno) => return Entry::Unreadable(errno),
            Entry::Gone => {}
        }
    }
    Entry::Gone
}
