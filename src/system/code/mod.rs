//! Whether the code of a process can call semop(2): what its files say.
//!
//! A program calls it through the C library, so one of the files that it has
//! mapped to execute has `semop` or `semtimedop` among the symbols that it needs.
//! Some programs can call it in other ways; of those it cannot be determined.

mod bytes;
mod dynamic;
mod elf;
mod file_names;
mod files;
mod maps;
#[cfg(test)]
mod tests;
mod unclear;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;

use super::{Entry, Pid, Text, Tid, linux};
use crate::sysv::Key;
use elf::Content;
use file_names::UsableSets;
use files::FileError;
use maps::Malformed;

pub(super) use files::Files;
pub(super) use maps::file_name;
pub(crate) use unclear::Unclear;

/// What is known of the code of one process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Code {
    /// The files that call semop, and on which sets; by path.
    calls: Vec<(Text, UsableSets)>,
    /// The first reason why it cannot be determined, by the path of the file.
    unclear: Option<Unclear>,
    /// Some file could not be looked at, or is not there yet.
    unsettled: bool,
}

/// Whether a process has the means to use a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SemopCalls<'a> {
    /// This file, which the process has mapped, calls semop(2) or semtimedop(2).
    Found(&'a Text),
    /// It cannot be determined, for this reason.
    Unknown(&'a Unclear),
    /// None.
    None,
}

impl Code {
    /// Whether this code can use a set with this key and as many semaphores: some
    /// libraries use only sets of one kind. Of several files that call semop, the
    /// first by path is named, and so it is with the reasons.
    pub(crate) fn semop_calls(&self, key: Key, nsems: u32) -> SemopCalls<'_> {
        let mut calls = self.calls.iter().filter(|(_, sets)| sets.have(key, nsems));
        match (calls.next(), &self.unclear) {
            (Some((file, _)), _) => SemopCalls::Found(file),
            (None, Some(unclear)) => SemopCalls::Unknown(unclear),
            (None, None) => SemopCalls::None,
        }
    }

    /// What these maps say of the code of a task.
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

/// Code as a test of what follows from it wants it.
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

    /// Code of which it cannot be determined.
    pub fn unclear(unclear: Unclear) -> Self {
        Self { unclear: Some(unclear), ..Self::default() }
    }
}

/// How often a process is looked at whose mappings change while its files are
/// opened, or before it has a C library: it is becoming another program.
const MAX_ROUNDS: usize = 5;

/// How long to let it go on before the next look.
const PAUSE: Duration = Duration::from_millis(1);

/// Reads the code of a process, as one of its tasks has it mapped: all of them
/// have the same, but one that has ended has none. If it has none, the others
/// are asked.
///
/// Gone if the process has ended; unreadable if its list of mappings cannot be
/// read: EACCES where the caller may not trace it (ptrace(2), "access mode
/// checking"). A file that cannot be read makes the code unclear.
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
        thread::sleep(PAUSE);
    }
    Entry::Unreadable(Errno::EIO)
}

/// The mappings of this task or, if it has ended, of another one of its process,
/// and which it is. A process that has none any more is ending: what it could do a
/// moment ago cannot be told, and it may have left children.
fn maps_of_any(pid: Pid, tid: Tid) -> Entry<(Tid, Vec<u8>)> {
    match maps_of(pid, tid) {
        Entry::Is(maps) => Entry::Is((tid, maps)),
        Entry::Gone => maps_of_another(pid, tid),
        Entry::Unreadable(errno) => Entry::Unreadable(errno),
    }
}

/// Those of the first other task that has any.
fn maps_of_another(pid: Pid, tid: Tid) -> Entry<(Tid, Vec<u8>)> {
    let tids = match linux::threads(pid) {
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

/// The mappings of one task; gone if it has none. One that becomes another program
/// in the meantime is asked once more, as it then has other memory.
fn maps_of(pid: Pid, tid: Tid) -> Entry<Vec<u8>> {
    for _ in 0..2 {
        match Entry::of(File::open(format!("/proc/{pid}/task/{tid}/maps")).and_then(whole)) {
            Entry::Is(Some(maps)) => return Entry::Is(maps),
            Entry::Is(None) => {}
            Entry::Gone => return Entry::Gone,
            Entry::Unreadable(errno) => return Entry::Unreadable(errno),
        }
    }
    Entry::Gone
}

/// All of a list of mappings; None if the memory was given up before its end was
/// read, which ends the list anywhere.
fn whole(mut file: File) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::with_capacity(USUAL);
    (&mut file).take(u64::MAX).read_to_end(&mut bytes)?;
    file.rewind()?;
    let is_there = file.read(&mut [0])? > 0;
    Ok(is_there.then_some(bytes))
}

/// What the mappings of most processes fit into, in bytes.
const USUAL: usize = 1 << 14;
