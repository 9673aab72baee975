//! Is a set in use? The kernel does not say, so this is inferred, and where it
//! is wrong, it errs on the side of keeping the set.
//!
//! A dead `sempid` proves nothing by itself: a server's launcher makes a set
//! and ends, and processes that it started use the set for months. So a set
//! counts as orphaned only if nobody could know it: its users either were
//! there when it was made, descend from one that was, or find it by its key.

use jiff::{SignedDuration, Timestamp};

use crate::holder;
use crate::process::{self, Facts, Life, Survey};
use crate::sysv::{Error, Key, Row, Set};

/// A server's parent may start a moment after the set was made, and both times
/// are known to about a second.
const MARGIN: SignedDuration = SignedDuration::from_secs(5);

/// What can be said of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A process waits on it, has used it last and lives, or holds it.
    InUse,
    /// Nobody is seen to use it, and somebody might.
    Idle,
    /// No living process can be using it.
    Orphaned,
    /// Not everything could be read that is needed to tell.
    Unknown,
}

/// A verdict and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, a sentence each.
    pub evidence: Vec<String>,
}

impl Judgement {
    fn new(verdict: Verdict, evidence: impl Into<String>) -> Self {
        Self { verdict, evidence: vec![evidence.into()] }
    }
}

/// What the semaphores of a set tell of its users.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Traces {
    waiting: i32,
    /// Every `sempid`, each once.
    pids: Vec<i32>,
}

impl Traces {
    fn of(row: &Row) -> Result<Self, Error> {
        let set = Set::from_id(row.semid);
        let mut traces = Self::default();
        for semnum in 0..u16::try_from(row.nsems).unwrap_or(u16::MAX) {
            traces.waiting += set.ncnt(semnum)? + set.zcnt(semnum)?;
            traces.pids.push(set.pid(semnum)?);
        }
        traces.pids.sort_unstable();
        traces.pids.dedup();
        Ok(traces)
    }
}

/// Judges a set by its semaphores and the processes of `survey`.
pub fn judge(row: &Row, survey: Option<&Survey>) -> Judgement {
    match (Traces::of(row), survey) {
        (Err(error), _) => {
            Judgement::new(Verdict::Unknown, format!("its semaphores cannot be read: {error}"))
        }
        (Ok(traces), survey) => in_use(row, &traces).unwrap_or_else(|| match survey {
            Some(survey) if survey.everywhere || !traces.pids.contains(&0) => {
                unused(row, &traces, survey)
            }
            Some(_) => Judgement::new(
                Verdict::Unknown,
                "processes of other pid namespaces may have used it, and cannot be seen",
            ),
            None => Judgement::new(Verdict::Unknown, "other users' processes are hidden"),
        }),
    }
}

fn in_use(row: &Row, traces: &Traces) -> Option<Judgement> {
    if traces.waiting > 0 {
        return Some(Judgement::new(
            Verdict::InUse,
            format!("{} processes wait on it", traces.waiting),
        ));
    }
    // SETVAL names a process and changes ctime, semop(2) changes otime.
    let last = row.otime.max(row.ctime);
    let alive = |&&pid: &&i32| process::life(pid, last) == Life::Alive;
    if let Some(&pid) = traces.pids.iter().find(alive) {
        let command =
            process::command(pid).map_or(String::new(), |command| format!(" ({command})"));
        return Some(Judgement::new(
            Verdict::InUse,
            format!("process {pid}{command} was the last to use it, and lives"),
        ));
    }
    let holder = holder::of_set(row.semid).into_iter().next()?;
    Some(Judgement::new(Verdict::InUse, format!("process {} holds a lock in it", holder.pid)))
}

fn unused(row: &Row, traces: &Traces, survey: &Survey) -> Judgement {
    let users: Vec<_> = survey.all().filter(|facts| may_use(row, facts)).collect();
    let knows = |facts: &&Facts| could_know(row, survey, facts);
    let known = users.iter().flat_map(|user| survey.line(user)).find(knows);
    if let Some(facts) = known {
        let evidence = format!("process {} ({}) {}", facts.pid, facts.name, how_known(row, facts));
        return Judgement::new(Verdict::Idle, evidence);
    }
    let ended =
        traces.pids.iter().filter(|&&pid| pid > 0).map(ToString::to_string).collect::<Vec<_>>();
    let last =
        if ended.is_empty() { "none".into() } else { format!("{}, ended", ended.join(", ")) };
    Judgement {
        verdict: Verdict::Orphaned,
        evidence: vec![
            format!("nobody waits on it; last used by process: {last}"),
            format!("of {} processes that may use it, none can know it", users.len()),
        ],
    }
}

/// Whether the kernel would let a process in: semget(2), by owner, creator,
/// group or everybody's bits. Root's processes, which are always let in, count
/// only where root owns it: a server's parent is looked at as an ancestor.
fn may_use(row: &Row, facts: &Facts) -> bool {
    let creator = row.cuid != 0 && facts.uid == row.cuid;
    let by_group = row.mode & 0o070 != 0 && facts.gids.contains(&row.gid);
    facts.uid == row.uid || creator || by_group || row.mode & 0o007 != 0
}

fn could_know(row: &Row, survey: &Survey, facts: &Facts) -> bool {
    row.key != Key::PRIVATE || was_there(row.ctime, facts) || survey.is_left_behind(facts)
}

fn was_there(made: Option<Timestamp>, facts: &Facts) -> bool {
    made.is_none_or(|made| facts.started.duration_since(made) <= MARGIN)
}

fn how_known(row: &Row, facts: &Facts) -> &'static str {
    if row.key != Key::PRIVATE {
        "may use it, and can find it by its key"
    } else if was_there(row.ctime, facts) {
        "may use it, and was there when it was made"
    } else {
        "may use it: its process group's or session's leader, now gone, may have known it"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: u32 = 33;
    const MADE: i64 = 1_000_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    /// A process that leads its own group and session.
    fn process(pid: i32, uid: u32, started: i64) -> Facts {
        let started = at(MADE + started);
        Facts {
            pid,
            parent: 1,
            group: pid,
            session: pid,
            started,
            uid,
            gids: vec![uid],
            name: "server".into(),
        }
    }

    fn set(key: i32, mode: u16) -> Row {
        Row {
            key: Key::new(key),
            semid: 0,
            mode,
            nsems: 1,
            uid: OWNER,
            gid: OWNER,
            cuid: 0,
            cgid: 0,
            otime: None,
            ctime: Some(at(MADE)),
        }
    }

    fn verdict(row: &Row, processes: Vec<Facts>) -> Verdict {
        let traces = Traces { waiting: 0, pids: vec![99] };
        unused(row, &traces, &Survey::of(processes, true)).verdict
    }

    #[test]
    fn nobody_of_the_owners_is_orphaned() {
        assert_eq!(
            verdict(&set(0, 0o600), vec![process(1, 0, -500), process(7, 1000, -500)]),
            Verdict::Orphaned
        );
    }

    #[test]
    fn a_process_that_was_there_keeps_it_and_one_that_came_later_does_not() {
        assert_eq!(verdict(&set(0, 0o600), vec![process(7, OWNER, -1)]), Verdict::Idle);
        assert_eq!(verdict(&set(0, 0o600), vec![process(7, OWNER, 5)]), Verdict::Idle);
        assert_eq!(verdict(&set(0, 0o600), vec![process(7, OWNER, 6)]), Verdict::Orphaned);
    }

    #[test]
    fn a_child_that_came_later_keeps_it_through_its_parent_that_was_there() {
        let parent = process(5, 0, 0);
        let child = Facts { parent: 5, group: 5, session: 5, ..process(7, OWNER, 900) };
        assert_eq!(verdict(&set(0, 0o600), vec![parent, child]), Verdict::Idle);
    }

    #[test]
    fn a_child_whose_killed_parent_led_its_group_keeps_it() {
        let child = Facts { group: 5, session: 5, ..process(7, OWNER, 900) };
        assert_eq!(verdict(&set(0, 0o600), vec![process(1, 0, -500), child]), Verdict::Idle);
    }

    #[test]
    fn whoever_may_use_a_set_with_a_key_keeps_it() {
        assert_eq!(verdict(&set(5, 0o600), vec![process(7, OWNER, 900)]), Verdict::Idle);
        assert_eq!(verdict(&set(5, 0o600), vec![process(7, 1000, 900)]), Verdict::Orphaned);
        assert_eq!(verdict(&set(5, 0o606), vec![process(7, 1000, 900)]), Verdict::Idle);
        let member = Facts { gids: vec![1000, OWNER], ..process(7, 1000, 900) };
        assert_eq!(verdict(&set(5, 0o660), vec![member]), Verdict::Idle);
    }
}
