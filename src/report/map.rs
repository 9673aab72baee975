//! Every slot of a large block at a glance: a character each.

use std::io::{self, Write};

use super::{SlotReport, State};

/// A block of at most so many slots needs no map.
const ROW: u16 = 64;

const LEGEND: &str = "\
slots, 64 in a row, without the rows in which all are free:
 . free  r read  w write  d draining  a abandoned  ? unknown; in capitals where somebody waits";

/// Draws the slots of a block that has `number` of them; `slots` are at least
/// those in use. Draws nothing, and says so, where the table shows as much.
pub(super) fn write(out: &mut impl Write, number: u16, slots: &[SlotReport]) -> io::Result<bool> {
    let used: Vec<_> = slots.iter().filter(|slot| slot.is_used()).collect();
    if number <= ROW || used.is_empty() {
        return Ok(false);
    }
    writeln!(out, "\n{LEGEND}")?;
    for row in used.chunk_by(|one, other| one.slot / ROW == other.slot / ROW) {
        let first = row[0].slot / ROW * ROW;
        writeln!(out, " {first:>5}  {}", line(ROW.min(number - first), first, row))?;
    }
    Ok(true)
}

fn line(length: u16, first: u16, used: &[&SlotReport]) -> String {
    let mut line = vec!['.'; length.into()];
    for slot in used {
        line[usize::from(slot.slot - first)] = character(slot);
    }
    line.into_iter().collect()
}

fn character(slot: &SlotReport) -> char {
    let character = match slot.state {
        State::Free => 'f',
        State::Read => 'r',
        State::Write => 'w',
        State::Draining => 'd',
        State::Abandoned => 'a',
        State::Unknown => '?',
    };
    if slot.waiting > 0 { character.to_ascii_uppercase() } else { character }
}
