use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;

use super::*;

/// The files of a machine, removed when the test ends, and a getent that knows two users
/// and records what it was asked.
struct Tree {
    root: PathBuf,
    asked: RefCell<Vec<Vec<String>>>,
    error: fn() -> Option<GetentError>,
}

const USERS: &str = "# a comment\n+nis\nroot:x:0:0:root:/root:/bin/sh\nshort:x:5\n:x:6:6:::\n  \
    www:x:33:33::/:/bin/false\nwww2:x:33:33:::\nbig:x:4294967296:1:::\n";

impl Tree {
    fn new(name: &str, nsswitch: &str, passwd: &[u8]) -> Self {
        let root = std::env::temp_dir().join(format!("accounts-{name}-{}", std::process::id()));
        fs::create_dir_all(root.join("etc")).unwrap();
        fs::write(root.join("etc/nsswitch.conf"), nsswitch).unwrap();
        fs::write(root.join("etc/passwd"), passwd).unwrap();
        Self { root, asked: RefCell::default(), error: || None }
    }

    fn machine(&self) -> Machine<'_, impl Fn(Database, &[String]) -> Answer> {
        let ask = |_, keys: &[String]| {
            self.asked.borrow_mut().push(keys.to_vec());
            let known = [("ldap", 5000), ("other", 0)].map(|(name, id)| (name.to_owned(), id));
            let known = known
                .into_iter()
                .filter(|(name, id)| keys.iter().any(|key| key == name || *key == id.to_string()));
            let account = |(name, id): (String, u32)| Account { name: name.into(), id };
            Answer { accounts: known.map(account).collect(), error: (self.error)() }
        };
        Machine { root: &self.root, ask }
    }

    fn names(&self, ids: &[u32]) -> Vec<String> {
        let names = self.machine().names(Database::Passwd, ids.iter().copied());
        let shown = |id: &u32| names.get(id).map_or_else(|| id.to_string(), Text::to_string);
        ids.iter().map(shown).collect()
    }

    fn id(&self, name: &str) -> Result<u32, String> {
        self.machine().id(Database::Passwd, name).map_err(|error| error.to_string())
    }

    fn asked(&self) -> Vec<Vec<String>> {
        self.asked.take()
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

#[test]
fn getent_is_not_asked_for_what_the_files_have() {
    let tree = Tree::new("files-first", "passwd: files ldap", USERS.as_bytes());
    assert_eq!(tree.names(&[0, 33, 0]), ["root", "www", "root"]);
    assert_eq!(tree.names(&[]), [""; 0]);
    assert_eq!(tree.id("www"), Ok(33));
    assert_eq!(tree.asked(), [[""; 0]; 0]);
    assert_eq!(tree.names(&[5000, 0]), ["ldap", "root"]);
    assert_eq!(tree.id("ldap"), Ok(5000));
    assert_eq!(tree.asked(), [["5000"], ["ldap"]]);
}

#[test]
fn getent_is_asked_only_if_there_are_sources_other_than_the_files() {
    for nsswitch in ["", "passwd: files", "passwd: files [NOTFOUND=return] ldap"] {
        let tree = Tree::new("files-only", nsswitch, USERS.as_bytes());
        assert_eq!(tree.names(&[5000, 6]), ["5000", "6"]);
        assert_eq!(tree.id("ldap"), Err("there is no user \"ldap\"".into()));
        assert_eq!(tree.asked(), [[""; 0]; 0]);
    }
    let tree = Tree::new("no-nsswitch", "", USERS.as_bytes());
    fs::remove_file(tree.root.join("etc/nsswitch.conf")).unwrap();
    assert_eq!(tree.names(&[5000, 0]), ["5000", "root"]);
    assert_eq!(tree.asked(), [[""; 0]; 0]);
}

#[test]
fn getent_is_asked_for_everything_if_other_sources_come_first() {
    let tree = Tree::new("others-first", "passwd: sss files", USERS.as_bytes());
    assert_eq!(tree.names(&[0, 33]), ["other", "33"]);
    assert_eq!(tree.id("www"), Err("there is no user \"www\"".into()));
    let mut asked = tree.asked();
    asked[0].sort_unstable();
    assert_eq!(asked, [vec!["0", "33"], vec!["www"]]);
}

#[test]
fn a_missing_answer_differs_from_a_missing_entry() {
    let mut tree = Tree::new("error", "passwd: files ldap", USERS.as_bytes());
    tree.error = || Some(GetentError::Late);
    assert_eq!(tree.id("www"), Ok(33));
    assert_eq!(tree.id("ldap"), Ok(5000), "an answer is an answer");
    let unknown = tree.machine().id(Database::Passwd, "nobody").unwrap_err();
    assert!(!unknown.is_mistake());
    assert_eq!(
        unknown.to_string(),
        "it is not known whether there is a user \"nobody\": getent, which looks it up, gave no answer \
         within 2 s; use the number instead"
    );
}

#[test]
fn an_unreadable_file_differs_from_a_missing_entry() {
    let tree = Tree::new("unreadable", "passwd: files", b"");
    fs::remove_file(tree.root.join("etc/passwd")).unwrap();
    assert_eq!(tree.id("root"), Err("there is no user \"root\"".into()));
    fs::create_dir(tree.root.join("etc/passwd")).unwrap();
    let unknown = tree.machine().id(Database::Passwd, "root").unwrap_err();
    assert!(!unknown.is_mistake());
    assert!(
        unknown.to_string().contains("/etc/passwd cannot be read: Is a directory"),
        "{unknown}"
    );
    assert_eq!(tree.names(&[0]), ["0"]);
    fs::remove_dir(tree.root.join("etc/passwd")).unwrap();
    std::os::unix::fs::symlink("passwd", tree.root.join("etc/passwd")).unwrap();
    let loops = tree.machine().id(Database::Passwd, "root").unwrap_err();
    assert!(!loops.is_mistake(), "{loops}");
}

#[test]
fn numbers_need_no_entry_and_must_fit() {
    let tree = Tree::new("numbers", "passwd: sss", b"");
    assert_eq!(tree.id("0"), Ok(0));
    assert_eq!(tree.id("+5"), Ok(5));
    assert_eq!(tree.id("4294967294"), Ok(4_294_967_294));
    for number in ["4294967295", "4294967296", "-1", "99999999999999999999999"] {
        let refused = format!("{number} is not a user id: user ids are 0 to 4294967294");
        assert_eq!(tree.id(number), Err(refused));
    }
    for name in ["", "a:b", "a\nb"] {
        assert_eq!(tree.id(name), Err(format!("there is no user {name:?}")));
    }
    assert_eq!(tree.asked(), [[""; 0]; 0]);
}

#[test]
fn files_are_read_as_bytes_and_may_have_lines_of_any_length() {
    let mut passwd = b"b\xfcr\x1b o:x:7:\n".to_vec();
    passwd.extend(b"long:x:8:8:".iter().chain(&vec![b'm'; 100_000]));
    passwd.extend(b"\nlonger");
    passwd.extend([b'n'; 5000]);
    passwd.extend(b":x:9:\n\0:\xff:1\n\nlast:x:10:10:::");
    let tree = Tree::new("bytes", "passwd: files", &passwd);
    assert_eq!(tree.names(&[7, 8, 9, 10]), ["b\\xfcr\\u{1b} o", "long", "9", "last"]);
    assert_eq!(tree.id("long"), Ok(8));
}

#[test]
fn an_owner_is_a_user_a_group_or_both() {
    let both = Owner { uid: Some(Uid::new(1)), gid: Some(Gid::new(2)) };
    assert_eq!(parse_owner("1:2").unwrap(), both);
    assert_eq!(parse_owner("1").unwrap(), Owner { gid: None, ..both });
    assert_eq!(parse_owner(":2").unwrap(), Owner { uid: None, ..both });
    for wrong in ["", ":", "1:", "1:4294967295", "1:2:3"] {
        assert!(parse_owner(wrong).unwrap_err().is_mistake(), "{wrong:?}");
    }
}

#[test]
fn a_name_fits_into_a_line() {
    let is_possible = |length| is_possible_name(&"a".repeat(length));
    assert_eq!([1, 4095, 4096].map(is_possible), [true, true, false]);
}

#[test]
fn this_machine_has_root() {
    let names = AccountNames::of(&[Uid::ROOT], &[Gid::new(0)]);
    let root = Text::from_static("root");
    assert_eq!((names.user(Uid::ROOT), names.group(Gid::new(0))), (Some(&root), Some(&root)));
    assert!(users_in_file().contains(&(root.clone(), 0)));
    assert!(groups_in_file().contains(&(root, 0)));
}
