//! Runs a program call by call. A program is ordinary code, such as src/session, that
//! cannot be stopped in between. So it is run from the beginning for each call, with the
//! replies that it has had so far, until it makes a call that has no reply yet.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::kernel::Reply;
use crate::sysv::{Op, Wait};

/// What a process asks of the kernel, or tells the model.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// semget(2); creates a set of this size if there is none.
    Open {
        or_create: Option<u16>,
    },
    /// The same, and fails if there is one.
    Create(u16),
    Size(usize),
    Remove(usize),
    Operate(usize, Vec<Op>, Wait),
    Values(usize),
    Value(usize, u16),
    Pid(usize, u16),
    Ncnt(usize, u16),
    Zcnt(usize, u16),
    /// `SETVAL` with 0.
    Reset(usize, u16),
    /// Whether the process with this pid has ended: 1 or 0.
    HasEnded(i32),
    /// Uses what the lock protects.
    Work,
    /// Does something else, and neither has a lock nor is about to release one.
    Rest,
    /// What it believes to have from now on.
    Believe(Belief),
}

/// What a process takes for granted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Belief {
    /// It has this lock.
    Has(Lock),
    /// It has left this lock in the block for a session, and has none itself.
    Left(Lock, &'static str),
    /// No lock of this slot is left for the session any more; if None, for no session.
    TakenBack(u16, Option<&'static str>),
    /// It has no lock.
    HasNothing,
}

/// A lock on some slots.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lock {
    pub slots: Vec<u16>,
    pub writes: bool,
}

impl Lock {
    /// Whether it is such a lock on this slot.
    pub fn is_on(&self, slot: u16, writes: bool) -> bool {
        self.slots.contains(&slot) && self.writes == writes
    }
}

#[derive(Default)]
struct Journal {
    replies: Vec<Reply>,
    read: usize,
}

thread_local! {
    static JOURNAL: RefCell<Journal> = RefCell::default();
}

/// The next call of a program that has had these replies; None if it has ended.
pub fn next_call(program: impl Fn(), replies: &[Reply]) -> Option<Call> {
    JOURNAL.set(Journal { replies: replies.to_vec(), read: 0 });
    let stopped = catch_unwind(AssertUnwindSafe(program)).err()?;
    match stopped.downcast::<Call>() {
        Ok(call) => Some(*call),
        Err(panic) => resume_unwind(panic),
    }
}

/// The reply to a call of the program that runs. If there is none yet, ends the run.
pub fn call(call: Call) -> Reply {
    let reply = JOURNAL.with_borrow_mut(|journal| {
        let reply = journal.replies.get(journal.read).cloned();
        journal.read += 1;
        reply
    });
    reply.unwrap_or_else(|| resume_unwind(Box::new(call)))
}
