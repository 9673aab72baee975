//! The process that creates sets, and measures with them.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::SigSet;

use super::{Answer, Behaviour, REFERENCE_NSEMS, Reply, Request};
use crate::session::WRITE_LOCK_OPERATIONS;
use crate::system;
use crate::system::children::ChildStatuses;
use crate::sysv::{self, Call, Error, Op, Outcome, Semid, Set, Wait};

/// The mode of the worker's sets: read and alter for their owner, and a bit without
/// meaning that marks them.
pub(super) const MODE: u16 = 0o601;

const WORKER: [&str; 2] = ["semlock", "probe-worker"];
const RAISER: &str = "probe-raiser";

/// How many operations in one call are tried.
const MAX_OPERATIONS: u32 = 1 << 16;

/// How many times a first lock is timed, at each size.
const ROUNDS: usize = 151;

/// The command that starts the worker.
pub(super) fn command() -> io::Result<Command> {
    own_command(WORKER[1])
}

fn own_command(word: &str) -> io::Result<Command> {
    use std::os::unix::process::CommandExt;
    let mut command = Command::new(system::own_program()?);
    command.arg0(WORKER[0]).arg(word);
    Ok(command)
}

/// Whether this process was started as the worker, or as its helper.
pub(crate) fn is_worker(arguments: &[OsString]) -> bool {
    let is = |word| arguments.get(1).is_some_and(|argument| argument == word);
    arguments.first().is_some_and(|name| name == WORKER[0]) && (is(WORKER[1]) || is(RAISER))
}

/// Answers the requests on standard input until it ends.
pub(crate) fn run(arguments: &[OsString]) -> io::Result<()> {
    if let Some(semid) = arguments.get(2).and_then(|semid| semid.to_str()?.parse().ok()) {
        return raise(semid);
    }
    // Sets are removed before any signal but SIGKILL takes effect. The signals of a
    // terminal are not for this process. A closed channel is an error, and no SIGPIPE.
    SigSet::all().thread_block()?;
    nix::unistd::setsid()?;
    let _statuses = ChildStatuses::keep();
    for line in io::stdin().lock().lines() {
        let reply = reply(serde_json::from_str(&line?)?);
        writeln!(io::stdout(), "{}", serde_json::to_string(&reply)?)?;
    }
    Ok(())
}

fn reply(request: Request) -> Reply {
    let mut sets = TemporarySets::default();
    let answer = answer(request, &mut sets);
    let answer = answer.unwrap_or_else(|error| Answer::Refused(error.errno as i32));
    (answer, sets.remove())
}

fn answer(request: Request, sets: &mut TemporarySets) -> Result<Answer, Error> {
    Ok(match request {
        Request::Create { sets: number, nsems } => {
            (0..number).try_for_each(|_| sets.create(nsems).map(drop))?;
            Answer::Created
        }
        Request::Behave => Answer::Behaves(behaviour(sets.create(1)?)),
        Request::Undo => Answer::Undoes(undo(sets.create(1)?)),
        Request::Cost(nsems) => Answer::Costs(cost(nsems, sets)?),
    })
}

/// The sets that were created for a request.
#[derive(Default)]
struct TemporarySets(Vec<Set>);

impl TemporarySets {
    fn create(&mut self, nsems: u32) -> Result<Set, Error> {
        let set = Set::create_private(nsems, MODE)?;
        self.0.push(set);
        Ok(set)
    }

    /// Returns the sets that could not be removed.
    fn remove(self) -> Vec<i32> {
        let left = self.0.into_iter().filter(|set| set.remove().is_err());
        left.map(|set| set.semid().raw()).collect()
    }
}

fn behaviour(set: Set) -> Behaviour {
    Behaviour {
        zero: set.value(0).ok().map(|value| value == 0),
        undo: undo(set),
        timed_wait: timed_wait(set),
        operations: operations(set),
        highest_value: highest_value(set),
    }
}

/// Has another process raise the semaphore and kills it; None if that failed.
fn undo(set: Set) -> Option<bool> {
    let mut raiser = own_command(RAISER).ok()?;
    raiser.arg(set.semid().to_string());
    raiser.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut raiser = raiser.spawn().ok()?;
    let mut line = String::new();
    let _ = BufReader::new(raiser.stdout.take()?).read_line(&mut line);
    let raised = set.value(0);
    raiser.kill().ok()?;
    raiser.wait().ok()?;
    let left = set.value(0).ok()?;
    let _ = set.reset(0);
    (raised == Ok(1)).then_some(left == 0)
}

/// The process that is killed with the semaphore raised.
fn raise(semid: Semid) -> io::Result<()> {
    let raised = Set::from_id(semid).operate(&[Op::with_undo(0, 1)], Wait::Not);
    let _ = raised.map_err(io::Error::other)?;
    writeln!(io::stdout(), "raised")?;
    // If this ends, the worker has ended.
    io::stdin().read_to_end(&mut Vec::new()).map(drop)
}

fn timed_wait(set: Set) -> Option<bool> {
    const MOMENT: Duration = Duration::from_millis(2);
    let begin = Instant::now();
    match set.operate(&[Op::without_undo(0, -1)], Wait::at_most(MOMENT)) {
        Ok(Outcome::Busy) => Some(begin.elapsed() >= MOMENT),
        Err(Error { call: Call::PthreadCreate, .. }) => Some(false),
        Ok(Outcome::Done) | Err(_) => None,
    }
}

fn operations(set: Set) -> Option<u32> {
    let accepts = |number: u32| {
        let ops = vec![Op::zero(0); usize::try_from(number).ok()?];
        match set.operate(&ops, Wait::Not) {
            Ok(_) => Some(true),
            Err(Error { errno: Errno::E2BIG, .. }) => Some(false),
            // There is memory for those of a lock, so many are too many.
            Err(Error { errno: Errno::ENOMEM, .. }) if number > WRITE_LOCK_OPERATIONS => {
                Some(false)
            }
            Err(_) => None,
        }
    };
    largest(MAX_OPERATIONS, accepts)
}

fn highest_value(set: Set) -> Option<u32> {
    let accepts = |value: u32| match set.set_value(0, i32::try_from(value).ok()?) {
        Ok(()) => Some(true),
        Err(Error { errno: Errno::ERANGE, .. }) => Some(false),
        Err(_) => None,
    };
    largest(i32::MAX.unsigned_abs(), accepts)
}

/// The largest number up to `max` that is accepted, by doubling and bisection. 0 if none
/// is; None if `accepts` cannot tell.
pub(super) fn largest(max: u32, mut accepts: impl FnMut(u32) -> Option<bool>) -> Option<u32> {
    let (mut good, mut next) = (0, 1);
    while good < max {
        let number = next.min(max);
        if !accepts(number)? {
            next = number;
            break;
        }
        (good, next) = (number, number.saturating_mul(2));
    }
    while good < max && next - good > 1 {
        let middle = good + (next - good) / 2;
        if accepts(middle)? { good = middle } else { next = middle }
    }
    Some(good)
}

/// How many times longer a process needs for a first lock in a set of `nsems` than in one
/// of 32, including its end. Medians of alternating measurements.
fn cost(nsems: u32, sets: &mut TemporarySets) -> Result<f64, Error> {
    system::stay_on_one_processor();
    // These sets exist for longer than others.
    sysv::use_own_namespace();
    let (one, other) = (sets.create(nsems)?, sets.create(REFERENCE_NSEMS)?);
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (set, times) in [Some(one), Some(other), None].into_iter().zip(&mut times) {
            let begin = Instant::now();
            Set::lock_in_child(set)?;
            times.push(begin.elapsed().as_secs_f64());
        }
    }
    Ok(ratio(times.map(median)))
}

/// The first time to the second, both without what a process takes that does nothing.
fn ratio([one, other, none]: [f64; 3]) -> f64 {
    (one - none).max(0.0) / (other - none).max(f64::EPSILON)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sysv::own_table;

    #[test]
    fn only_a_name_with_its_word_starts_a_worker() {
        let is_worker = |words: &[&str]| {
            let words: Vec<OsString> = words.iter().map(Into::into).collect();
            super::is_worker(&words)
        };
        assert!(is_worker(&["semlock", "probe-worker"]));
        assert!(is_worker(&["semlock", "probe-raiser", "5"]));
        assert!(!is_worker(&["semlock", "lock"]));
        assert!(!is_worker(&["semlock"]));
        assert!(!is_worker(&["other", "probe-worker"]));
        assert!(!is_worker(&[]));
    }

    #[test]
    fn a_request_leaves_no_set_and_names_those_that_it_cannot_remove() {
        own_table::enter();
        assert_eq!(reply(Request::Create { sets: 2, nsems: 3 }), (Answer::Created, vec![]));
        let refused = reply(Request::Create { sets: 1, nsems: 0 });
        assert_eq!(refused, (Answer::Refused(Errno::EINVAL as i32), vec![]));
        assert_eq!(sysv::all_sets().unwrap(), []);
        let mut sets = TemporarySets::default();
        let set = sets.create(1).unwrap();
        set.remove().unwrap();
        assert_eq!(sets.remove(), [set.semid().raw()]);
    }

    #[test]
    fn a_set_is_measured_by_what_it_accepts() {
        own_table::enter();
        let set = Set::create_private(1, MODE).unwrap();
        let limits = sysv::limits().unwrap();
        assert_eq!(operations(set), Some(limits.semopm));
        assert_eq!(highest_value(set), Some(u32::from(sysv::HIGHEST_VALUE)));
        set.reset(0).unwrap();
        assert_eq!(timed_wait(set), Some(true));
        set.set_value(0, 1).unwrap();
        assert_eq!(timed_wait(set), None, "there was nothing to wait for");
        set.remove().unwrap();
        assert_eq!((operations(set), highest_value(set), timed_wait(set)), (None, None, None));
    }

    #[test]
    fn a_cost_is_a_ratio_of_medians_above_that_of_doing_nothing() {
        assert_eq!(median(vec![9.0, 2.0, 70.0, 1.0, 4.0]).to_bits(), 4.0_f64.to_bits());
        assert_eq!(ratio([7.0, 3.0, 1.0]).to_bits(), 3.0_f64.to_bits());
        assert_eq!(ratio([0.5, 3.0, 1.0]).to_bits(), 0.0_f64.to_bits());
        assert!(ratio([7.0, 1.0, 1.0]).is_finite());
    }

    #[test]
    fn the_largest_is_found_wherever_it_is() {
        for max in [1, 2, 3, 7, 8, 1000] {
            for limit in 0..=max {
                assert_eq!(largest(max, |number| Some(number <= limit)), Some(limit));
            }
        }
        assert_eq!(largest(8, |_| None), None);
    }
}
