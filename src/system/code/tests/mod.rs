//! Tests with compiled files and with running processes.

mod elf;
mod files;
mod living;
mod tiny;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use super::elf::Content;

/// A directory that is removed at the end of a test.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("semlock-code-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Compiles C source with these options to a file with this name.
    fn compile(&self, name: &str, options: &str, source: &str) -> PathBuf {
        let (path, text) = (self.path(name), self.path("source.c"));
        fs::write(&text, source).unwrap();
        let mut compiler = Command::new("cc");
        compiler.args(["-w", "-o"]).arg(&path).arg(&text).args(options.split_whitespace());
        assert!(compiler.status().unwrap().success(), "{compiler:?}");
        path
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn content(path: impl AsRef<Path>) -> Content {
    let file = File::open(path).unwrap();
    super::elf::read(&file, file.metadata().unwrap().len()).unwrap()
}

/// The content of a file with these bytes.
fn content_of(bytes: &[u8], place: &Place) -> Content {
    let path = place.path("bytes");
    fs::write(&path, bytes).unwrap();
    content(path)
}
