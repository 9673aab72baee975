//! Every slot of a large block at a glance: a character each.

use super::{SlotReport, State};

/// How many slots stand in a row; a block of one row needs no map.
const ROW: u16 = 64;

const LEGEND: &str = "\
slots, 64 in a row, without the rows in which all are free:
 . free  r read  w write  d draining  p persistent  a abandoned  ? unknown; in capitals where somebody waits";

/// Whether a block with so many slots needs a map.
pub(super) fn is_wanted(number: u16) -> bool {
    number > ROW
}

/// The map of a block that has `number` slots, of which these are in use, ascending.
pub(super) fn of(number: u16, used: &[&SlotReport]) -> String {
    let mut map = format!("{LEGEND}\n");
    for row in used.chunk_by(|one, other| one.slot / ROW == other.slot / ROW) {
        let first = row[0].slot / ROW * ROW;
        let line = line(ROW.min(number - first), first, row);
        map.extend([format!(" {first:>5}  "), line, "\n".into()]);
    }
    map
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
        State::Persistent => 'p',
        State::Abandoned => 'a',
        State::Unknown => '?',
    };
    if slot.waiting > 0 { character.to_ascii_uppercase() } else { character }
}
