//! The dynamic section of an ELF file and the symbols that it leads to.

use std::ffi::CStr;

use object::read::ReadRef;
use object::read::elf::{Dyn, FileHeader, ProgramHeader, Sym};
use object::{Endianness, elf};

use super::bytes::Bytes;
use super::damaged::Damaged;

/// What the dynamic section says.
#[derive(Debug, Default)]
pub(super) struct Dynamic {
    /// Whether there is one.
    pub exists: bool,
    /// Whether the linker marked it as a program: DF_1_PIE.
    pub is_program: bool,
    /// Whether it needs libraries.
    pub needs: bool,
    /// Whether it has a name by which others need it.
    pub has_name: bool,
    symbols: Option<u64>,
    strings: u64,
    strings_size: u64,
    /// The addresses of tables and functions.
    addresses: Vec<u64>,
}

/// What the dynamic symbols say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Symbols {
    /// Whether a symbol is defined for others.
    pub offers: bool,
    /// Whether semop(2) or semtimedop(2) is needed. The C library defines them and does not
    /// need them.
    pub calls: bool,
    /// Whether it is the C library, which defines semop(2).
    pub is_c_library: bool,
    /// Whether libffi's function that can call any other one is needed or defined.
    pub ffi: bool,
    /// Whether it is the runtime of a language whose programs can call any function.
    pub runtime: bool,
    /// Whether it is a Java machine that can link programs to any function.
    java_links: bool,
    /// Whether that Java machine is older than Java 22, where this is only a preview.
    java_21: bool,
}

type Result<T> = std::result::Result<T, Damaged>;

impl Dynamic {
    /// Reads the dynamic section, if there is one.
    pub(super) fn read<E: FileHeader<Endian = Endianness>>(
        endian: Endianness,
        segments: &[E::ProgramHeader],
        data: Bytes<'_>,
    ) -> Result<Self> {
        let mut dynamic = Self::default();
        for segment in segments {
            if let Some(entries) = segment.dynamic(endian, data)? {
                dynamic.exists = true;
                entries
                    .iter()
                    .map(|entry| (entry.tag(endian), entry.val(endian), entry.is_address(endian)))
                    .take_while(|&(tag, ..)| tag != elf::DT_NULL)
                    .for_each(|(tag, value, address)| dynamic.note(tag, value, address));
            }
        }
        Ok(dynamic)
    }

    fn note(&mut self, tag: elf::DynamicTag, value: u64, is_address: bool) {
        match tag {
            elf::DT_SYMTAB => self.symbols = Some(value),
            elf::DT_STRTAB => self.strings = value,
            elf::DT_STRSZ => self.strings_size = value,
            elf::DT_NEEDED => self.needs = true,
            elf::DT_SONAME => self.has_name = true,
            elf::DT_FLAGS_1 => self.is_program = value & elf::DF_1_PIE.0 != 0,
            _ => {}
        }
        if is_address {
            self.addresses.push(value);
        }
    }

    /// Reads the symbols, if there are any.
    pub(super) fn symbols<E: FileHeader<Endian = Endianness>>(
        &self,
        endian: Endianness,
        segments: &[E::ProgramHeader],
        data: Bytes<'_>,
    ) -> Result<Symbols> {
        let mut found = Symbols::default();
        let Some(address) = self.symbols else { return Ok(found) };
        let at = |address| place::<E>(endian, segments, address).ok_or(Damaged);
        let (offset, left) = at(address)?;
        let count = self.bytes_of_symbols(address, left) / size_of::<E::Sym>() as u64;
        let count = usize::try_from(count).map_err(|_| Damaged)?;
        let symbols: &[E::Sym] = data.read_slice_at(offset, count).map_err(|()| Damaged)?;
        let (offset, _) = at(self.strings)?;
        let strings = data.read_bytes_at(offset, self.strings_size).map_err(|()| Damaged)?;
        for symbol in symbols.iter().skip(1) {
            let name = name(strings, symbol.st_name(endian));
            found.note(name, symbol.is_undefined(endian), symbol.is_local());
        }
        Ok(found)
    }

    /// The file does not say how many symbols there are: the hash tables leave out those
    /// that are not defined. So everything up to the next table is read as symbols. This
    /// can only find more.
    fn bytes_of_symbols(&self, start: u64, left: u64) -> u64 {
        let others = self.addresses.iter().filter_map(|address| address.checked_sub(start));
        others.filter(|&distance| distance > 0).fold(left, u64::min)
    }
}

/// The offset of an address in the file, and how many bytes of its segment follow.
fn place<E: FileHeader<Endian = Endianness>>(
    endian: Endianness,
    segments: &[E::ProgramHeader],
    address: u64,
) -> Option<(u64, u64)> {
    let loaded = segments.iter().filter(|segment| segment.p_type(endian) == elf::PT_LOAD);
    loaded.into_iter().find_map(|segment| {
        let (offset, size) = segment.file_range(endian);
        let within = address.checked_sub(segment.p_vaddr(endian).into())?;
        let left = size.checked_sub(within).filter(|&left| left > 0)?;
        Some((offset.checked_add(within)?, left))
    })
}

/// More than the longest name that is looked for. Others are not read to their end: a file
/// could have millions of symbols with one name that fills the file.
const MAX_NAME: usize = 64;

/// The name that begins at `start`, or its beginning; empty if there is none.
fn name(strings: &[u8], start: u32) -> &[u8] {
    let rest = strings.get(start as usize..).unwrap_or_default();
    let rest = &rest[..rest.len().min(MAX_NAME)];
    CStr::from_bytes_until_nul(rest).map_or(rest, CStr::to_bytes)
}

impl Symbols {
    fn note(&mut self, name: &[u8], undefined: bool, local: bool) {
        self.offers |= !undefined && !local;
        match name {
            b"semop" if !undefined => self.is_c_library = true,
            // The last two are for 32-bit programs with 64-bit times: glibc's and musl's.
            b"semop" | b"semtimedop" | b"__semtimedop64" | b"__semtimedop_time64" => {
                self.calls |= undefined;
            }
            b"ffi_call" => self.ffi = true,
            b"luaJIT_setmode" | b"DotNetRuntimeInfo" => self.runtime |= !undefined,
            b"JVM_IsForeignLinkerSupported" => self.java_links |= !undefined,
            b"JVM_SupportsCX8" => self.java_21 |= !undefined,
            _ => {}
        }
    }

    /// Whether it runs programs that can call any function by name.
    pub(super) fn is_foreign_runtime(self) -> bool {
        self.runtime || self.java_links && !self.java_21
    }
}

#[cfg(all(any(test, fuzzing), family = "linux"))]
#[path = "../../fuzz/elf.rs"]
mod fuzz;
