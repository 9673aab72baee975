//! What an ELF file says about the code in it: elf(5).
//!
//! Nearly everything is read from the program headers and the dynamic section, as by the
//! dynamic linker. Section headers may have been stripped, but without these two, the file
//! could not be loaded.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use nix::errno::Errno;
use object::Endianness;
use object::elf::{self, FileHeader32, FileHeader64};
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader};

use super::bytes::{Bytes, Source};
use super::damaged::Damaged;
use super::dynamic::{Dynamic, Symbols};
use crate::system::entry;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A program or a library.
    Elf(Elf),
    /// It has another format.
    Other,
    /// It begins like an ELF file, but cannot be parsed.
    Damaged,
}

impl Content {
    /// Whether it is the C library.
    pub(super) fn is_c_library(self) -> bool {
        matches!(self, Self::Elf(elf) if elf.symbols.is_c_library)
    }
}

/// What matters about a program or library.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Elf {
    /// What its symbols say.
    pub symbols: Symbols,
    /// Whether it is a program that is not linked to any library.
    pub is_static: bool,
    /// Whether the Go compiler built it. Go programs call the kernel themselves.
    pub is_go: bool,
}

/// Reads a file with this length in bytes. Fails if it cannot be read.
pub(super) fn read(file: &File, length: u64) -> Result<Content, Errno> {
    let mut ident = [0; 5];
    match file.read_exact_at(&mut ident, 0) {
        Ok(()) if ident.starts_with(&elf::ELFMAG) => {}
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
            return Err(entry::errno(&error));
        }
        _ => return Ok(Content::Other),
    }
    let source = Source::new(file, length);
    let parsed = match ident[4] {
        class if class == elf::ELFCLASS64.0 => parse::<FileHeader64<_>>(Bytes(&source)),
        _ => parse::<FileHeader32<_>>(Bytes(&source)),
    };
    match source.failed() {
        Some(errno) => Err(errno),
        // A note that was not read is no sign of anything.
        None if source.is_exhausted() => Ok(Content::Damaged),
        None => Ok(parsed.unwrap_or(Content::Damaged)),
    }
}

fn parse<E: FileHeader<Endian = Endianness>>(data: Bytes<'_>) -> Result<Content, Damaged> {
    let header = E::parse(data)?;
    let endian = header.endian()?;
    let kind = header.e_type(endian);
    if kind != elf::ET_EXEC && kind != elf::ET_DYN {
        return Ok(Content::Other);
    }
    let segments = header.program_headers(endian, data)?;
    let dynamic = Dynamic::read::<E>(endian, segments, data)?;
    let symbols = dynamic.symbols::<E>(endian, segments, data)?;
    Ok(Content::Elf(Elf {
        symbols,
        is_static: is_static::<E>(endian, kind, segments, &dynamic, symbols),
        is_go: has_go_note::<E>(endian, segments, data) || has_go_section(header, endian, data),
    }))
}

/// Libraries and the dynamic linker have no interpreter either. But they are not ET_EXEC
/// and are not marked as programs, and each needs a library, has a name or offers symbols.
fn is_static<E: FileHeader<Endian = Endianness>>(
    endian: Endianness,
    kind: elf::FileType,
    segments: &[E::ProgramHeader],
    dynamic: &Dynamic,
    symbols: Symbols,
) -> bool {
    let interpreted = segments.iter().any(|segment| segment.p_type(endian) == elf::PT_INTERP);
    let linked = dynamic.needs || dynamic.has_name || symbols.offers;
    let program = kind == elf::ET_EXEC || dynamic.is_program || !linked;
    program && !(interpreted && dynamic.exists)
}

/// Go's linker writes the build id into a note. A note that cannot be parsed ends the
/// search, and does not mean damage: only debuggers read notes.
fn has_go_note<E: FileHeader<Endian = Endianness>>(
    endian: Endianness,
    segments: &[E::ProgramHeader],
    data: Bytes<'_>,
) -> bool {
    segments.iter().any(|segment| {
        let notes = segment.notes(endian, data).into_iter().flatten().flatten();
        let mut names = notes.map_while(|note| Some(note.ok()?.name()));
        names.any(|name| name == elf::ELF_NOTE_GO)
    })
}

/// A build without an id has no note, but a section with this name, unless the section
/// headers were stripped.
fn has_go_section<E: FileHeader<Endian = Endianness>>(
    header: &E,
    endian: Endianness,
    data: Bytes<'_>,
) -> bool {
    let Ok(sections) = header.section_headers(endian, data) else { return false };
    let index = header.section_strings_index(endian, data);
    let strings = index.ok().and_then(|index| sections.get(index.0)?.data(endian, data).ok());
    let strings = strings.unwrap_or_default();
    sections.iter().any(|section| {
        let name = strings.get(section.sh_name(endian) as usize..);
        name.is_some_and(|name| name.starts_with(b".go.buildinfo\0"))
    })
}
