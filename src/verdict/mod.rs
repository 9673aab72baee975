//! Is a set in use? The kernel does not say, so this is inferred, and where it
//! is wrong, it errs on the side of keeping the set.
//!
//! A dead `sempid` proves nothing by itself: a server's launcher makes a set
//! and ends, and processes that it started use the set for months. So a set
//! counts as orphaned only if nobody could know it: its users either were
//! there when it was made, descend from one that was, or find it by its key.

mod traces;
mod users;

use std::cell::OnceCell;
use std::fmt;

use jiff::Timestamp;

use crate::holder::{self, Holder};
use crate::process::{self, Life, Survey};
use crate::sysv::{self, Error, Key, Set, SetInfo};
use crate::words::counted;
use traces::Traces;
use users::Crowd;

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

impl Verdict {
    /// Its name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::InUse => "in-use",
            Self::Idle => "idle",
            Self::Orphaned => "orphaned",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A verdict and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, a sentence each.
    pub evidence: Vec<String>,
    /// How many processes wait on the set; None if that may not be read.
    pub waiting: Option<i32>,
    /// Why its semaphores could not be read, if so.
    pub refused: Option<Error>,
}

impl Judgement {
    fn new(verdict: Verdict, evidence: impl Into<String>) -> Self {
        Self { verdict, evidence: vec![evidence.into()], waiting: Some(0), refused: None }
    }

    fn unreadable(error: Error) -> Self {
        let evidence = format!("its semaphores cannot be read: {error}");
        Self { waiting: None, refused: Some(error), ..Self::new(Verdict::Unknown, evidence) }
    }
}

/// Who there is, for as many sets as are to be judged. Each thing is looked at
/// once, when it is first asked for.
#[derive(Debug, Default)]
pub struct Witness {
    survey: OnceCell<Option<Survey>>,
    holders: OnceCell<Vec<Holder>>,
    crowd: OnceCell<Crowd>,
}

impl Witness {
    /// Forgets what was particular to the IPC namespace that this process was in.
    pub fn moved(&mut self) {
        self.holders.take();
        self.crowd.take();
    }

    /// Judges a set by its semaphores and the processes that there are. None if
    /// the set is gone.
    pub fn judge(&self, row: &SetInfo) -> Option<Judgement> {
        match Traces::of(row) {
            Ok(traces) => {
                Some(self.in_use(row, &traces).unwrap_or_else(|| self.unused(row, &traces)))
            }
            Err(error) if error.is_gone() => None,
            Err(error) => Some(Judgement::unreadable(error)),
        }
    }

    fn survey(&self) -> Option<&Survey> {
        self.survey.get_or_init(Survey::now).as_ref()
    }

    fn in_use(&self, row: &SetInfo, traces: &Traces) -> Option<Judgement> {
        if traces.waiting > 0 {
            let waiting = counted(traces.waiting.unsigned_abs(), "process");
            let verb = if traces.waiting == 1 { "waits" } else { "wait" };
            let evidence = format!("{waiting} {verb} on it");
            let judgement = Judgement::new(Verdict::InUse, evidence);
            return Some(Judgement { waiting: Some(traces.waiting), ..judgement });
        }
        let user = traces.pids.iter().find(|&&pid| self.lives(row, pid));
        let evidence = match user {
            Some(pid) => format!("{} was the last to use it, and lives", process::called(*pid)),
            None => format!("{} holds a lock in it", process::called(self.holder(row)?.pid)),
        };
        Some(Judgement::new(Verdict::InUse, evidence))
    }

    /// Whether the process lives that had `pid` when it used the set.
    fn lives(&self, row: &SetInfo, pid: i32) -> bool {
        // The row may be older than the semaphores: one that seems to have come
        // too late may have used the set since.
        self.life(pid, last(row)) == Life::Alive
            || process::life(pid, None) == Life::Alive
                && Set::from_id(row.semid).info().is_ok_and(|header| {
                    process::life(pid, header.otime.max(header.ctime)) == Life::Alive
                })
    }

    fn life(&self, pid: i32, last: Option<Timestamp>) -> Life {
        let seen = self.survey().and_then(|survey| survey.get(pid));
        match (seen, last) {
            (Some(facts), Some(last)) => process::life_of(facts.started, last),
            _ => process::life(pid, last),
        }
    }

    fn holder(&self, row: &SetInfo) -> Option<&Holder> {
        let holders = self.holders.get_or_init(holder::all);
        holders.iter().find(|holder| holder.order.semid == row.semid)
    }

    /// What the processes say of a set that nobody is seen to use.
    fn unused(&self, row: &SetInfo, traces: &Traces) -> Judgement {
        let unknown = |evidence: &str| Judgement::new(Verdict::Unknown, evidence);
        let Some(survey) = self.survey() else {
            return unknown("other users' processes are hidden");
        };
        if row.key == Key::PRIVATE && row.ctime.is_some_and(process::clock_was_set_since) {
            return unknown(
                "the clock was set forward since it was made: which processes were there then cannot be told",
            );
        }
        let crowd = || Crowd::of(survey, sysv::ipc_namespace(), &process::ancestors());
        let judgement = self.crowd.get_or_init(crowd).judge(row, traces, survey);
        match unseen(row, traces, survey) {
            Some(unseen) if judgement.verdict == Verdict::Orphaned => unknown(unseen),
            _ => judgement,
        }
    }
}

/// Why there may be users that are not seen.
fn unseen(row: &SetInfo, traces: &Traces, survey: &Survey) -> Option<&'static str> {
    if survey.everywhere {
        None
    } else if row.key != Key::PRIVATE {
        Some("processes of other pid namespaces may find it by its key, and cannot be seen")
    } else if traces.pids.contains(&0) {
        Some("processes of other pid namespaces may have used it, and cannot be seen")
    } else {
        None
    }
}

/// SETVAL names a process and changes ctime, semop(2) changes otime.
fn last(row: &SetInfo) -> Option<Timestamp> {
    row.otime.max(row.ctime)
}
