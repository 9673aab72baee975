//! What must be so after every run.

use nix::errno::Errno;
use nix::libc;
use serde::{Deserialize, Serialize};

use super::calls;
use super::fault::Fault;
use super::forms::{Form, Kind};
use super::report;
use super::scene::Run;
use super::snapshot::Table;
use super::tracer::End;

/// Statuses of semlock itself. 126 and 127 are about COMMAND.
const DOCUMENTED: [i32; 12] = [0, 1, 64, 65, 66, 69, 71, 73, 75, 77, 126, 127];

/// What can be wrong with a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Wrong {
    /// Status 0 (or another that the command has without a fault), and it is not done.
    NotDone,
    /// The same, and the report is incomplete.
    Incomplete,
    /// A message that says something false.
    Untrue,
    Panic,
    Undocumented,
    /// A failure without a message.
    Silent,
    /// A failure whose message does not name the error.
    Unnamed,
    /// A set or a count that is neither as before nor as it should be.
    Table,
    /// A process that is left.
    Left,
    /// Another process was ended.
    Lost,
    Hung,
    /// A call whose errors `calls` does not know.
    UnknownCall,
    /// Without a fault, another status than expected.
    Unexpected,
}

/// How a form ends without a fault.
pub struct Expected {
    pub before: Table,
    pub run: Run,
}

pub fn judge(form: &Form, fault: Option<Fault>, expected: &Expected, run: &Run) -> Vec<Wrong> {
    let mut wrong = always(form, fault, expected, run);
    match fault.map(|fault| (fault, fault.error())) {
        Some((fault, Some(error))) => wrong.extend(of_error(form, fault, error, expected, run)),
        Some((fault, None)) if is_false_success(form, fault, expected, run) => {
            wrong.push(Wrong::NotDone);
        }
        None if run.end != End::Exit(form.status) => wrong.push(Wrong::Unexpected),
        Some(_) | None => {}
    }
    wrong
}

/// Whether the command says that it is done although another process that had to do it was
/// killed. A holder makes these calls also when it has reported its lock.
fn is_false_success(form: &Form, fault: Fault, expected: &Expected, run: &Run) -> bool {
    use libc::{SYS_close, SYS_fcntl, SYS_ppoll, SYS_recvfrom, SYS_sendto};
    let after_report = [SYS_sendto, SYS_close, SYS_fcntl, SYS_recvfrom, SYS_ppoll];
    let is_early = fault.task > 0 && !after_report.contains(&fault.call);
    is_early && !is_probe(form) && run.end == expected.run.end && run.done != expected.run.done
}

/// Whether the error is an answer, which a program may believe: a set is there, or is not; a
/// semaphore has not the value that the operation needs; a process lives; nobody reads.
fn is_answer(fault: Fault) -> bool {
    use Errno::{EAGAIN, EEXIST, EIDRM, ENOENT, EPIPE};
    let of_semaphores = [libc::SYS_semop, libc::SYS_semtimedop].contains(&fault.call);
    match fault.error() {
        Some(EEXIST | EIDRM | ENOENT | EPIPE) => true,
        Some(EAGAIN) => of_semaphores,
        Some(_) => fault.call == libc::SYS_kill,
        None => false,
    }
}

fn is_probe(form: &Form) -> bool {
    form.name.starts_with("probe-max")
}

/// What is wrong whatever has happened.
fn always(form: &Form, fault: Option<Fault>, expected: &Expected, run: &Run) -> Vec<Wrong> {
    let panic = run.stderr.contains("bug in semlock") || run.stderr.contains("panicked");
    let between = |now: &Table, before: &Table, done: &Table| {
        now.is_between(before, done)
            || form.kind == Kind::Waits && now.is_free()
            || form.kind == Kind::Replaces && is_replaced(expected, now, run)
    };
    // The process of `probe-max` that creates sets removes them, also if the first one is killed.
    let is_done = is_probe(form) || between(&run.done, &expected.run.begun, &expected.run.done);
    let table = is_done && between(&run.after, &expected.before, &expected.run.after);
    // It is kept for the shell that unlocks it.
    let untrue = form.kind == Kind::Second && run.stderr.contains("it is kept for another process");
    let found = [
        (Wrong::Untrue, untrue),
        (Wrong::Panic, panic || run.end == End::Exit(70)),
        (Wrong::Table, !table && !fault.is_some_and(is_answer)),
        (Wrong::Left, !run.left.is_empty() && run.hung.is_empty()),
        (Wrong::Lost, run.lost > expected.run.lost && form.kind != Kind::Waits),
        (Wrong::Hung, !run.hung.is_empty()),
        (Wrong::UnknownCall, run.calls.iter().any(|call| !calls::is_known(call.number))),
    ];
    found.into_iter().filter_map(|(wrong, is)| is.then_some(wrong)).collect()
}

/// The block is like the old or the new one, or its loss is reported.
fn is_replaced(expected: &Expected, now: &Table, run: &Run) -> bool {
    let old = &expected.before.0[0];
    match &now.0[..] {
        [] => run.stderr.contains("there is no block now"),
        [one] => (one.nsems, one.mode, one.owner) == (old.nsems, old.mode, old.owner),
        _ => false,
    }
}

/// What is wrong with a run in which a call has failed.
fn of_error(form: &Form, fault: Fault, error: Errno, expected: &Expected, run: &Run) -> Vec<Wrong> {
    let status = match run.end {
        End::Exit(status) => status,
        // The runtime, the C library or the allocator has given up.
        End::Signal(_) if calls::is_deadly(fault.call) => return Vec::new(),
        End::Signal(_) => return vec![Wrong::Undocumented],
    };
    if run.end == expected.run.end {
        return done(form, fault, expected, run);
    }
    let mutes = fault.call == libc::SYS_write && run.happened == Some(2);
    let is_message =
        |line: &str| ["semlock: ", "{\"schema\":1,"].iter().any(|it| line.starts_with(it));
    // Why a set is kept is in the report about all of them.
    let is_reported =
        form.name.starts_with("remove") && run.stdout.contains(&format!("({error:?})"));
    let is_said = run.stderr.lines().any(is_message) || mutes || is_reported;
    let is_named = mutes
        || is_reported
        || run.stderr.contains(&format!("{error:?}"))
        || is_answer(fault)
        // It says which process has the lock.
        || status == 75
        || calls::is_deadly(fault.call);
    // "No", and "busy" without a wait, need no message.
    let is_quiet = status <= 1 || status == 75 && error == Errno::EAGAIN;
    let found = [
        (Wrong::NotDone, status == 0 && !is_answer(fault)),
        (Wrong::Undocumented, !DOCUMENTED.contains(&status)),
        (Wrong::Silent, !is_said && !is_quiet),
        (Wrong::Unnamed, is_said && !is_named),
    ];
    found.into_iter().filter_map(|(wrong, is)| is.then_some(wrong)).collect()
}

/// What is wrong with a run that ends as it does without a fault.
fn done(form: &Form, fault: Fault, expected: &Expected, run: &Run) -> Vec<Wrong> {
    // A set that is refused is as good an answer.
    if is_answer(fault) || fault.call == libc::SYS_semget {
        return Vec::new();
    }
    let same = run.after == expected.run.after && run.done == expected.run.done;
    // `remove --orphaned` keeps what it cannot judge, and says so.
    let gone = expected.before.0.len().saturating_sub(run.after.0.len());
    let same = report::removed(&run.stdout).map_or(same, |removed| removed == gone);
    let is_said = run.stderr.contains("semlock: cannot") || form.kind == Kind::Offers;
    let complete = is_said || report::missing(&expected.run.stdout, &run.stdout).is_empty();
    let found = [(Wrong::NotDone, !same), (Wrong::Incomplete, !complete)];
    found.into_iter().filter_map(|(wrong, is)| is.then_some(wrong)).collect()
}
