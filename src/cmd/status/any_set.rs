//! Looks at a set that is not a session block, for `semlock status --id` and `--key`.

use anyhow::Result;
use jiff::Timestamp;
use nix::errno::Errno;

use super::gaps::Gaps;
use crate::cli::StatusArgs;
use crate::cmd::shared::selection::account_names;
use crate::cmd::shared::{Name, command_of};
use crate::failure::{Action, Failure, ShellCommand, by_permitted};
use crate::judge::{Judge, Judgement, LazyJudge, Verdict};
use crate::session::{Block, BlockError, may_be_block};
use crate::system::{self, BlockedThread, Pid, Processes, Text};
use crate::sysv::{self, Op, Set, SetInfo, SetState};
use crate::view::{
    Finding, FindingKind, LocatedSet, Operation, SemaphoreReport, SemaphoresReport, SetHeader,
    SetWaiter,
};
use crate::words::counted;

/// A set that is not shown as a block.
pub(super) struct OtherSet {
    info: SetInfo,
    name: Name,
    /// Why it is not a session block; None if it could be one.
    why: Option<String>,
}

/// The set that the user named, unless it is to be shown as a session block: because an
/// application can lock sessions in it, or because sessions or slots are asked for.
pub(super) fn other_set(args: &StatusArgs, name: Name) -> Option<OtherSet> {
    let is_named = !args.key.is_empty() || !args.id.is_empty();
    // Columns that only one of the two tables has decide which one is meant.
    let by_column = args.columns.iter().any(|column| column.slot.is_none());
    let for_slots = args.columns.iter().any(|column| column.semaphore.is_none());
    if args.asks_for_sessions() || for_slots || !(is_named || by_column) {
        return None;
    }
    let set = name.set().ok()?;
    let info = info(set)?;
    let why = why_no_block(set, &info);
    (by_column || why.is_some()).then_some(OtherSet { info, name, why })
}

/// The header of a set, which everybody may see.
fn info(set: Set) -> Option<SetInfo> {
    match set.info() {
        Err(error) if error.errno == Errno::EACCES => SetInfo::listed(set.semid()),
        info => info.ok(),
    }
}

fn why_no_block(set: Set, info: &SetInfo) -> Option<String> {
    let foreign = || match Block::of(set) {
        Err(BlockError::NotABlock { nsems, .. }) => Some(format!("it has {nsems} semaphores")),
        Err(BlockError::Foreign { semnum, value, .. }) => {
            Some(format!("its semaphore {semnum} is {value}, a value that no lock gives it"))
        }
        _ => None,
    };
    match info.nsems {
        odd if odd % 2 != 0 => Some(format!("it has {}", counted(odd, "semaphore"))),
        _ if may_be_block(info) => foreign(),
        _ if info.is_private() => Some("it has no key, so no application can find it".into()),
        _ => {
            let mode = info.permissions.mode;
            Some(format!("with mode {mode:04o}, its owner's application cannot open it"))
        }
    }
}

/// What can be seen of it, and what cannot.
pub(super) fn look(args: &StatusArgs, other_set: OtherSet) -> Result<(SemaphoresReport, Gaps)> {
    let OtherSet { info, name, .. } = &other_set;
    let mut judging = LazyJudge::new(&[], None);
    let judge = judging.latest();
    match SetState::read(info.semid) {
        Ok(state) => {
            let judgement = judge.judge(&state);
            Ok(seen(other_set, judge, &state, judgement))
        }
        Err(error) if error.errno == Errno::EACCES => {
            let what = format!("show the semaphores of {}", name.of_a_set());
            let failure = Failure::sysv(&what, error);
            if !args.check && !args.shows_header() {
                return Err(failure.into());
            }
            let gaps = Gaps { unread: vec![(*info, error)], ..Gaps::refused(failure) };
            Ok((report(other_set, None, Judgement::unreadable(error)), gaps))
        }
        Err(error) => Err(name.failure("show", &error.into()).into()),
    }
}

fn seen(
    other_set: OtherSet,
    judge: &Judge,
    state: &SetState,
    judgement: Judgement,
) -> (SemaphoresReport, Gaps) {
    let mut gaps = Gaps::default();
    if judgement.verdict == Verdict::Unknown {
        gaps.unknown.extend(judgement.evidence.iter().cloned());
    }
    let other_set = OtherSet { info: state.info, ..other_set };
    let mut report = report(other_set, Some((state, judge.processes())), judgement);
    report.findings.extend(orphaned(&report, &state.info));
    (report, gaps)
}

fn orphaned(report: &SemaphoresReport, info: &SetInfo) -> Option<Finding> {
    let remove = ShellCommand::semlock("remove").option("--id", info.semid);
    let fix = by_permitted(Action::Remove, info, remove.into());
    (report.verdict == Verdict::Orphaned).then(|| {
        let subject = "no living process could still use this set";
        Finding::new(FindingKind::Orphaned, subject).fixes([fix]).shown()
    })
}

fn report(
    other_set: OtherSet,
    seen: Option<(&SetState, &Processes)>,
    judgement: Judgement,
) -> SemaphoresReport {
    let OtherSet { info, why, .. } = other_set;
    let names = account_names(&[info]);
    let set =
        LocatedSet { set: SetHeader::of(&info, &names), ipc_namespace: sysv::ipc_namespace() };
    SemaphoresReport {
        schema: 1,
        time: Timestamp::now(),
        set,
        not_a_block: why,
        semaphores: seen.map(|(state, processes)| semaphores(state, processes)),
        waiting: judgement.waiting,
        waiters: seen.map(|(state, processes)| waiters(state, processes)),
        verdict: judgement.verdict,
        evidence: judgement.evidence,
        kept_by: judgement.kept_by,
        findings: Vec::new(),
    }
}

fn semaphores(state: &SetState, processes: &Processes) -> Vec<SemaphoreReport> {
    let last = state.info.last_change();
    let mut known: Option<(Option<Pid>, Option<Text>)> = None;
    let mut command_of = |sempid: Option<Pid>| {
        // Most semaphores of a large set name the same process as the one before.
        let same = known.take().filter(|(pid, _)| *pid == sempid);
        let living = || sempid.filter(|&pid| processes.lives(pid, last));
        let (_, command) = known.insert(same.unwrap_or_else(|| {
            (sempid, living().and_then(|pid| command_of(pid, Some(processes))))
        }));
        command.clone()
    };
    let report = |(semnum, one): (u32, &sysv::Semaphore)| SemaphoreReport {
        semnum,
        semval: one.semval,
        semncnt: one.semncnt,
        semzcnt: one.semzcnt,
        sempid: one.sempid.map_or(0, Pid::raw),
        command: command_of(one.sempid),
    };
    (0..).zip(&state.semaphores).map(report).collect()
}

/// The processes that are seen to wait, ascending by pid.
fn waiters(state: &SetState, processes: &Processes) -> Vec<SetWaiter> {
    if state.waiting() == 0 {
        return Vec::new();
    }
    let values: Vec<_> = state.semaphores.iter().map(|one| one.semval).collect();
    let mut blocked = system::semaphore_waits(processes).blocked;
    blocked.retain(|one| one.semid == state.info.semid);
    blocked.sort_unstable_by_key(|one| one.pid);
    blocked.into_iter().map(|one| waiter(one, &values, processes)).collect()
}

fn waiter(blocked: BlockedThread, values: &[u16], processes: &Processes) -> SetWaiter {
    let BlockedThread { pid, ops, .. } = blocked;
    let operation =
        |op: Op| Operation { semnum: op.semnum(), sem_op: op.change(), undo: op.has_undo() };
    let waits_for = ops.as_deref().and_then(|ops| Op::first_blocking(ops, values));
    SetWaiter {
        pid,
        command: command_of(pid, Some(processes)),
        operations: ops.map(|ops| ops.into_iter().map(operation).collect()),
        waits_for: waits_for.map(operation),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::DEFAULT_KEY;
    use crate::sysv::{Key, own_table};

    #[test]
    fn a_set_in_which_no_application_can_lock_is_no_block() {
        own_table::enter();
        let why = |set: Set| why_no_block(set, &set.info().unwrap());
        let with_key = |key, nsems, mode| Set::create(Key::new(key), nsems, mode).unwrap();
        assert_eq!(why(with_key(1, 4, 0o700)), None);
        assert_eq!(why(with_key(2, 1, 0o700)).unwrap(), "it has 1 semaphore");
        assert_eq!(why(with_key(3, 5, 0o700)).unwrap(), "it has 5 semaphores");
        let private = Set::create_private(4, 0o700).unwrap();
        assert_eq!(why(private).unwrap(), "it has no key, so no application can find it");
        assert_eq!(
            why(with_key(4, 4, 0o600)).unwrap(),
            "with mode 0600, its owner's application cannot open it"
        );
        let foreign = with_key(5, 4, 0o700);
        foreign.set_value(2, 9).unwrap();
        assert_eq!(why(foreign).unwrap(), "its semaphore 2 is 9, a value that no lock gives it");
    }

    #[test]
    fn the_options_decide_whether_a_set_is_shown_as_a_block() {
        own_table::enter();
        Block::create(DEFAULT_KEY, 4, 0o700).unwrap();
        Set::create(Key::new(7), 3, 0o700).unwrap();
        let is_other =
            |line: &str, key: Key| other_set(&StatusArgs::of(line), Name::Key(key)).is_some();
        let other = Key::new(7);
        for (line, key, expected) in [
            ("", other, false),
            ("--key 7", other, true),
            ("--key 7 --columns semnum", other, true),
            ("--key 7 --columns slot", other, false),
            ("--key 7 a", other, false),
            ("--key 31818", DEFAULT_KEY, false),
            ("--key 31818 --columns semval", DEFAULT_KEY, true),
            ("--columns semval", DEFAULT_KEY, true),
            ("--key 9", Key::new(9), false),
        ] {
            assert_eq!(is_other(line, key), expected, "{line}");
        }
    }

    #[test]
    fn a_set_is_shown_with_its_semaphores_and_who_waits() {
        own_table::enter();
        let set = Set::create(Key::new(7), 3, 0o700).unwrap();
        let name = Name::Key(Key::new(7));
        let args = StatusArgs::of("--key 7");
        set.operate(&[Op::without_undo(1, 5)], sysv::Wait::Not).map(drop).unwrap();
        let seen = || look(&args, other_set(&args, name).unwrap()).unwrap().0;
        let report = seen();
        assert_eq!(report.not_a_block.as_deref(), Some("it has 3 semaphores"));
        let semaphores = report.semaphores.unwrap();
        let values: Vec<_> = semaphores.iter().map(|one| (one.semnum, one.semval)).collect();
        assert_eq!(values, [(0, 0), (1, 5), (2, 0)]);
        assert_eq!([1, 0].map(|at| semaphores[at].sempid), [Pid::own().raw(), 0]);
        assert!(semaphores[1].command.is_some() && semaphores[0].command.is_none());
        assert!(report.waiters.unwrap().is_empty());
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| set.operate(&[Op::zero(1)], sysv::Wait::Forever));
            while set.zcnt(1) == Ok(0) && !waits.is_finished() {
                std::thread::yield_now();
            }
            let report = seen();
            set.remove().unwrap();
            assert_eq!(report.waiting, Some(1));
            let [waiter] = &report.waiters.unwrap()[..] else { panic!("one waits") };
            assert_eq!((waiter.pid, waiter.waits_for.map(|one| one.semnum)), (Pid::own(), Some(1)));
            waits.join().unwrap().unwrap_err();
        });
    }

    #[test]
    fn an_unknown_verdict_is_a_gap_and_an_orphaned_set_is_a_finding() {
        own_table::enter();
        let set = Set::create_private(1, 0o600).unwrap();
        let (state, mut judging) = (SetState::read(set.semid()).unwrap(), LazyJudge::default());
        let judge = judging.latest();
        let seen = |verdict| {
            let judgement = judge.judge(&state);
            let judgement = Judgement { verdict, evidence: vec!["why".into()], ..judgement };
            let name = Name::Id(set.semid());
            let (report, gaps) =
                seen(OtherSet { info: state.info, name, why: None }, judge, &state, judgement);
            let findings = report.findings.into_iter().flat_map(|finding| finding.fix);
            (gaps.unknown, findings.collect::<Vec<_>>())
        };
        let remove = format!("semlock remove --id {}", set.semid());
        assert_eq!(seen(Verdict::Unknown), (vec!["why".into()], vec![]));
        assert_eq!(seen(Verdict::Idle), (vec![], vec![]));
        assert_eq!(seen(Verdict::Orphaned), (vec![], vec![remove]));
    }
}
