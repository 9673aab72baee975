//! The entries of passwd(5) and group(5).

use std::fs;
use std::path::{Path, PathBuf};
use std::str;

use super::{Answer, Database, MAX_LINE, Machine, Text, is_number};
use crate::fuzz::Targets;

/// The file is read again for each word.
const MAX_WORDS: usize = 20;

impl Targets {
    pub(crate) fn accounts(data: &[u8]) {
        let entries: Vec<_> =
            data.split_inclusive(|&byte| byte == b'\n').filter_map(entry).collect();
        let words = data.split(|byte| b":\n".contains(byte)).map(str::from_utf8);
        let words: Vec<_> = words.flatten().map(str::trim_ascii).take(MAX_WORDS).collect();
        ROOT.with(|root| has_the_entries(root.with_passwd(data), &entries, &words));
    }
}

/// Whether these words are users exactly if they are in the entries.
fn has_the_entries(root: &Path, entries: &[(&[u8], u32)], words: &[&str]) {
    let machine = Machine { root, ask: |_, _: &[String]| Answer::default() };
    let ids: Vec<u32> = words.iter().flat_map(|word| word.parse()).collect();
    let names = machine.names(Database::Passwd, ids.iter().copied());
    for id in ids {
        let expected = entries.iter().find(|entry| entry.1 == id).map(|entry| entry.0);
        assert_eq!(names.get(&id).map(Text::as_bytes), expected, "{id}");
    }
    for name in words.iter().filter(|word| !is_number(word)) {
        let id = entries.iter().find(|entry| entry.0 == name.as_bytes()).map(|entry| entry.1);
        assert_eq!(machine.id(Database::Passwd, name).ok(), id, "{name:?}");
    }
}

/// The name and the id in a line.
fn entry(line: &[u8]) -> Option<(&[u8], u32)> {
    let max = usize::try_from(MAX_LINE).expect("a few thousand");
    let line = line[..line.len().min(max)].trim_ascii_start();
    let fields: Vec<_> = line.split(|&byte| byte == b':').collect();
    let [name, _, id, _, ..] = fields[..] else { return None };
    let is_name = !matches!(name, [] | [b'#' | b'+' | b'-', ..]);
    let id = str::from_utf8(id).ok()?.parse().ok()?;
    is_name.then_some((name, id))
}

thread_local! {
    static ROOT: Root = Root::new();
}

/// The files of a machine, which has only a passwd. Removed when its thread ends.
struct Root(PathBuf);

impl Root {
    fn new() -> Self {
        let root = std::env::temp_dir().join(format!("semlock-fuzz-{}", std::process::id()));
        fs::create_dir_all(root.join("etc")).expect("a temporary directory");
        Self(root)
    }

    fn with_passwd(&self, passwd: &[u8]) -> &Path {
        fs::write(self.0.join("etc/passwd"), passwd).expect("a temporary file");
        &self.0
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
