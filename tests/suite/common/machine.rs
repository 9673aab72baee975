//! The machine that the tests share. One that starts processes faster than semlock
//! can look at them has it alone, so that it does not disturb the others.

use std::cell::Cell;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

struct Machine {
    sharing: usize,
    /// Tests that want it alone.
    asking: usize,
    taken: bool,
}

static MACHINE: Mutex<Machine> = Mutex::new(Machine { sharing: 0, asking: 0, taken: false });
static CHANGED: Condvar = Condvar::new();

thread_local! {
    /// How much of the machine this thread has.
    static MINE: Cell<usize> = const { Cell::new(0) };
}

fn machine(refused: impl Fn(&Machine) -> bool) -> MutexGuard<'static, Machine> {
    let machine = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
    CHANGED.wait_while(machine, |machine| refused(machine)).unwrap_or_else(PoisonError::into_inner)
}

/// Waits while a test has the machine alone or asks for it, unless it is this one.
fn shared() -> MutexGuard<'static, Machine> {
    let has_a_part = MINE.get() > 0;
    machine(|machine| !has_a_part && (machine.taken || machine.asking > 0))
}

/// A part in the machine: every sandbox has one.
pub struct Share(());

impl Share {
    pub fn new() -> Self {
        shared().sharing += 1;
        MINE.set(MINE.get() + 1);
        Self(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        machine(|_| false).sharing -= 1;
        MINE.set(MINE.get() - 1);
        CHANGED.notify_all();
    }
}

/// The machine, for one test alone.
pub struct Alone(());

impl Alone {
    /// To be called before the test makes its sandbox.
    pub fn new() -> Self {
        assert_eq!(MINE.get(), 0, "this test would wait for itself");
        machine(|_| false).asking += 1;
        let mut machine = machine(|machine| machine.taken || machine.sharing > 0);
        machine.asking -= 1;
        machine.taken = true;
        MINE.set(1);
        Self(())
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        machine(|_| false).taken = false;
        MINE.set(0);
        CHANGED.notify_all();
    }
}

/// Waits for the clock, and leaves the machine to others as long.
pub fn leaving_it_to_others(wait: impl FnOnce()) {
    machine(|_| false).sharing -= MINE.get();
    CHANGED.notify_all();
    wait();
    let mine = MINE.replace(0);
    shared().sharing += mine;
    MINE.set(mine);
}
