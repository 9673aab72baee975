//! The code of running processes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::errno::Errno;

use super::super::{Code, Files, SemopCalls, Unclear, code_of};
use super::Place;
use crate::system::own_child::OwnChild;
use crate::system::{Entry, Pid, Tid};
use crate::sysv::Key;

/// A program that has printed "ready" and waits for its standard input.
struct Running(OwnChild);

impl Running {
    fn new(program: impl AsRef<Path>, arguments: &[&str]) -> Self {
        let mut command = Command::new(program.as_ref());
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = OwnChild::start(&mut command);
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n", "{command:?}");
        Self(child)
    }

    fn perl(program: impl AsRef<Path>) -> Self {
        Self::new(program, &["-e", "$| = 1; print qq(ready\\n); <STDIN>"])
    }

    fn pid(&self) -> Pid {
        self.0.pid()
    }

    fn code(&self) -> Code {
        let read = code_of(self.pid(), Tid::first_of(self.pid()), &Files::default());
        let Entry::Is(code) = read else { panic!("{read:?}") };
        code
    }
}

/// Whether the code can use a private set, as text.
fn semop_calls(code: &Code) -> String {
    match code.semop_calls(Key::PRIVATE, 1) {
        SemopCalls::Found(file) => format!("calls: {file}"),
        SemopCalls::Unknown(unclear) => unclear.to_string(),
        SemopCalls::None => String::from("none"),
    }
}

fn copy_of(program: &str, place: &Place, name: &str) -> PathBuf {
    let path = place.path(name);
    fs::copy(program, &path).unwrap();
    path
}

/// Whether this process may use /proc/PID/map_files, which needs `CAP_CHECKPOINT_RESTORE` in
/// the first user namespace.
fn opens_mappings() -> bool {
    let mappings = fs::read_dir("/proc/self/map_files").unwrap();
    mappings.map(|mapping| fs::metadata(mapping.unwrap().path())).any(|read| read.is_ok())
}

#[test]
fn perl_can_call_semop_and_a_shell_cannot() {
    assert_eq!(semop_calls(&Running::new("bash", &["-c", "echo ready; read"]).code()), "none");
    let perl = Running::perl("/usr/bin/perl");
    let path = fs::canonicalize("/usr/bin/perl").unwrap();
    assert_eq!(semop_calls(&perl.code()), format!("calls: {}", path.display()));
}

#[test]
fn a_module_that_is_loaded_later_counts() {
    let place = Place::new();
    let source = "int semop(); int f() { return semop(0, 0, 0); }";
    let (library, named) = (place.path("module.so"), place.path("libnspr4.so"));
    let module = place.compile("module.so", "-shared -fPIC", source);
    fs::copy(module, &named).unwrap();
    let program = place.compile(
        "program",
        "",
        "#include <dlfcn.h>\n#include <stdio.h>\n\
         int main(int c, char **v) { puts(dlopen(v[1], 2) ? \"ready\" : dlerror()); fflush(stdout); getchar(); }",
    );
    let running = Running::new(&program, &[library.to_str().unwrap()]);
    assert_eq!(semop_calls(&running.code()), format!("calls: {}", library.display()));
    let running = Running::new(&program, &[named.to_str().unwrap()]);
    assert_eq!(semop_calls(&running.code()), "none");
    assert!(matches!(running.code().semop_calls(Key::new(7), 1), SemopCalls::Found(_)));
}

#[test]
fn a_static_program_is_unclear() {
    let place = Place::new();
    let source = "#include <stdio.h>\nint main() { puts(\"ready\"); fflush(stdout); getchar(); }";
    let program = place.compile("program", "-static", source);
    assert_eq!(semop_calls(&Running::new(program, &[]).code()), "is a statically linked program");
}

#[test]
fn a_deleted_or_replaced_program_is_read_if_that_is_allowed() {
    let place = Place::new();
    let path = copy_of("/usr/bin/perl", &place, "a perl\n\u{e9}");
    let running = Running::perl(&path);
    let shown = path.to_str().unwrap().replace('\n', "\\n");
    assert_eq!(semop_calls(&running.code()), format!("calls: {shown}"));
    let expected = if opens_mappings() {
        format!("calls: {shown} (deleted)")
    } else {
        format!(
            "has mapped a file that was replaced or deleted and cannot be read: {shown} (deleted)"
        )
    };
    fs::rename(copy_of("/bin/bash", &place, "new"), &path).unwrap();
    assert_eq!(semop_calls(&running.code()), expected);
    fs::remove_file(&path).unwrap();
    assert_eq!(semop_calls(&running.code()), expected);
}

#[test]
fn another_thread_is_asked_if_the_first_has_ended() {
    let place = Place::new();
    let source = "#include <pthread.h>\n#include <stdio.h>\nint semop(); int (*f)() = semop;\n\
        pthread_t first;\n\
        void *other(void *a) { pthread_join(first, 0); puts(\"ready\"); fflush(stdout); getchar(); return a; }\n\
        int main() { pthread_t t; first = pthread_self(); pthread_create(&t, 0, other, 0); pthread_exit(0); }";
    let program = place.compile("program", "-pthread", source);
    let running = Running::new(&program, &[]);
    assert_eq!(semop_calls(&running.code()), format!("calls: {}", program.display()));
    fs::remove_file(&program).unwrap();
    let deleted = semop_calls(&running.code());
    assert_eq!(deleted.starts_with("calls"), opens_mappings(), "{deleted}");
    let another = Tid::new(running.pid().raw() + 100_000_000).unwrap();
    let read = code_of(running.pid(), another, &Files::default());
    assert!(matches!(read, Entry::Is(code) if semop_calls(&code) == deleted));
}

#[test]
fn a_zombie_has_no_code_to_read() {
    let mut running = Running::new("bash", &["-c", "echo ready; read"]);
    let pid = running.pid();
    running.0.kill().unwrap();
    let stat = || fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    while !stat().contains(") Z ") {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    // Whether it could call semop(2) before is unknown, and it may have left children.
    assert_eq!(code_of(pid, Tid::first_of(pid), &Files::default()), Entry::Gone);
    running.0.wait().unwrap();
    assert_eq!(code_of(pid, Tid::first_of(pid), &Files::default()), Entry::Gone);
}

#[test]
fn a_call_that_is_found_comes_before_an_unclear_file_and_the_first_path_is_named() {
    let unclear = Code::unclear(Unclear::Static);
    assert_eq!(unclear.semop_calls(Key::new(1), 1), SemopCalls::Unknown(&Unclear::Static));
    let code = Code { unclear: unclear.unclear, ..Code::calls("libnspr4.so") };
    assert_eq!(code.semop_calls(Key::PRIVATE, 1), SemopCalls::Unknown(&Unclear::Static));
    assert!(matches!(code.semop_calls(Key::new(1), 1), SemopCalls::Found(_)));
    let place = Place::new();
    let both = [copy_of("/usr/bin/perl", &place, "b"), copy_of("/usr/bin/perl", &place, "a")];
    let line = |path: &PathBuf| format!("1-2 r-xp 0 00:01 {} {}\n", inode(path), path.display());
    let maps = both.each_ref().map(line).concat();
    let code = Code::of(maps.as_bytes(), Tid::first_of(Pid::own()), &Files::default()).unwrap();
    assert_eq!(semop_calls(&code), format!("calls: {}", both[1].display()));
}

/// A program that has just started has no libraries yet.
#[test]
fn a_program_without_a_c_library_is_unclear_unless_it_calls_semop_itself() {
    let of = |maps: &str| {
        semop_calls(
            &Code::of(maps.as_bytes(), Tid::first_of(Pid::own()), &Files::default()).unwrap(),
        )
    };
    let none = "has no C library: it is starting, or works without one";
    assert_eq!(of("1-2 rw-p 0 00:00 0 [stack]\n"), none);
    for (program, expected) in [("/bin/bash", none), ("/usr/bin/perl", "calls: /usr/bin/perl")] {
        let inode = inode(Path::new(program));
        assert_eq!(of(&format!("1-2 r-xp 0 00:01 {inode} {program}\n")), expected);
    }
}

fn inode(path: &Path) -> u64 {
    std::os::unix::fs::MetadataExt::ino(&fs::metadata(path).unwrap())
}

#[test]
fn a_file_that_cannot_be_read_is_named_with_the_reason() {
    let unclear = Unclear::Unreadable(crate::system::Text::new("/lib/a\x1b.so"), Errno::EACCES);
    let shown = "has mapped /lib/a\\u{1b}.so, which cannot be read: EACCES: Permission denied";
    assert_eq!(unclear.to_string(), shown);
}
