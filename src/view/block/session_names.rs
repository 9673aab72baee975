//! Which of many session names fall on the slots that are shown.

use std::io::{self, Write};

use super::report::{SessionNames, SlotReport};
use crate::system::Text;
use crate::view::{RenderOptions, filled};
use crate::words::counted;

/// How many names of a slot people are shown.
const MAX_SHOWN: usize = 5;

/// Writes a line for each slot that is in use, or that names fall on.
pub(super) fn write(
    out: &mut impl Write,
    names: SessionNames,
    slots: &[&SlotReport],
    options: &RenderOptions,
) -> io::Result<()> {
    let all = counted(names.total, "session id");
    let lines = slots.iter().filter_map(|slot| line(slot, &all));
    let without = (names.without_slot > 0).then(|| {
        let number = names.without_slot;
        let verb = if number == 1 { "is" } else { "are" };
        format!("{number} of {all} {verb} too long to have a slot")
    });
    for (at, line) in lines.chain(without).enumerate() {
        let before = if at == 0 { "\n" } else { "" };
        writeln!(out, "{before}{}", filled(&line, "", "  ", options))?;
    }
    Ok(())
}

fn line(slot: &SlotReport, all: &str) -> Option<String> {
    let sessions = slot.sessions.as_ref()?;
    let number = counted(sessions.len(), "session");
    let mut shown: Vec<_> = sessions.iter().take(MAX_SHOWN).map(Text::in_list).collect();
    if sessions.len() > MAX_SHOWN {
        shown.push(format!("and {} more", sessions.len() - MAX_SHOWN));
    }
    match sessions.len() {
        0 if !slot.is_used() => None,
        0 => Some(format!("slot {}: none of {all} falls on it", slot.slot)),
        1 => Some(format!("slot {}: 1 session falls on it: {}", slot.slot, shown[0])),
        _ => Some(format!("slot {}: {number} fall on it: {}", slot.slot, shown.join(", "))),
    }
}
