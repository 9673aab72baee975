//! What must be so after every run.

use nix::errno::Errno;
use nix::libc;
use semlock::internal::exit_statuses;
use serde::{Deserialize, Serialize};

use super::calls;
use super::fault::Fault;
use super::forms::{Form, Kind};
use super::report;
use super::scene::Run;
use super::snapshot::Table;
use super::tracer::End;

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
    /// What needs an answer was done without the question.
    Unasked,
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

/// Whether the error says something about sets that a program may believe, although it is not so.
fn is_answer_about_sets(form: &Form, fault: Fault) -> bool {
    use Errno::{EACCES, EAGAIN, EEXIST, EIDRM, ENOENT, ENOMEM, ENOSPC};
    let operates = [libc::SYS_semop, libc::SYS_semtimedop].contains(&fault.call);
    match fault.error() {
        // No set has the key, or one has it already.
        Some(ENOENT | EEXIST) => fault.call == libc::SYS_semget,
        // The system does not allow such a set, which is what `probe-max` asks.
        Some(EACCES | ENOMEM | ENOSPC) => fault.call == libc::SYS_semget && is_probe(form),
        // A semaphore has not the value that the operation needs.
        Some(EAGAIN) => operates,
        // The set has been removed.
        Some(EIDRM) => operates || fault.call == libc::SYS_semctl,
        _ => false,
    }
}

/// Whether a program may believe the error and go on, without a word about it.
fn is_answer(form: &Form, fault: Fault, run: &Run) -> bool {
    let [first, second] = run.happened.unwrap_or_default();
    match fault.error() {
        // The program is not in this directory of PATH.
        Some(Errno::ENOENT) if fault.call == libc::SYS_execve => true,
        // Nobody reads what it prints.
        Some(Errno::EPIPE) => fault.call == libc::SYS_write && [1, 2].contains(&first),
        // It is not a terminal.
        Some(_) if fault.call == libc::SYS_ioctl && second == libc::TCGETS => {
            form.kind == Kind::Asks
        }
        // The process lives: signal 0 only asks that.
        Some(Errno::EPERM) => fault.call == libc::SYS_kill && second == 0,
        _ => is_answer_about_sets(form, fault),
    }
}

/// Whether the manual page of the subcommand has this status.
fn is_documented(form: &Form, status: i32) -> bool {
    let subcommand = form.name.split([' ', ',']).next().unwrap_or_default();
    let mut exits = exit_statuses(subcommand).iter().filter_map(|(exit, _)| *exit);
    exits.any(|exit| i32::from(exit.code()) == status)
}

fn is_probe(form: &Form) -> bool {
    form.name.starts_with("probe-max")
}

/// Whether a program that believes the error leaves something in the table, or changes something
/// else.
fn changes_the_rest(form: &Form, fault: Fault) -> bool {
    match fault.error() {
        // What is removed already need not be changed back.
        Some(Errno::EIDRM) => true,
        // It is another lock that has to be forced away.
        Some(Errno::EAGAIN) => form.name.starts_with("unlock --force"),
        _ => false,
    }
}

/// What is wrong whatever has happened.
fn always(form: &Form, fault: Option<Fault>, expected: &Expected, run: &Run) -> Vec<Wrong> {
    let panic = run.stderr.contains("bug in semlock") || run.stderr.contains("panicked");
    let between = |now: &Table, before: &Table, done: &Table| {
        now.is_between(before, done)
            || form.kind == Kind::Waits && now.is_free() && now.0.len() == before.0.len()
            || form.kind == Kind::Parts && now.is_mixed_of(before, done)
            || form.kind == Kind::Replaces && is_replaced(expected, now, run)
    };
    // The process of `probe-max` that creates sets removes them, also if the first one is killed.
    let is_done = is_probe(form) || between(&run.done, &expected.run.begun, &expected.run.done);
    let table = is_done && between(&run.after, &expected.before, &expected.run.after);
    let gone = expected.before.0.len().saturating_sub(run.after.0.len());
    let is_asked = |sets: usize| run.stderr.contains(&format!("remove {sets} set"));
    let unasked = form.kind == Kind::Asks && gone > 0 && !is_asked(gone) && !is_asked(2);
    // It is kept for the shell that unlocks it.
    let untrue = form.kind == Kind::Second && run.stderr.contains("it is kept for another process");
    let found = [
        (Wrong::Untrue, untrue),
        (Wrong::Unasked, unasked),
        (Wrong::Panic, panic || run.end == End::Exit(70)),
        (Wrong::Table, !table && !fault.is_some_and(|fault| changes_the_rest(form, fault))),
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
    let mutes = fault.call == libc::SYS_write && run.happened.is_some_and(|[first, _]| first == 2);
    let is_message = |line: &str| {
        // The answer ends the line of the question, and is not seen here.
        let line = line.rsplit_once("? [y/N/list] ").map_or(line, |(_, after)| after);
        ["semlock: ", "{\"schema\":1,"].iter().any(|it| line.starts_with(it))
    };
    // Why a set is kept is in the report about all of them.
    let is_reported =
        form.name.starts_with("remove") && run.stdout.contains(&format!("({error:?})"));
    let is_said = run.stderr.lines().any(is_message) || mutes || is_reported;
    let is_named = mutes
        || is_reported
        || run.stderr.contains(&format!("{error:?}"))
        || is_answer(form, fault, run)
        // For a thread, the C library makes EAGAIN of ENOMEM.
        || fault.call == libc::SYS_clone3 && run.stderr.contains("(EAGAIN)")
        // It says which process has the lock.
        || status == 75
        || calls::is_deadly(fault.call);
    // "No", and "busy" without a wait, need no message.
    let is_quiet = status <= 1 || status == 75 && error == Errno::EAGAIN;
    let found = [
        (Wrong::NotDone, status == 0 && !is_answer(form, fault, run)),
        (Wrong::Undocumented, !is_documented(form, status)),
        (Wrong::Silent, !is_said && !is_quiet),
        (Wrong::Unnamed, is_said && !is_named),
    ];
    found.into_iter().filter_map(|(wrong, is)| is.then_some(wrong)).collect()
}

/// What is wrong with a run that ends as it does without a fault.
fn done(form: &Form, fault: Fault, expected: &Expected, run: &Run) -> Vec<Wrong> {
    if is_answer(form, fault, run) {
        return Vec::new();
    }
    let same = run.after == expected.run.after && run.done == expected.run.done;
    // `remove --orphaned` keeps what it cannot judge, and says so.
    let gone = expected.before.0.len().saturating_sub(run.after.0.len());
    let same = report::removed(&run.stdout).map_or(same, |removed| removed == gone);
    let error = fault.error();
    let is_noted = error.is_some_and(|error| run.stdout.contains(&format!("({error:?})")));
    let is_said = run.stderr.contains("semlock: cannot")
        || form.kind == Kind::Offers
        || is_noted
        // It may not enter one, or may not read the set.
        || matches!(error, Some(Errno::EACCES | Errno::EPERM))
            && report::hides_a_namespace(&run.stdout)
        || error == Some(Errno::EACCES) && report::has_only_a_header(&run.stdout);
    let complete = is_said || report::missing(&expected.run.stdout, &run.stdout).is_empty();
    let found = [(Wrong::NotDone, !same), (Wrong::Incomplete, !complete)];
    found.into_iter().filter_map(|(wrong, is)| is.then_some(wrong)).collect()
}
