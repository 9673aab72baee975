//! systemd-logind, which removes the sets of users who log out.
//!
//! With `RemoveIPC=yes`, its default, logind removes the sets that a user owns when the
//! user's last session ends. It spares system users: logind.conf(5).

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::system::accounts::AccountNames;
use crate::system::{LogoutRemoval, Text};
use crate::sysv::Uid;

/// Where logind looks for its configuration, the highest priority first: logind.conf(5).
const PLACES: [&str; 4] =
    ["etc/systemd", "run/systemd", "usr/local/lib/systemd", "usr/lib/systemd"];

/// The highest user id of a system user: systemd's default.
const LAST_SYSTEM_UID: Uid = Uid::new(999);

/// The setting by which sets are removed at logout.
#[derive(Clone, Debug, PartialEq, Eq)]
enum RemoveIpc {
    /// No file has it, and logind's default is yes.
    ByDefault,
    /// This file has it.
    By(PathBuf),
}

/// That logind removes the sets of `uid` at logout, if it does.
pub(crate) fn removal_at_logout(uid: Uid) -> Option<LogoutRemoval> {
    let why = match removes_sets_of(Path::new("/"), uid)? {
        RemoveIpc::ByDefault => "RemoveIPC=yes is logind's default".into(),
        RemoveIpc::By(file) => format!("RemoveIPC=yes in {}", file.display()),
    };
    Some(LogoutRemoval {
        by: "systemd-logind",
        what: format!(
            "systemd-logind removes every set of user {uid} when that user logs out ({why})"
        ),
        prevention: vec!["loginctl".into(), "enable-linger".into(), uid.to_string()],
        effect: "that user then always counts as logged in",
    })
}

/// The setting by which the sets of user `uid` are removed when that user has logged out;
/// None if they are not. `root` is `/` except in tests.
fn removes_sets_of(root: &Path, uid: Uid) -> Option<RemoveIpc> {
    if uid <= LAST_SYSTEM_UID || !is_running(root) || lingers(root, uid) {
        return None;
    }
    let mut found = Some(RemoveIpc::ByDefault);
    for file in files(root) {
        if let Some(removes) = fs::read_to_string(&file).ok().as_deref().and_then(setting) {
            found = removes.then_some(RemoveIpc::By(file));
        }
    }
    found
}

/// Whether systemd is this machine's init, sd_booted(3), and logind runs.
fn is_running(root: &Path) -> bool {
    root.join("run/systemd/system").is_dir() && root.join("run/systemd/users").is_dir()
}

/// Whether the user stays logged in for ever: loginctl(1), `enable-linger`.
fn lingers(root: &Path, uid: Uid) -> bool {
    let marks = root.join("var/lib/systemd/linger");
    // Most machines have no marks, and then the name need not be looked up.
    let any = fs::read_dir(&marks).is_ok_and(|mut marks| marks.next().is_some());
    let is_there = |name: &Text| marks.join(OsStr::from_bytes(name.as_bytes())).exists();
    any && AccountNames::of(&[uid], &[]).user(uid).is_some_and(is_there)
}

/// The configuration files in effect, the lowest priority first: one main file, then the
/// drop-ins by name. A drop-in hides those with the same name in places of lower priority.
fn files(root: &Path) -> Vec<PathBuf> {
    let places = PLACES.map(|place| root.join(place));
    let main = places.iter().map(|place| place.join("logind.conf"));
    let main = main.into_iter().find(|file| file.exists());
    let mut drop_ins = BTreeMap::new();
    for place in places.iter().rev() {
        let entries = fs::read_dir(place.join("logind.conf.d")).into_iter().flatten();
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.extension().is_some_and(|extension| extension == "conf") {
                drop_ins.insert(path.file_name().map(ToOwned::to_owned), path);
            }
        }
    }
    main.into_iter().chain(drop_ins.into_values()).collect()
}

/// The last `RemoveIPC=` of a file's `[Login]` section: systemd.syntax(7).
fn setting(text: &str) -> Option<bool> {
    let mut login = false;
    let mut found = None;
    for line in lines(text) {
        let line = line.trim();
        if line.starts_with('[') {
            login = line == "[Login]";
        } else if let Some((key, value)) = line.split_once('=')
            && login
            && key.trim() == "RemoveIPC"
        {
            found = boolean(value.trim()).or(found);
        }
    }
    found
}

/// The lines without comments. A line that ends in a backslash is joined to the next.
fn lines(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for line in text.lines().filter(|line| !line.trim_start().starts_with(['#', ';'])) {
        let begun = lines.pop().unwrap_or_default();
        match line.strip_suffix('\\') {
            Some(part) => lines.push(begun + part + " "),
            None => lines.extend([begun + line, String::new()]),
        }
    }
    lines
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "yes" | "y" | "true" | "t" | "on" => Some(true),
        "0" | "no" | "n" | "false" | "f" | "off" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::own_root;

    /// A tree of files that is removed when the test ends.
    struct Tree(PathBuf);

    impl Tree {
        fn new(name: &str, files: &[(&str, &str)]) -> Self {
            let tree = Self(std::env::temp_dir().join(format!("{name}-{}", std::process::id())));
            for directory in ["run/systemd/system", "run/systemd/users"] {
                fs::create_dir_all(tree.0.join(directory)).unwrap();
            }
            for (file, text) in files {
                let file = tree.0.join(file);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, text).unwrap();
            }
            tree
        }

        fn removes(&self, uid: u32) -> Option<RemoveIpc> {
            removes_sets_of(&self.0, Uid::new(uid))
        }
    }

    impl Drop for Tree {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn logind_removes_the_sets_of_users_by_default_but_not_of_system_users() {
        let comment = ("etc/systemd/logind.conf", "[Login]\n#RemoveIPC=no\n");
        let tree = Tree::new("logind-default", &[comment]);
        assert_eq!(tree.removes(1000), Some(RemoveIpc::ByDefault));
        assert_eq!(tree.removes(999), None);
        assert_eq!(tree.removes(0), None);
        fs::remove_dir(tree.0.join("run/systemd/system")).unwrap();
        assert_eq!(tree.removes(1000), None, "not started by systemd");
    }

    #[test]
    fn the_removal_is_explained_with_the_file_that_asks_for_it() {
        let user = Uid::new(4_000_000);
        let removal = || removal_at_logout(user).map(|removal| removal.what);
        assert!(removal().is_none_or(|what| what.contains("user 4000000")), "of this machine");
        let files = ["run/systemd/system/x", "run/systemd/users/x", "etc/systemd/logind.conf"];
        let of = |text| own_root::with_files(&files.map(|file| (file, text)), removal);
        assert!(of("").unwrap().ends_with("(RemoveIPC=yes is logind's default)"));
        assert!(
            of("[Login]\nRemoveIPC=yes\n")
                .unwrap()
                .ends_with("(RemoveIPC=yes in /etc/systemd/logind.conf)")
        );
        assert_eq!(of("[Login]\nRemoveIPC=no\n"), None);
    }

    #[test]
    fn a_user_who_lingers_never_logs_out() {
        let nobody = 65534;
        let names = AccountNames::of(&[Uid::new(nobody)], &[]);
        let name = names.user(Uid::new(nobody)).expect("every machine has nobody").to_string();
        let tree = Tree::new("logind-linger", &[("var/lib/systemd/linger/somebody", "")]);
        assert_eq!(tree.removes(nobody), Some(RemoveIpc::ByDefault));
        fs::write(tree.0.join("var/lib/systemd/linger").join(name), "").unwrap();
        assert_eq!(tree.removes(nobody), None);
    }

    #[test]
    fn a_backslash_joins_lines_except_in_comments() {
        let no = "# \\\n[Login]\nRemoveIPC=\\\n# yes\n no\n";
        assert_eq!(setting(no), Some(false));
        assert_eq!(setting("[Login]\n;RemoveIPC=no\\\nRemoveIPC=yes\\"), Some(true));
    }

    #[test]
    fn a_drop_in_overrides_the_main_file_and_hides_others_of_its_name() {
        let no = "[Manager]\nRemoveIPC=yes\n[Login]\nRemoveIPC = off\n";
        let main = ("etc/systemd/logind.conf", "[Login]\nRemoveIPC=yes\n");
        let drop_in = ("usr/lib/systemd/logind.conf.d/50-x.conf", no);
        let tree = Tree::new("logind-drop-in", &[main, drop_in]);
        assert_eq!(tree.removes(1000), None);
        let namesake = tree.0.join("etc/systemd/logind.conf.d/50-x.conf");
        fs::create_dir(namesake.parent().unwrap()).unwrap();
        fs::write(&namesake, "[Login]\nRemoveIPC=true\n").unwrap();
        assert_eq!(tree.removes(1000), Some(RemoveIpc::By(namesake)));
    }
}
