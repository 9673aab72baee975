//! A world of its own for the torture: a directory, an IPC namespace, and a pid namespace in
//! which a shell adopts and reaps what others leave.

use std::env;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::arena::Arena;
use crate::page::Page;

const DIRECTORY: &str = "TORTURE";
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/torture");

/// The directory, removed at the end.
pub struct World {
    pub directory: PathBuf,
}

impl World {
    /// Makes it, with the programs in it.
    pub fn new() -> Self {
        let sources = Path::new(SOURCES);
        let name = format!("semlock-torture-{}-{}", std::process::id(), fastrand::u32(..));
        let directory = env::temp_dir().join(name);
        fs::create_dir(&directory).unwrap();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
        Page::create(&directory.join("page"));
        let mut cc = Command::new("cc");
        cc.args(["-O2", "-static", "-Wall", "-Wextra", "-Werror", "-o"]);
        let compiled = cc.arg(directory.join("witness")).arg(sources.join("witness.c")).status();
        assert!(compiled.unwrap().success(), "witness.c was not compiled");
        symlink(semlock(), directory.join("semlock")).unwrap();
        Self { directory }
    }

    /// The same, for a test that needs no namespaces: one that takes no lock.
    pub fn arena(&self) -> Arena {
        Arena::new(self.directory.clone(), SOURCES.into())
    }

    /// Runs a test of this program again, inside.
    pub fn run_inside(&self, test: &str) {
        let mut unshare = Command::new("unshare");
        if !nix::unistd::geteuid().is_root() {
            unshare.arg("--map-root-user");
        }
        unshare.args(["--ipc", "--pid", "--fork", "--mount-proc", "--kill-child"]);
        unshare.args(["sh", "-c", "\"$@\"; exit $?", "sh"]).arg(env::current_exe().unwrap());
        unshare.args([test, "--exact", "--nocapture", "--include-ignored"]);
        let status = unshare.env(DIRECTORY, &self.directory).status().unwrap();
        assert!(status.success(), "{status}");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// The binary that is tortured.
fn semlock() -> PathBuf {
    let chosen = env::var_os("SEMLOCK_TORTURED").map(PathBuf::from);
    fs::canonicalize(chosen.unwrap_or(env!("CARGO_BIN_EXE_semlock").into())).unwrap()
}

/// What a test has that runs inside.
pub struct Inside {
    pub arena: Arena,
}

impl Inside {
    /// None outside.
    pub fn of_this_process() -> Option<Self> {
        let directory = PathBuf::from(env::var_os(DIRECTORY)?);
        Some(Self { arena: Arena::new(directory, SOURCES.into()) })
    }
}
