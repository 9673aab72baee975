//! ELF files, against a reading of their section headers.

use object::elf::{FileHeader32, FileHeader64, SHT_DYNSYM};
use object::read::elf::{ElfFile, FileHeader, SectionHeader};
use object::{Endianness, Object, ObjectSymbol};

use super::{Dynamic, Symbols, place};
use crate::fuzz::{MemoryFile, Targets};
use crate::system::code::bytes::{Bytes, Source};
use crate::system::code::elf::{Content, read};

impl Targets {
    pub(crate) fn elf(data: &[u8]) {
        let file = MemoryFile::new(data);
        let length = data.len().try_into().expect("a short file");
        let content = read(&file.0, length).expect("memory can be read");
        let Content::Elf(elf) = content else { return };
        is_in_the_file(data, elf.symbols);
        let source = Source::new(&file.0, length);
        has_what_sections_have::<FileHeader32<_>>(data, &source, elf.symbols);
        has_what_sections_have::<FileHeader64<_>>(data, &source, elf.symbols);
    }
}

const CALLS: [&[u8]; 4] = [b"semop", b"semtimedop", b"__semtimedop64", b"__semtimedop_time64"];

/// No symbol is found whose name is nowhere in the file.
fn is_in_the_file(data: &[u8], found: Symbols) {
    let has = |name: &&[u8]| data.windows(name.len()).any(|bytes| bytes == *name);
    assert!(!found.calls || CALLS.iter().any(has));
    assert!(!found.is_c_library || has(&&b"semop"[..]));
    assert!(!found.ffi || has(&&b"ffi_call"[..]));
}

/// Symbols that the section headers lead to are found without them, if both name the same
/// tables.
fn has_what_sections_have<E: FileHeader<Endian = Endianness>>(
    data: &[u8],
    source: &Source,
    found: Symbols,
) {
    let Ok(file) = ElfFile::<E>::parse(data) else { return };
    if is_consistent(&file, data, source) != Some(true) {
        return;
    }
    for symbol in file.dynamic_symbols() {
        let Ok(name) = symbol.name_bytes() else { continue };
        assert!(found.calls || !symbol.is_undefined() || !CALLS.contains(&name));
        assert!(found.is_c_library || symbol.is_undefined() || name != b"semop");
        assert!(found.ffi || name != b"ffi_call");
        assert!(found.offers || symbol.is_undefined() || symbol.is_local());
    }
}

/// Whether the section headers and the program headers say the same about the dynamic
/// symbols and their names.
fn is_consistent<E: FileHeader<Endian = Endianness>>(
    file: &ElfFile<E>,
    data: &[u8],
    source: &Source,
) -> Option<bool> {
    let (endian, segments) = (file.endian(), file.elf_program_headers());
    let dynamic = Dynamic::read::<E>(endian, segments, Bytes(source)).ok()?;
    let sections = file.elf_section_table();
    let symbols = sections.symbols(endian, data, SHT_DYNSYM).ok()?;
    let table = sections.section(symbols.section()).ok()?;
    let strings = sections.section(symbols.string_section()).ok()?;
    let (address, size): (_, u64) = (dynamic.symbols?, table.sh_size(endian).into());
    let (offset, left) = place::<E>(endian, segments, address)?;
    let is_apart = |&other: &u64| other <= address || other - address >= size;
    let (names, _) = place::<E>(endian, segments, dynamic.strings)?;
    Some(
        offset == table.sh_offset(endian).into()
            && left >= size
            && dynamic.addresses.iter().all(is_apart)
            && names == strings.sh_offset(endian).into()
            && dynamic.strings_size == strings.sh_size(endian).into(),
    )
}
