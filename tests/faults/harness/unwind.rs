//! Which functions have made a system call, by the tables that debuggers unwind a stack with.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use gimli::{
    BaseAddresses, CfaRule, EhFrame, EhFrameHdr, LittleEndian, ParsedEhFrameHdr, Register,
    RegisterRule, UnwindContext, UnwindSection as _,
};
use nix::libc::user_regs_struct;
use object::{Object as _, ObjectSection as _};

type Reader = gimli::EndianSlice<'static, LittleEndian>;

/// How many functions are looked at. A program that begins has fewer.
const DEPTH: usize = 256;

/// The registers by their DWARF numbers, in the System V ABI of x86-64.
type Registers = [u64; 17];
const RBP: usize = 6;
const RSP: usize = 7;
const RETURN: usize = 16;

/// A file of a program in memory.
#[derive(Clone)]
pub struct Module {
    pub name: String,
    pub addresses: Range<u64>,
    tables: &'static Tables,
}

struct Tables {
    header: ParsedEhFrameHdr<Reader>,
    frames: EhFrame<Reader>,
    bases: BaseAddresses,
    /// What has been looked up. Slow calls would change what a program does that looks at a clock.
    known: Mutex<BTreeMap<u64, Option<Arc<Rules>>>>,
}

/// How the registers of the caller are found at one instruction.
struct Rules {
    /// The register and the offset that give the end of the frame.
    base: usize,
    offset: i64,
    /// Registers that the function has saved, at offsets from there.
    saved: Vec<(usize, i64)>,
}

/// Tables are read once, and kept until the end.
static TABLES: Mutex<BTreeMap<String, &Tables>> = Mutex::new(BTreeMap::new());

impl Tables {
    fn of(path: &str) -> Option<&'static Self> {
        let mut known = TABLES.lock().unwrap();
        if !known.contains_key(path) {
            known.insert(path.to_owned(), Box::leak(Box::new(Self::read(path)?)));
        }
        known.get(path).copied()
    }

    fn read(path: &str) -> Option<Self> {
        let file = fs::read(path).ok()?;
        let file = object::File::parse(&*file).ok()?;
        let section = |name| {
            let section = file.section_by_name(name)?;
            Some((section.address(), &*section.data().ok()?.to_vec().leak()))
        };
        let (header_at, header) = section(".eh_frame_hdr")?;
        let (frames_at, frames) = section(".eh_frame")?;
        let bases = BaseAddresses::default().set_eh_frame_hdr(header_at).set_eh_frame(frames_at);
        let header = EhFrameHdr::new(header, LittleEndian).parse(&bases, 8).ok()?;
        let frames = EhFrame::new(frames, LittleEndian);
        Some(Self { header, frames, bases, known: Mutex::default() })
    }

    fn rules(&self, address: u64) -> Option<Arc<Rules>> {
        let mut known = self.known.lock().unwrap();
        known.entry(address).or_insert_with(|| self.find(address).map(Arc::new)).clone()
    }

    fn find(&self, address: u64) -> Option<Rules> {
        let (table, cie) = (self.header.table()?, EhFrame::cie_from_offset);
        let mut context = UnwindContext::new();
        let row = table
            .unwind_info_for_address(&self.frames, &self.bases, &mut context, address, cie)
            .ok()?;
        let CfaRule::RegisterAndOffset { register, offset } = *row.cfa() else { return None };
        let saved = |(register, rule): &(Register, RegisterRule<usize>)| match *rule {
            RegisterRule::Offset(offset) => Some((number(*register)?, offset)),
            _ => None,
        };
        let saved = row.registers().filter_map(saved).collect();
        Some(Rules { base: number(register)?, offset, saved })
    }
}

impl Module {
    /// Those that a process has, by its file `maps`.
    pub fn all(maps: &str) -> Vec<Self> {
        let mut files: BTreeMap<&str, Range<u64>> = BTreeMap::new();
        for line in maps.lines() {
            let Some((addresses, path)) = line.split_once(' ').zip(line.find('/')) else {
                continue;
            };
            let Some((begin, end)) = addresses.0.split_once('-') else { continue };
            let number = |digits| u64::from_str_radix(digits, 16).unwrap();
            let (begin, end) = (number(begin), number(end));
            files.entry(&line[path..]).or_insert(begin..end).end = end;
        }
        let module = |(path, addresses): (&str, Range<u64>)| {
            let name = path.rsplit('/').next()?.to_owned();
            Some(Self { name, addresses, tables: Tables::of(path)? })
        };
        files.into_iter().filter_map(module).collect()
    }

    /// From the registers in a function to those in its caller.
    fn caller(&self, now: &Registers, stack: &impl Fn(u64) -> Option<u64>) -> Option<Registers> {
        // The call may be the last instruction of its function.
        let rules = self.tables.rules(now[RETURN] - 1 - self.addresses.start)?;
        let frame = now[rules.base].wrapping_add_signed(rules.offset);
        let mut caller = *now;
        caller[RSP] = frame;
        for &(number, offset) in &rules.saved {
            caller[number] = stack(frame.wrapping_add_signed(offset))?;
        }
        (caller[RETURN] != 0 && caller[RSP] > now[RSP]).then_some(caller)
    }
}

/// Where the functions are that have made a call, the innermost first: in which module, and
/// at which offset in it.
pub fn callers(
    modules: &[Module],
    registers: user_regs_struct,
    stack: impl Fn(u64) -> Option<u64>,
) -> Vec<(usize, u64)> {
    let mut now = Some(numbered(registers));
    let mut callers = Vec::new();
    while let Some(registers) = now.filter(|_| callers.len() < DEPTH) {
        let address = registers[RETURN];
        let is_here = |module: &Module| module.addresses.contains(&address);
        let Some(at) = modules.iter().position(is_here) else { break };
        callers.push((at, address - modules[at].addresses.start));
        now = modules[at].caller(&registers, &stack);
    }
    callers
}

fn number(register: Register) -> Option<usize> {
    Some(usize::from(register.0)).filter(|&number| number <= RETURN)
}

fn numbered(registers: user_regs_struct) -> Registers {
    let mut numbered = [0; 17];
    numbered[3] = registers.rbx;
    numbered[RBP] = registers.rbp;
    numbered[RSP] = registers.rsp;
    numbered[12..16].copy_from_slice(&[registers.r12, registers.r13, registers.r14, registers.r15]);
    numbered[10] = registers.r10;
    numbered[RETURN] = registers.rip;
    numbered
}
