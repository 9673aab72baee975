//! Which file is opened for a mapping.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use nix::errno::Errno;
use object::ReadRef;

use super::super::bytes::{Bytes, Source};
use super::super::elf::Content;
use super::super::files::{FileError, Files, content_of};
use super::super::maps::{self, Malformed};
use super::{Place, content};
use crate::system::{Pid, Tid};

/// The content found for a mapping of the file at `path` with this inode. This process does
/// not have the mapping, so only the path can lead to the file.
fn found(path: &Path, inode: u64) -> Result<Option<Content>, FileError> {
    let line = format!("1000-2000 r-xp 00000000 00:1 {inode} {}\n", path.display());
    let mapping: Result<Vec<_>, Malformed> = maps::executable(line.as_bytes()).collect();
    let tid = Tid::first_of(Pid::own());
    Files::default().content(tid, &mapping.unwrap()[0])
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn inode(path: &Path) -> u64 {
    fs::metadata(path).unwrap().ino()
}

#[test]
fn a_path_counts_only_if_the_mapped_inode_is_there() {
    let place = Place::new();
    let (program, other) = (place.path("program"), place.path("other"));
    fs::copy("/bin/bash", &program).unwrap();
    let mapped = inode(&program);
    // As a mapping does, this keeps the inode from being used for another file.
    let _kept = File::open(&program).unwrap();
    assert_eq!(found(&program, mapped), Ok(Some(content("/bin/bash"))));
    File::create(&other).unwrap();
    fs::rename(&other, &program).unwrap();
    assert_eq!(found(&program, mapped), Err(FileError::Replaced));
    fs::remove_file(&program).unwrap();
    assert_eq!(found(&program, mapped), Err(FileError::Replaced));
    pipe(&program);
    assert_eq!(found(&program, mapped), Err(FileError::Replaced));
}

#[test]
fn another_file_than_the_mapped_one_is_not_read() {
    let place = Place::new();
    let (program, other) = (place.path("program"), place.path("other"));
    fs::copy("/bin/bash", &program).unwrap();
    fs::write(&other, "").unwrap();
    let identity = |path| fs::metadata(path).map(|file| (file.dev(), file.ino())).unwrap();
    let open = File::open(&program).unwrap();
    assert_eq!(content_of(&open, identity(&program)), Ok(content("/bin/bash")));
    assert_eq!(content_of(&open, identity(&other)), Err(FileError::Replaced));
}

/// tmpfs has no device of its own, nor has btrfs, where two files can have one number.
#[test]
fn on_a_device_without_a_name_a_file_is_opened_for_each_mapping() {
    let path = Path::new("/dev/shm").join(format!("semlock-code-{}", std::process::id()));
    fs::copy("/bin/bash", &path).unwrap();
    let metadata = fs::metadata(&path).unwrap();
    let (inode, minor) = (metadata.ino(), metadata.dev() & 0xff);
    let line = format!("1000-2000 r-xp 00000000 00:{minor:x} {inode} {}\n", path.display());
    let mapping: Vec<_> = maps::executable(line.as_bytes()).collect();
    let (files, tid) = (Files::default(), Tid::first_of(Pid::own()));
    let found = || files.content(tid, &mapping[0].unwrap());
    let first = found();
    fs::remove_file(&path).unwrap();
    assert_eq!((first, found()), (Ok(Some(content("/bin/bash"))), Err(FileError::Replaced)));
}

#[test]
fn only_regular_files_are_programs() {
    let place = Place::new();
    let fifo = place.path("fifo");
    pipe(&fifo);
    for path in [fifo.as_path(), Path::new("/dev/zero")] {
        assert_eq!(found(path, inode(path)), Ok(None));
    }
}

#[test]
fn each_file_is_read_once() {
    let place = Place::new();
    let path = place.path("program");
    fs::copy("/bin/bash", &path).unwrap();
    let (files, inode) = (Files::default(), inode(&path));
    let line = format!("1000-2000 r-xp 00000000 fe:1 {inode} {}\n", path.display());
    let mapping: Vec<_> = maps::executable(line.as_bytes()).collect();
    let mapping = mapping[0].unwrap();
    let tid = Tid::first_of(Pid::own());
    let device = fs::metadata(&path).unwrap().dev();
    let first = files.content(tid, &mapping);
    fs::write(&path, "no program").unwrap();
    let again = files.content(tid, &mapping);
    assert_eq!((first, again), (Ok(Some(content("/bin/bash"))), first), "device {device:x}");
    assert_eq!(Files::default().content(tid, &mapping), Ok(Some(Content::Other)));
}

#[test]
fn a_file_that_cannot_be_read_is_not_taken_for_one_of_another_kind() {
    let directory = File::open("/").unwrap();
    assert_eq!(crate::system::code::elf::read(&directory, 0), Err(Errno::EISDIR));
    let source = Source::new(&directory, 10);
    assert_eq!(
        (Bytes(&source).read_bytes_at(0, 5), source.failed()),
        (Err(()), Some(Errno::EISDIR))
    );
}

#[test]
fn pieces_of_a_file_are_read_within_its_length() {
    let place = Place::new();
    let path = place.path("text");
    fs::write(&path, "one\0two").unwrap();
    let file = File::open(&path).unwrap();
    let source = Source::new(&file, 8);
    let bytes = Bytes(&source);
    assert_eq!(bytes.len(), Ok(8));
    assert_eq!(bytes.read_bytes_at(1, 2), Ok(&b"ne"[..]));
    assert_eq!(bytes.read_bytes_at(6, 2), Err(()), "the file is shorter than it was");
    assert_eq!(bytes.read_bytes_at(6, 3), Err(()));
    assert_eq!(bytes.read_bytes_at_until(0..7, 0), Ok(&b"one"[..]));
    assert_eq!(bytes.read_bytes_at_until(4..7, 0), Err(()));
    assert_eq!(source.failed(), None, "it is damaged, not unreadable");
}
