//! Every slot of a large block at a glance: a character each.

use crate::view::{RenderOptions, SlotReport, SlotState, filled};

/// How many slots stand in a row at most; a block of one row needs no map.
const MAX_ROW: u16 = 64;

/// What stands before a row.
const MARGIN: u16 = 8;

const LEGEND: &str = ". free  r read  w write  d draining  p persistent  a abandoned  \
                      ? unknown; in capitals where a process waits";

/// Whether a block with so many slots needs a map.
pub(super) fn is_wanted(number: u16) -> bool {
    number > MAX_ROW
}

/// How many stand in a row: a power of two, which is easy to count with.
fn row_of(options: &RenderOptions) -> u16 {
    let fits = |row: &u16| options.width.is_none_or(|width| MARGIN + row <= width);
    [MAX_ROW, MAX_ROW / 2].into_iter().find(fits).unwrap_or(MAX_ROW / 4)
}

/// The map of a block with `number` slots. `used` are those in use, ascending.
pub(super) fn of(number: u16, used: &[&SlotReport], options: &RenderOptions) -> String {
    let length = row_of(options);
    let title = format!("slots, {length} in a row; rows in which all are free are left out:");
    let (title, legend) = (filled(&title, "", "", options), filled(LEGEND, " ", " ", options));
    let mut map = format!("{title}\n{legend}\n");
    for row in used.chunk_by(|one, other| one.slot / length == other.slot / length) {
        let first = row[0].slot / length * length;
        let line = line(length.min(number - first), first, row);
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
        SlotState::Free => 'f',
        SlotState::Read => 'r',
        SlotState::Write => 'w',
        SlotState::Draining => 'd',
        SlotState::Persistent => 'p',
        SlotState::Abandoned => 'a',
        SlotState::Unknown => '?',
    };
    if slot.waiting > 0 { character.to_ascii_uppercase() } else { character }
}
