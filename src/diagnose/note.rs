//! What goes wrong later, said before it does.

use std::path::Path;

use super::access;
use super::removed::logind;
use crate::process;
use crate::session::effective_slots;

/// Short remarks on something that was done as asked.
pub type Notes = Vec<String>;

/// What to expect of a block of `nsems` semaphores with this mode and owner.
pub fn before_creating(nsems: u16, mode: u16, uid: u32) -> Notes {
    let (slots, effective) = (nsems / 2, effective_slots(nsems));
    let mut notes = Notes::new();
    if effective == 1 && slots > 1 {
        // One slot more than a power of two is odd, and 31 never divides it.
        notes.push(format!(
            "in a block of {nsems} semaphores all session ids of 13 characters and more share one slot, and wait for each other; NSems {} spreads them over {} slots",
            nsems + 2,
            slots + 1
        ));
    }
    if !nsems.is_power_of_two() {
        notes.push(format!(
            "{nsems} is no power of 2, as the Perl module's manual asks for; it works with any even number"
        ));
    }
    if access::keeps_the_module_out(mode) {
        notes.push(access::module(mode));
    }
    if let Some(by) = process::removes_sets_of(Path::new("/"), uid) {
        notes.push(format!("{}; loginctl enable-linger {uid} prevents it", logind(&by, uid)));
    }
    notes
}
