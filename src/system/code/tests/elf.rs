//! What ELF files tell about their code.

use std::fs;
use std::time::{Duration, Instant};

use object::elf::{PT_DYNAMIC, PT_NOTE};

use super::super::Unclear;
use super::super::elf::{Content, Elf};
use super::tiny::LAYOUTS;
use super::{Place, content, content_of};

const SEMOP: &str = "int semop(); int main() { return semop(0, 0, 0); }";
const NOTHING: &str = "int main() { return 0; }";

fn elf(content: Content) -> Elf {
    let Content::Elf(elf) = content else { panic!("{content:?}") };
    elf
}

#[test]
fn only_files_that_need_the_symbol_call_semop() {
    assert!(elf(content(fs::canonicalize("/usr/bin/perl").unwrap())).symbols.calls);
    assert!(!elf(content("/proc/self/exe")).is_static);
    assert!(!elf(content("/bin/bash")).symbols.calls);
    let place = Place::new();
    for (name, options, source, calls) in [
        ("program", "", SEMOP, true),
        ("fixed", "-no-pie", SEMOP, true),
        ("library", "-shared -fPIC", SEMOP, true),
        ("timed", "-shared -fPIC", "int semtimedop(); int f() { return semtimedop(0); }", true),
        (
            "late",
            "-shared -fPIC",
            "int __semtimedop64(); int f() { return __semtimedop64(); }",
            true,
        ),
        ("other", "-shared -fPIC", "int semget(); int f() { return semget(0, 0, 0); }", false),
        ("like", "-shared -fPIC", "int xsemop(); int f() { return xsemop(0, 0, 0); }", false),
        ("itself", "-shared -fPIC", "int semop() { return 0; }", false),
        ("hash", "-shared -fPIC -Wl,--hash-style=sysv", SEMOP, true),
    ] {
        let elf = elf(content(place.compile(name, options, source)));
        assert_eq!((elf.symbols.calls, elf.is_static), (calls, false), "{name}");
    }
}

#[test]
fn the_c_library_and_the_dynamic_linker_do_not_count() {
    let maps = fs::read("/proc/self/maps").unwrap();
    let mappings = super::super::maps::executable(&maps);
    let paths = mappings.map(|mapping| String::from_utf8(mapping.unwrap().path().into()).unwrap());
    let libraries: Vec<_> = paths.filter(|path| path.contains(".so")).collect();
    assert!(libraries.len() > 1, "{libraries:?}");
    for path in libraries {
        let content = content(&path);
        let elf = elf(content);
        assert!(!elf.symbols.calls && !elf.is_static, "{path}");
        assert_eq!(Unclear::of(content, path.as_bytes()), None);
    }
}

#[test]
fn a_program_without_libraries_is_static() {
    let place = Place::new();
    for (options, source, is_static) in [
        ("-static", SEMOP, true),
        ("-static-pie", SEMOP, true),
        ("-static-pie -Wl,--export-dynamic", SEMOP, true),
        ("-static -nostdlib", "void _start() { for (;;); }", true),
        ("-static-pie -nostdlib", "void _start() { for (;;); }", true),
        ("", NOTHING, false),
        ("-no-pie", NOTHING, false),
        ("-shared -fPIC -nostdlib", "int f() { return 0; }", false),
        ("-shared -fPIC -Wl,--no-as-needed", "static int f() { return 0; }", false),
        (
            "-shared -fPIC -nostdlib",
            "extern int x; int *p __attribute__((visibility(\"hidden\"))) = &x;",
            true,
        ),
        ("-shared -fPIC -nostdlib -Wl,-soname,a.so", "static int f() { return 0; }", false),
    ] {
        let content = content(place.compile("program", options, source));
        assert_eq!(elf(content).is_static, is_static, "{options}");
        let unclear = is_static.then_some(Unclear::Static);
        assert_eq!(Unclear::of(content, b"/bin/program"), unclear);
    }
}

#[test]
fn a_go_program_is_known_by_its_note_or_section() {
    const NOTE: &str = r#"__asm__(".section .note.go.buildid,\"a\",@note\n\
        .long 4, 4, 4\n .asciz \"Go\\0\"\n .long 7\n .text");"#;
    const SECTION: &str = r#"__attribute__((section(".go.buildinfo"))) int info = 1;"#;
    let place = Place::new();
    for (extra, unclear) in [(NOTE, Some(Unclear::Go)), (SECTION, Some(Unclear::Go)), ("", None)] {
        let path = place.compile("program", "", &format!("{NOTHING}\n{extra}\n"));
        let content = content(&path);
        assert_eq!(Unclear::of(content, b"/bin/program"), unclear, "{extra}");
        let bytes = without_sections(fs::read(&path).unwrap());
        assert_eq!(elf(content_of(&bytes, &place)).is_go, extra == NOTE);
    }
}

#[test]
fn a_file_that_can_call_any_function_is_unclear_unless_it_is_a_known_library() {
    const CALLS: &str = "int ffi_call(); int f() { return ffi_call(); }";
    const DEFINES: &str = "int ffi_call() { return 0; }";
    const JAVA: &str = "int JVM_IsForeignLinkerSupported() { return 1; }";
    const JAVA_21: &str =
        "int JVM_IsForeignLinkerSupported() { return 1; } int JVM_SupportsCX8() { return 1; }";
    let place = Place::new();
    for (source, name, unclear) in [
        (CALLS, "/lib/_ctypes.so", true),
        (DEFINES, "/lib/_ctypes.so", true),
        (CALLS, "/lib/libgobject-2.0.so.0", false),
        (CALLS, "/lib/libwayland-client.so.0 (deleted)", false),
        (DEFINES, "/lib/libffi.so.8", false),
        (JAVA, "/lib/libjvm.so", true),
        (JAVA_21, "/lib/libjvm.so", false),
        ("int luaJIT_setmode() { return 0; }", "/lib/liblua.so", true),
        ("int luaJIT_setmode(); int f() { return luaJIT_setmode(); }", "/bin/nvim", false),
        ("int f() { return 0; }", "/tmp/jna123.tmp", true),
        ("int f() { return 0; }", "/bin/qemu-arm", true),
    ] {
        let content = content(place.compile("library.so", "-shared -fPIC", source));
        let found = Unclear::of(content, name.as_bytes());
        assert_eq!(found.is_some(), unclear, "{source} in {name}: {found:?}");
    }
}

/// The file as `strip --strip-section-headers` leaves it.
fn without_sections(mut file: Vec<u8>) -> Vec<u8> {
    file[0x28..0x30].fill(0);
    file[0x3c..0x40].fill(0);
    file
}

#[test]
fn symbols_are_found_without_section_headers() {
    let place = Place::new();
    for options in ["", "-shared -fPIC", "-no-pie", "-static"] {
        let path = place.compile("program", options, SEMOP);
        let bytes = without_sections(fs::read(&path).unwrap());
        assert_eq!(content_of(&bytes, &place), content(path), "{options}");
    }
}

#[test]
fn every_class_and_byte_order_is_read() {
    let place = Place::new();
    for layout in LAYOUTS {
        for (symbol, calls) in [("semop", true), ("semget", false), ("semo", false)] {
            let elf = elf(content_of(&layout.library(symbol), &place));
            assert_eq!((elf.symbols.calls, elf.is_static), (calls, false), "{layout:?} {symbol}");
        }
    }
}

#[test]
fn what_follows_the_table_of_symbols_is_no_symbol() {
    let place = Place::new();
    // The strings are 0x18 bytes, which have the text "semop", and then what looks like a
    // symbol with this name.
    let like_a_symbol = format!("semget\0semop\0\0\0\u{10}\0\0\0\u{12}{}", "\0".repeat(19));
    let bytes = LAYOUTS[0].library(&like_a_symbol);
    assert!(!elf(content_of(&bytes, &place)).symbols.calls);
}

#[test]
fn a_table_may_begin_where_another_segment_ends() {
    let place = Place::new();
    let (mut bytes, segment) = (LAYOUTS[0].library("semop"), 56);
    let (table, symbols) = (bytes.len(), 64 + 2 * segment + 5 * 16);
    let [load, dynamic] = [64, 64 + segment].map(|at| bytes[at..at + segment].to_vec());
    let part = |start: usize, end: usize| {
        let mut part = load.clone();
        for (at, value) in
            [(8, start), (16, start), (24, start), (32, end - start), (40, end - start)]
        {
            part[at..at + 8].copy_from_slice(&(value as u64).to_le_bytes());
        }
        part
    };
    bytes.extend([part(0, symbols), part(symbols, table), dynamic].concat());
    bytes[32..40].copy_from_slice(&(table as u64).to_le_bytes());
    bytes[56..58].copy_from_slice(&3_u16.to_le_bytes());
    assert!(elf(content_of(&bytes, &place)).symbols.calls);
}

/// A truncated file that calls semop(2) must not look like a complete one that does not.
#[test]
fn a_truncated_file_is_never_harmless() {
    let place = Place::new();
    for layout in LAYOUTS {
        let file = layout.library("semop");
        for length in 0..file.len() {
            let content = content_of(&file[..length], &place);
            let unclear = Unclear::of(content, b"/lib/x.so");
            assert!(unclear.is_some(), "{layout:?} {length} {content:?}");
        }
    }
}

#[test]
fn garbage_does_not_cause_a_panic() {
    let place = Place::new();
    for layout in LAYOUTS {
        let file = layout.library("semop");
        for (at, value) in (0..file.len()).flat_map(|at| [0, 0xff].map(|value| (at, value))) {
            let mut file = file.clone();
            file[at] = value;
            content_of(&file, &place);
        }
    }
    for (bytes, content) in [
        (&b""[..], Content::Other),
        (b"#!/bin/sh\n", Content::Other),
        (b"\x7fELF", Content::Other),
        (b"\x7fELF\x03", Content::Damaged),
        (&[b"\x7fELF\x02\x01\x01", &[0xff; 200][..]].concat(), Content::Other),
    ] {
        assert_eq!(content_of(bytes, &place), content, "{}", bytes.escape_ascii());
    }
}

#[test]
fn a_file_with_a_huge_table_is_damaged() {
    let place = Place::new();
    let mut bytes = LAYOUTS[0].library("semop");
    let size = 64 + 2 * 56 + 3 * 16 + 8;
    bytes[size..size + 8].copy_from_slice(&(1_u64 << 28).to_le_bytes());
    let path = place.path("sparse");
    fs::write(&path, bytes).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_len(1 << 29).unwrap();
    assert_eq!(content(path), Content::Damaged);
}

/// Another user may have mapped it to use up the memory of root's semlock.
#[test]
fn a_file_with_many_large_tables_is_damaged() {
    let place = Place::new();
    let mut bytes = LAYOUTS[0].library("semop");
    let (table, segment) = (bytes.len(), 56);
    let load = bytes[64..64 + segment].to_vec();
    let mut large = bytes[64 + segment..64 + 2 * segment].to_vec();
    large[32..40].copy_from_slice(&(16_u64 << 20).to_le_bytes());
    bytes.extend([load, large.repeat(9)].concat());
    bytes[32..40].copy_from_slice(&(table as u64).to_le_bytes());
    bytes[56..58].copy_from_slice(&10_u16.to_le_bytes());
    for kind in [PT_DYNAMIC, PT_NOTE] {
        for at in (table + segment..bytes.len()).step_by(segment) {
            bytes[at..at + 4].copy_from_slice(&kind.0.to_le_bytes());
        }
        let path = place.path("sparse");
        fs::write(&path, &bytes).unwrap();
        fs::File::options().write(true).open(&path).unwrap().set_len(1 << 25).unwrap();
        assert_eq!(content(path), Content::Damaged, "{kind:?}");
    }
}

/// Another user may have mapped it to keep root's semlock busy.
#[test]
fn a_name_of_many_symbols_is_not_read_to_its_end_for_each() {
    const NUMBER: usize = 20_000;
    let place = Place::new();
    let mut bytes = LAYOUTS[0].library("semop");
    let symbols = bytes.len();
    let symbol = [&1_u32.to_le_bytes()[..], &[0; 20]].concat();
    bytes.extend(symbol.repeat(NUMBER));
    let strings = bytes.len();
    bytes.push(0);
    bytes.extend(vec![b'a'; 1 << 20]);
    let (length, first) = (bytes.len(), 64 + 2 * 56 + 16 + 8);
    for (at, value) in
        [(96, length), (first, symbols), (first + 16, strings), (first + 32, length - strings)]
    {
        bytes[at..at + 8].copy_from_slice(&(value as u64).to_le_bytes());
    }
    let begun = Instant::now();
    assert!(!elf(content_of(&bytes, &place)).symbols.calls);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}
