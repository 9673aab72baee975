//! System V semaphore locks of Perl's `Apache::Session::Lock::Semaphore`.
//!
//! The library is [`session`], the protocol (blocks, slots, locks), and [`sysv`], the
//! kernel's semaphore sets. Everything else is the program `semlock`.
//!
//! ```standalone_crate
//! use semlock::session::{Block, Claim, DEFAULT_KEY, Mode, slot_of};
//! use semlock::sysv::{Outcome, Wait};
//! # // In a table of its own: no set is left behind on this machine.
//! # use nix::sched::{CloneFlags, unshare};
//! # let own_table = CloneFlags::CLONE_NEWIPC;
//! # unshare(own_table).or_else(|_| unshare(own_table | CloneFlags::CLONE_NEWUSER))?;
//!
//! let block = Block::create(DEFAULT_KEY, 34, 0o700)?;
//! let slot = slot_of(b"0f3c9a", block.nsems())?;
//! let claim = Claim::new(block, vec![slot], Mode::Write);
//! // From here on, a Perl application waits for the session, and so does `semlock lock`.
//! assert_eq!(claim.acquire(Wait::Not)?, Outcome::Done);
//! claim.release()?;
//! # block.set().remove()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How the program is built
//!
//! Each layer calls only those below it:
//!
//! | layer | what it owns |
//! |---|---|
//! | `main.rs` | run, print the error, exit |
//! | `cmd` | a file for each subcommand, whose `run` reads like its manual page; `cmd/NAME/` has its parts, `cmd/shared` what several use |
//! | `cli` | the command line as types; help texts and manual pages are generated from it, and what shells complete is read from it |
//! | `view` | what is shown: plain data, and its table, JSON and OpenMetrics; no system calls |
//! | `failure` | what a failed call means here, and the commands that fix it, as values |
//! | `judge` | what follows from the state of a set and one survey of the processes: verdicts, holders, waiters, deadlocks; only `lazy_judge.rs`, `survey.rs` and `inspect.rs` ask the system, and a survey reads some things only when they are needed |
//! | `holder` | the process that keeps a lock for another process |
//! | `probe` | what semaphores can do here, found by trying |
//! | `session` | the protocol; knows no processes |
//! | `system` | processes, accounts, containers: what /proc says about them, and the other programs that semlock runs |
//! | `sysv` | semaphore sets, their limits and their namespaces; knows no sessions |
//!
//! `exit` (the exit statuses), `json` (how JSON is written) and `words` (how numbers, times
//! and names are written) are used by all. `manual` is what the manual pages say beyond the
//! help texts; only `cmd/complete` uses it. `fuzz` is what the parsers promise for any input,
//! and is compiled only for tests. Files named `ffi.rs` or `abi.rs` in `sysv` and
//! `system`, and `sysv/linux/abi/`, have the only unsafe code. `sysv` and `system` have the
//! only code that differs between systems.
//!
//! Three types carry doubt and danger upwards. What could not be read is an
//! `Entry::Unreadable`, and a survey that did not see everything is `Incomplete`: neither is ever taken
//! for "gone". What other users control is a `Text`, which is escaped when it is printed.
//!
//! # Walks through the code
//!
//! **`semlock lock a -- cmd`**: `cmd/lock.rs` opens the block and computes the slot
//! (`session/slot.rs`). `cmd/lock/acquire.rs` tries once without waiting; if the slot is not
//! free, it makes the one call that waits (`session/lock.rs`, `sysv/op.rs`), while a thread
//! beside it (`cmd/lock/monitor.rs`) looks at who has the lock. It can end the wait
//! (`sysv/interrupt.rs`), if the lock is one of semlock's own ancestors' (`holder/own_lock.rs`;
//! `cmd/lock/acquire.rs` says so). Where SEMOPM is small, the slots are taken in batches
//! (`session/batch.rs`), and given back if one fails (`session/lock.rs`). Then
//! the process becomes `cmd` by execve(2) and keeps the lock: SEM_UNDO belongs to the
//! process. Where it does not survive that, `cmd` is a child (`cmd/lock/command_as_child.rs`).
//!
//! **`semlock lock a`**: `cmd/lock/for_process.rs` finds the caller, and refuses one that a lock
//! cannot be kept for, such as xargs (`system/caller.rs`). It starts a holder
//! (`holder/handover.rs`), which is semlock again, as `semlock hold` (`cmd/hold.rs`). The
//! holder takes the lock as above, reports it, and follows the caller until it ends
//! (`holder/keeper.rs`).
//!
//! **`semlock status`**: `cmd/status/query.rs` decides what is asked for. The block is read
//! (`session/snapshot.rs`); only if a lock is held or a process waits are the processes
//! surveyed (`system/processes.rs`) and holders, waiters and deadlocks inferred (`judge`).
//! `cmd/status/slot_reporter.rs` adds since when: a wait began when the thread last ran
//! (`system/linux/sleep.rs`).
//! `cmd/status/findings` turns what is wrong into findings with fixes, and `view` shows the
//! report.
//!
//! **`semlock remove --orphaned`**: `cmd/remove/by_selection.rs` lists the sets and asks.
//! For each set, `cmd/remove/removals.rs` takes a survey that is recent enough
//! (`judge/lazy_judge.rs`), and `cmd/remove/one_set.rs` judges the set and
//! decides: a process keeps it if it has access (`judge/access.rs`), means to call semop(2)
//! (`judge/means.rs`) and knowledge of it (`judge/knowledge.rs`); `judge/users.rs` and
//! `judge/rules.rs` combine them. `cmd/remove/candidate.rs` reads the set once more, and
//! removes it. A block is removed only with all its locks in hand (`session/vacant.rs`).
//! `create --replace` does that, too, in a child that no signal to semlock reaches
//! (`sysv/linux/children.rs`).
//!
//! **`semlock unlock a`** chooses a holder in `cmd/unlock/holders.rs`, of those that
//! `holder/holders.rs` believes, and clears what no holder has in
//! `cmd/unlock/without_holder.rs`.
//!
//! # Hidden commands
//!
//! `semlock hold` is the holder. `semlock probe-worker` and `probe-raiser` are the children
//! of `probe-max` that create sets and raise a semaphore. They are recognized in
//! `cmd/mod.rs` before the command line is parsed, and are no interface.
//!
//! `semlock complete` answers the scripts in completions/, in the format that
//! `cmd/complete.rs` describes. `cmd/complete/line.rs` lets clap read the line with a mark at
//! the cursor, and finds the argument that has the mark. `cmd/complete/values.rs` says which
//! values an argument can have, by its id; most come from the sets, locks and processes of the
//! moment. An option with fixed values needs nothing there.
//!
//! # Statics
//!
//! Set once, before anything is printed: the format of errors (`failure/format.rs`) and
//! the IPC namespace that printed commands need (`failure/shell.rs`). Answers that cannot
//! change: whether a filter kills the process that calls semop(2) or semtimedop(2)
//! (`sysv/linux/filter.rs`).
//! The rest belongs to the process as a whole: the terminal to restore
//! (`system/screen.rs`), the time spent on getent(1) (`system/getent.rs`), the state of the
//! wait that can be ended (`sysv/interrupt.rs`), and a thread's buffer for the values of a set
//! (`sysv/ffi.rs`).
//!
//! # Where something new goes
//!
//! - a subcommand or an option: `cli`, then `cmd`; `make generate` writes the manual;
//! - an errno, or another meaning of one: a reason in `failure/reasons.rs`, which is also
//!   its entry in semlock-errors(7), and `failure/explain`, which chooses it;
//! - a fix for a full table: `failure/explain/room.rs`, with `failure/orphans.rs` (sets to
//!   remove) and `failure/limits.rs` (limits to raise);
//! - a column: the column enum beside its report in `view`;
//! - a JSON name: the report in `view`, and its type and meaning in `manual/fields`, which
//!   the manual and the JSON Schemas are generated from;
//! - a finding: its kind in `view/finding.rs`, its condition and fix in
//!   `cmd/status/findings`, and its line in `cli/help/status.txt`;
//! - a rule of a verdict: `judge/rule.rs` and `judge/verdict.rs`, with a row in
//!   `judge/tests`;
//! - a library that uses semaphores in a known way: the table in `system/code`;
//! - another system: a folder or a file beside `sysv/linux/` and `system/linux/`, chosen by
//!   one `cfg` block in the `mod.rs` of each. It says what the others say, and takes from
//!   `portable.rs` what that system cannot do or tell.

mod cli;
mod cmd;
mod exit;
mod failure;
#[cfg(all(any(test, fuzzing), family = "linux"))]
pub mod fuzz;
mod holder;
#[cfg(test)]
mod hostile;
mod json;
mod judge;
mod manual;
mod probe;
pub mod session;
mod system;
pub mod sysv;
mod view;
mod words;

/// What `main` needs, and the tests that compare the documents with the program.
#[doc(hidden)]
pub mod internal {
    pub use crate::cli::{Cli, Command, asks_for_json, plain_lock};
    pub use crate::cmd::run;
    pub use crate::exit::Exit;
    pub use crate::failure::reasons::{self, Reason};
    pub use crate::failure::{report, report_panics_as_bugs};
    pub use crate::holder::namespace as holder_namespace;
    pub use crate::manual::{
        ADVERSARIES, Adversary, BELIEVED, DOCUMENTS, FROM_FLOCK, Field, Fields, FromFlock, Kind,
        NOT_BELIEVED, Threat, UNPROTECTED, Value, environment, exit_statuses, fields, fields_at,
    };
    pub use crate::system::has_user;
    pub use crate::view::{METRICS, SemaphoreColumn, SetColumn, SlotColumn};
}
