//! A tiny ELF library of each class and byte order.

use object::elf;

/// The class and the byte order of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub wide: bool,
    pub big: bool,
}

pub(super) const LAYOUTS: [Layout; 4] = [
    Layout { wide: true, big: false },
    Layout { wide: true, big: true },
    Layout { wide: false, big: false },
    Layout { wide: false, big: true },
];

impl Layout {
    /// A library without section headers that needs one symbol.
    pub fn library(self, symbol: &str) -> Vec<u8> {
        let (header, segment, entry, name) =
            if self.wide { (64, 56, 16, 24) } else { (52, 32, 8, 16) };
        let dynamic = header + 2 * segment;
        let symbols = dynamic + 5 * entry;
        let strings = symbols + 2 * name;
        let names = [b"\0library\0", symbol.as_bytes(), b"\0"].concat();
        let end = strings + names.len() as u64;
        let mut file = self.header(header, segment);
        self.segment(&mut file, elf::PT_LOAD.0, 0, end);
        self.segment(&mut file, elf::PT_DYNAMIC.0, dynamic, symbols - dynamic);
        for (tag, value) in [
            (elf::DT_SONAME, 1),
            (elf::DT_SYMTAB, symbols),
            (elf::DT_STRTAB, strings),
            (elf::DT_STRSZ, names.len() as u64),
            (elf::DT_NULL, 0),
        ] {
            self.word(&mut file, tag.0.unsigned_abs());
            self.word(&mut file, value);
        }
        file.resize(file.len() + usize::try_from(name).unwrap(), 0);
        self.number(&mut file, 9, 4);
        file.push(0x12);
        file.resize(usize::try_from(strings).unwrap(), 0);
        file.extend(names);
        file
    }

    fn header(self, size: u64, segment: u64) -> Vec<u8> {
        let mut file = elf::ELFMAG.to_vec();
        file.extend([1 + u8::from(self.wide), 1 + u8::from(self.big), 1]);
        file.resize(16, 0);
        self.number(&mut file, elf::ET_DYN.0.into(), 2);
        self.number(&mut file, elf::EM_PPC64.0.into(), 2);
        self.number(&mut file, 1, 4);
        for value in [0, size, 0] {
            self.word(&mut file, value);
        }
        self.number(&mut file, 0, 4);
        for value in [size, segment, 2, 0, 0, 0] {
            self.number(&mut file, value, 2);
        }
        file
    }

    /// A segment whose address is its offset in the file.
    fn segment(self, file: &mut Vec<u8>, kind: u32, start: u64, size: u64) {
        self.number(file, kind.into(), 4);
        if self.wide {
            self.number(file, 5, 4);
        }
        for value in [start, start, start, size, size] {
            self.word(file, value);
        }
        if !self.wide {
            self.number(file, 5, 4);
        }
        self.word(file, 1);
    }

    fn word(self, file: &mut Vec<u8>, value: u64) {
        self.number(file, value, if self.wide { 8 } else { 4 });
    }

    fn number(self, file: &mut Vec<u8>, value: u64, size: usize) {
        if self.big {
            file.extend(&value.to_be_bytes()[8 - size..]);
        } else {
            file.extend(&value.to_le_bytes()[..size]);
        }
    }
}
