//! `semlock probe-max`: measures what semaphores can do here, and recommends a size for
//! the block.

use std::io::{self, BufWriter, Write};
use std::mem;

use anyhow::Result;
use nix::errno::Errno;

use super::shared::progress;
use crate::cli::{ProbeFormat, ProbeMaxArgs, Require};
use crate::exit::Exit;
use crate::failure::{self, Failure};
use crate::json;
use crate::probe::{self, Behaviour, Largest, MAX_NSEMS, Prober};
use crate::session::{Recommendation, WRITE_LOCK_OPERATIONS, recommend};
use crate::system;
use crate::system::signals::BlockedSignals;
use crate::sysv::{self, Usage};
use crate::view::{LimitsReport, ProbeReport, RenderOptions};

/// Measures, shows the result, and says whether it meets `--at-least` and `--require`.
pub(super) fn run(args: &ProbeMaxArgs) -> Result<Exit> {
    if !args.quiet {
        system::require_stdout()?;
    }
    let line = |_| "probing semaphores".to_owned();
    let probed = match sysv::check_can_create() {
        Ok(()) => {
            let blocked = BlockedSignals::these(&probe::ENDINGS)?;
            let probe = || probe(args, &blocked);
            let probed = if args.quiet { probe() } else { progress::shown(line, probe) };
            if probed.is_err() {
                // No signal ends this process before the failure is reported.
                mem::forget(blocked);
            }
            probed
        }
        Err(error) => Err(Failure::sysv("create a semaphore set", error)),
    };
    let (report, failure) = match probed {
        Ok(report) => (report, None),
        Err(failure) if failure.exit == Exit::Unavailable => (absent(&failure), Some(failure)),
        Err(failure) => return Err(failure.into()),
    };
    if !args.quiet {
        show(&report, args.format)?;
    }
    match failure {
        Some(failure) => Err(failure.into()),
        None => Ok(judge(&report, args)),
    }
}

/// The report if there are no semaphores.
fn absent(failure: &Failure) -> ProbeReport {
    let reason = failure.why().map_or("absent", |reason| reason.cause);
    ProbeReport { schema: 1, reason: Some(reason.into()), ..ProbeReport::default() }
}

fn probe(args: &ProbeMaxArgs, blocked: &BlockedSignals) -> Result<ProbeReport, Failure> {
    let failed = |error: io::Error| Failure::io("start a process that creates sets", &error);
    let mut worker = Prober::start(Some(blocked)).map_err(failed)?;
    let largest = worker.largest().map_err(Failure::probe)?;
    if let Some(errno @ (Errno::ENOSYS | Errno::EPERM | Errno::EACCES)) =
        largest.refusal.filter(|_| largest.nsems == 0)
    {
        let mut failure = Failure::sysv("create a semaphore set", sysv::Error::of_semget(errno));
        failure.exit = Exit::Unavailable;
        return Err(failure);
    }
    let together = args.sets.map(|sets| worker.largest_of(sets, largest.nsems));
    let together = together.transpose().map_err(Failure::probe)?;
    let behaviour = worker.behaviour().map_err(Failure::probe)?;
    let recommended =
        recommend(largest.nsems, args.sessions, args.id_length).filter(|_| can_lock(behaviour));
    let cost = match recommended {
        Some(block) => worker.cost(block.nsems.into()).map_err(Failure::probe)?,
        None => None,
    };
    let report = report(largest, behaviour, recommended, cost, args);
    let max_nsems_each = together.map(|together| together.nsems);
    Ok(ProbeReport { sets: args.sets, max_nsems_each, ..report })
}

fn report(
    largest: Largest,
    behaviour: Behaviour,
    recommended: Option<Recommendation>,
    cost: Option<f64>,
    args: &ProbeMaxArgs,
) -> ProbeReport {
    let limits = limits();
    // More digits would not be significant.
    let cost = cost.map(|cost| (cost * 10.0).round() / 10.0);
    ProbeReport {
        schema: 1,
        available: true,
        max_nsems: Some(largest.nsems),
        max_power_of_two: Some(largest.nsems.checked_ilog2().map_or(0, |bits| 1 << bits)),
        binding_limit: binding(largest, limits),
        recommended: recommended.map(|block| block.nsems),
        effective_slots: recommended.map(|block| block.effective_slots),
        collisions: recommended.map(|block| block.collisions),
        first_lock_cost: cost,
        reason: Some(
            recommended.map_or_else(|| impossible(behaviour), |block| reason(&block, cost, args)),
        ),
        undo: behaviour.undo,
        timed_wait: behaviour.timed_wait,
        zeroed: behaviour.zero,
        max_operations: behaviour.operations,
        max_value: behaviour.highest_value,
        limits,
        ..ProbeReport::default()
    }
}

fn limits() -> Option<LimitsReport> {
    let limits = sysv::limits().ok()?;
    let used = Usage::of(&sysv::all_sets().ok()?);
    Some(LimitsReport::of(Some(limits), used))
}

/// The limit that allows no larger set: semget(2).
fn binding(largest: Largest, limits: Option<LimitsReport>) -> Option<&'static str> {
    let full = |limits: LimitsReport| limits.semmni.is_some_and(|most| limits.sets_used >= most);
    match largest.refusal? {
        Errno::EINVAL => Some("SEMMSL"),
        Errno::ENOSPC if limits.is_some_and(full) => Some("SEMMNI"),
        Errno::ENOSPC => Some("SEMMNS"),
        Errno::ENOMEM => Some("memory"),
        _ => None,
    }
}

fn can_lock(behaviour: Behaviour) -> bool {
    behaviour.operations.is_none_or(|most| most >= WRITE_LOCK_OPERATIONS)
}

/// Why no size is recommended.
fn impossible(behaviour: Behaviour) -> String {
    if can_lock(behaviour) {
        "no block can be created now".into()
    } else {
        format!(
            "no session can be locked: that takes {WRITE_LOCK_OPERATIONS} operations in one call (SEMOPM)"
        )
    }
}

fn reason(block: &Recommendation, cost: Option<f64>, args: &ProbeMaxArgs) -> String {
    let Recommendation { nsems, effective_slots, collisions, is_enough } = block;
    let ProbeMaxArgs { sessions, id_length, .. } = args;
    // Rounded down: 1 % would be too much.
    let share = (collisions * 1e6).floor() / 1e4;
    let choice = if *is_enough { "the smallest that is enough" } else { "the best possible" };
    let cost = cost.map_or_else(String::new, |cost| {
        format!("; the first lock of a process takes {cost} times as long as with 32")
    });
    format!(
        "NSems {nsems} is {choice}: ids of {id_length} digits fall on {effective_slots} slots, so {share:.4} % of {sessions} open sessions share a slot{cost}"
    )
}

fn show(report: &ProbeReport, format: ProbeFormat) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    match format {
        ProbeFormat::Table => {
            let options = RenderOptions {
                width: system::stdout_width(),
                headless: true,
                ..RenderOptions::plain()
            };
            report.write_table(&mut out, &options)?;
        }
        ProbeFormat::Json => json::write(&mut out, report)?,
        ProbeFormat::Env => report.write_env(&mut out)?,
    }
    out.flush()
}

/// Whether the system meets the requirements.
fn judge(report: &ProbeReport, args: &ProbeMaxArgs) -> Exit {
    let small = too_small(report, args);
    let missing: Vec<_> =
        args.require.iter().filter_map(|&require| missing(report, require)).collect();
    if small.is_none() && missing.is_empty() {
        return Exit::Done;
    }
    match small {
        _ if args.quiet => {}
        Some(small) => {
            let missing = missing.iter().map(|(name, why)| format!("{name} {why}"));
            failure::report(&small.all_evidence(missing).into());
        }
        None => missing.iter().for_each(|(name, why)| failure::tell_no("use", name, why)),
    }
    Exit::No
}

/// The error if sets of the requested size cannot be created.
fn too_small(report: &ProbeReport, args: &ProbeMaxArgs) -> Option<Failure> {
    let least = args.at_least?;
    let most = report.max_nsems_each.or(report.max_nsems).unwrap_or(0);
    let is_tried = most < MAX_NSEMS;
    let small = || failure::no_room_for(args.sets.unwrap_or(1), least, most);
    let untried = "no larger one was tried".to_owned();
    (most < least).then(|| small().all_evidence((!is_tried).then_some(untried)))
}

/// What is required and does not work, and how that is known.
fn missing(report: &ProbeReport, require: Require) -> Option<(&'static str, &'static str)> {
    let (works, name) = match require {
        Require::Undo => (report.undo, "SEM_UNDO"),
        Require::TimedWait => (report.timed_wait, "a timed wait"),
    };
    match works {
        Some(true) => None,
        Some(false) => Some((name, "does not work here")),
        None => Some((name, "could not be measured here")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_that_binds_is_the_one_that_the_refusal_means() {
        let limits = |sets_used| LimitsReport { semmni: Some(3), sets_used, ..<_>::default() };
        let (room, full) = (limits(2), limits(3));
        for (refusal, limits, limit) in [
            (Some(Errno::EINVAL), full, Some("SEMMSL")),
            (Some(Errno::ENOSPC), full, Some("SEMMNI")),
            (Some(Errno::ENOSPC), room, Some("SEMMNS")),
            (Some(Errno::ENOMEM), room, Some("memory")),
            (Some(Errno::EACCES), room, None),
            (None, full, None),
        ] {
            assert_eq!(binding(Largest { nsems: 8, refusal }, Some(limits)), limit, "{refusal:?}");
        }
    }

    fn args(line: &str) -> ProbeMaxArgs {
        use clap::Parser;
        let words = ["semlock", "probe-max"].into_iter().chain(line.split_whitespace());
        match crate::cli::Cli::try_parse_from(words).unwrap().command {
            crate::cli::Command::ProbeMax(args) => args.args,
            _ => panic!("{line}"),
        }
    }

    const BLOCK: Recommendation =
        Recommendation { nsems: 62, effective_slots: 31, collisions: 0.009_999_9, is_enough: true };

    fn measured(operations: Option<u32>) -> Behaviour {
        let (zero, undo, timed_wait) = (Some(true), Some(false), None);
        Behaviour { zero, undo, timed_wait, operations, highest_value: Some(32767) }
    }

    #[test]
    fn a_report_has_what_was_measured_and_why_a_size_is_recommended() {
        let largest = Largest { nsems: 100, refusal: Some(Errno::EINVAL) };
        let report = |recommended, behaviour, cost| {
            super::report(largest, behaviour, recommended, cost, &args("--sessions 10"))
        };
        let full = report(Some(BLOCK), measured(Some(500)), Some(1.26));
        assert_eq!(
            full.reason.unwrap(),
            "NSems 62 is the smallest that is enough: ids of 32 digits fall on 31 slots, so 0.9999 % of 10 open sessions share a slot; the first lock of a process takes 1.3 times as long as with 32"
        );
        assert_eq!((full.schema, full.available), (1, true));
        assert_eq!((full.max_nsems, full.max_power_of_two), (Some(100), Some(64)));
        assert_eq!((full.binding_limit, full.recommended), (Some("SEMMSL"), Some(62)));
        assert_eq!((full.effective_slots, full.collisions), (Some(31), Some(0.009_999_9)));
        assert_eq!((full.undo, full.timed_wait, full.zeroed), (Some(false), None, Some(true)));
        assert_eq!((full.max_operations, full.max_value), (Some(500), Some(32767)));
        assert_eq!(full.first_lock_cost, Some(1.3));
        let best = Recommendation { is_enough: false, ..BLOCK };
        let best = report(Some(best), measured(None), None).reason.unwrap();
        assert!(best.starts_with("NSems 62 is the best possible: "), "{best}");
        assert!(best.ends_with(" share a slot"), "{best}");
        let none = report(None, measured(None), None);
        assert_eq!(none.reason.unwrap(), "no block can be created now");
        let nothing = Largest { nsems: 0, refusal: None };
        let nothing = super::report(nothing, measured(None), None, None, &args(""));
        assert_eq!(nothing.max_power_of_two, Some(0));
    }

    #[test]
    fn a_session_is_locked_with_three_operations_in_one_call() {
        assert!(can_lock(measured(None)));
        assert!(can_lock(measured(Some(WRITE_LOCK_OPERATIONS))));
        assert!(!can_lock(measured(Some(WRITE_LOCK_OPERATIONS - 1))));
        assert_eq!(
            impossible(measured(Some(1))),
            format!(
                "no session can be locked: that takes {WRITE_LOCK_OPERATIONS} operations in one call (SEMOPM)"
            )
        );
    }

    #[test]
    fn without_semaphores_the_report_says_why() {
        let report = absent(&Failure::new(Exit::System, "x"));
        assert_eq!((report.schema, report.available), (1, false));
        assert!(report.reason.is_some());
    }

    #[test]
    fn a_size_that_is_too_small_or_a_call_that_does_not_work_is_no() {
        let report = |max_nsems, each| ProbeReport {
            max_nsems,
            max_nsems_each: each,
            undo: Some(true),
            timed_wait: Some(false),
            ..ProbeReport::default()
        };
        let judged = |report: &ProbeReport, line: &str| judge(report, &args(&format!("-q {line}")));
        let large = report(Some(100), None);
        assert_eq!(judged(&large, ""), Exit::Done);
        assert_eq!(judged(&large, "--at-least 100"), Exit::Done);
        assert_eq!(judged(&large, "--at-least 101"), Exit::No);
        assert_eq!(judged(&report(Some(100), Some(50)), "--at-least 51"), Exit::No);
        assert_eq!(judged(&report(None, None), "--at-least 1"), Exit::No);
        assert_eq!(judged(&large, "--require undo"), Exit::Done);
        assert_eq!(judged(&large, "--require undo,timed-wait"), Exit::No);
        let untried = |most: u32| {
            let failure =
                too_small(&report(Some(most), None), &args("--at-least 2000000")).unwrap();
            failure.evidence_lines().contains(&"no larger one was tried".to_owned())
        };
        assert_eq!([untried(MAX_NSEMS - 1), untried(MAX_NSEMS)], [false, true]);
        let unknown = ProbeReport::default();
        assert_eq!(
            missing(&large, Require::TimedWait),
            Some(("a timed wait", "does not work here"))
        );
        assert_eq!(
            missing(&unknown, Require::Undo),
            Some(("SEM_UNDO", "could not be measured here"))
        );
        assert_eq!(missing(&large, Require::Undo), None);
    }
}
