//! The entries of passwd(5) and group(5).

use std::fs;
use std::path::PathBuf;

use super::{Answer, Database, MAX_LINE, Machine, is_number};
use crate::fuzz::Targets;

impl Targets {
    pub(crate) fn accounts(data: &[u8]) {
        let entries: Vec<_> =
            data.split_inclusive(|&byte| byte == b'\n').filter_map(entry).collect();
        let root = Root::new(data);
        let machine = Machine { root: &root.0, ask: |_, _: &[String]| Answer::default() };
        let ids: Vec<u32> = entries.iter().flat_map(|&(_, id)| [id, id ^ 1]).chain([0]).collect();
        let names = machine.names(Database::Passwd, ids.iter().copied());
        for id in ids {
            let expected = entries.iter().find(|entry| entry.1 == id).map(|entry| entry.0);
            assert_eq!(names.get(&id).map(|name| name.as_bytes()), expected, "{id}");
        }
        let named = entries.iter().filter_map(|entry| std::str::from_utf8(entry.0).ok());
        for name in named.filter(|name| !is_number(name)).chain(["x"]) {
            let id = entries.iter().find(|entry| entry.0 == name.as_bytes()).map(|entry| entry.1);
            assert_eq!(machine.id(Database::Passwd, name).ok(), id, "{name:?}");
        }
    }
}

/// The name and the id in a line.
fn entry(line: &[u8]) -> Option<(&[u8], u32)> {
    let max = usize::try_from(MAX_LINE).expect("a few thousand");
    let line = line[..line.len().min(max)].trim_ascii_start();
    let fields: Vec<_> = line.split(|&byte| byte == b':').collect();
    let [name, _, id, _, ..] = fields[..] else { return None };
    let is_name = !matches!(name, [] | [b'#' | b'+' | b'-', ..]);
    let id = std::str::from_utf8(id).ok()?.parse().ok()?;
    is_name.then_some((name, id))
}

/// The files of a machine, which has only a passwd.
struct Root(PathBuf);

impl Root {
    fn new(passwd: &[u8]) -> Self {
        let root = std::env::temp_dir().join(format!("semlock-fuzz-{}", std::process::id()));
        fs::create_dir_all(root.join("etc")).expect("a temporary directory");
        fs::write(root.join("etc/passwd"), passwd).expect("a temporary file");
        Self(root)
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
