//! What tests need that show a process other files than this machine has.

use std::fs;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use nix::sched::{CloneFlags, unshare};
use nix::unistd::{chdir, chroot};

/// Does `look` in a thread whose root directory has only these files.
pub(crate) fn with_files<T: Send>(files: &[(&str, &str)], look: impl FnOnce() -> T + Send) -> T {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let root = std::env::temp_dir().join(format!("semlock-root-{}-{number}", std::process::id()));
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let inside = || {
        enter(&root);
        look()
    };
    let seen = thread::scope(|scope| scope.spawn(inside).join());
    fs::remove_dir_all(&root).unwrap();
    seen.unwrap_or_else(|panic| resume_unwind(panic))
}

/// Makes this the root directory of this thread alone.
fn enter(root: &Path) {
    unshare(CloneFlags::CLONE_FS).unwrap();
    chroot(root).expect("these tests need a user namespace: run them by `make test`, or as root");
    chdir("/").unwrap();
}
