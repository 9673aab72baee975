//! Whether a set is in use: the rules, in their order.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, Serializer};

use super::reach::{Reach, reachers};
use super::users::{Ignored, Users, users};
use super::{Rule, program};
use crate::holder::Holders;
use crate::session::may_be_block;
use crate::system::{self, Pid, ProcessName, Processes, Text};
use crate::sysv::{Error, Permissions, SetInfo, SetState};
use crate::words::{ago, counted};

/// What was created, changed or used so short a time ago is kept, unless another
/// time is asked for.
pub(crate) const RECENT: SignedDuration = SignedDuration::from_secs(10);

/// What to do about a set that processes outside of this container may use: the last of
/// the evidence for that.
pub(crate) const ON_THE_HOST: &str = "on the host: semlock --ipc-namespace PID status --all, with the pid that a process of this container has there";

/// How many processes that are not counted are named.
const MAX_NAMED: usize = 3;

/// What can be said of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A process waits on it, has used it last and lives, or holds a lock in it.
    InUse,
    /// No process is seen to use it, and one might.
    Idle,
    /// No living process can be using it.
    Orphaned,
    /// Not everything could be read that is needed to tell.
    Unknown,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 4] = [Self::InUse, Self::Idle, Self::Orphaned, Self::Unknown];

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

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A verdict and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// The rule that it comes from.
    pub rule: Rule,
    /// Why, a sentence each.
    pub evidence: Vec<String>,
    /// The processes that keep the set, ascending; none where nothing keeps it, or
    /// what does is no process that is known.
    pub kept_by: Vec<Pid>,
    /// Whether those may have nothing to do with it, and it were orphaned without them: it
    /// is one process, or none of them is seen to have semaphore calls.
    pub may_be_left: bool,
    /// How many processes wait on the set; None if that may not be read.
    pub waiting: Option<u32>,
    /// The last process that worked on a semaphore of it, if all name one; 0 for one of
    /// another pid namespace.
    pub sempid: Option<i32>,
    /// The program that it is of; None where that is not certain.
    pub program: Option<Text>,
    /// Why its semaphores could not be read, if so.
    pub refused: Option<Error>,
}

impl Judgement {
    fn new(rule: Rule, evidence: impl Into<String>) -> Self {
        let (verdict, evidence) = (rule.verdict(), vec![evidence.into()]);
        let (kept_by, waiting) = (Vec::new(), Some(0));
        let (sempid, program, refused) = (None, None, None);
        let may_be_left = false;
        Self { verdict, rule, evidence, kept_by, may_be_left, waiting, sempid, program, refused }
    }

    fn kept_by(mut self, pids: impl IntoIterator<Item = Pid>) -> Self {
        self.kept_by.extend(pids);
        self.kept_by.sort_unstable();
        self
    }

    /// Says so where a process has used it last that has no pid here.
    fn used_elsewhere(mut self, state: &SetState) -> Self {
        let is_open = matches!(self.verdict, Verdict::Idle | Verdict::Unknown);
        if is_open && last_pid(state) == Some(0) {
            let evidence = "a process of another pid namespace was the last to use it";
            self.evidence.insert(0, evidence.into());
        }
        self
    }

    /// Of a set whose semaphores could not be read.
    pub(crate) fn unreadable(error: Error) -> Self {
        let evidence = format!("its semaphores cannot be read: {error}");
        Self { waiting: None, refused: Some(error), ..Self::new(Rule::Unreadable, evidence) }
    }
}

/// What is asked, and by whom.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    /// The IPC namespace of the sets; None where that cannot be told.
    pub here: Option<u64>,
    /// The user who asks.
    pub uid: u32,
    /// The processes that semlock was started by.
    pub asking: Vec<Pid>,
    /// What is left out of account.
    pub ignored: Vec<Ignored>,
    /// What was changed or used so short a time ago is kept.
    pub recent: SignedDuration,
}

/// What sets must have in common for the same processes to be able to use them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    permissions: Permissions,
    key: i32,
    nsems: u32,
    last_change: Option<Timestamp>,
}

/// The processes that get at sets with the same permissions.
type Reachers = Arc<[(Pid, Reach)]>;

/// One survey, by which any number of sets is judged.
#[derive(Debug)]
pub(crate) struct Judge {
    processes: Processes,
    holders: Holders,
    query: Query,
    users: RefCell<BTreeMap<Kind, Arc<Users>>>,
    reachers: RefCell<BTreeMap<Permissions, Reachers>>,
}

impl Judge {
    /// Judges by these processes, among which are these holders.
    pub(crate) fn new(processes: Processes, holders: Holders, query: Query) -> Self {
        let (users, reachers) = (RefCell::default(), RefCell::default());
        Self { processes, holders, query, users, reachers }
    }

    /// Whether its survey is new enough for something to be removed by it.
    pub(crate) fn is_fresh(&self) -> bool {
        self.processes.is_fresh()
    }

    /// The same processes for the sets of the IPC namespace that this thread has gone to.
    #[must_use]
    pub(crate) fn moved(self) -> Self {
        let holders = Holders::among(&self.processes);
        let query = Query { here: system::ipc_namespace().ok(), ..self.query };
        Self::new(self.processes, holders, query)
    }

    /// The processes.
    pub(crate) fn processes(&self) -> &Processes {
        &self.processes
    }

    /// Whether no user of a set can hide from this survey, so that ignoring those
    /// that are seen leaves none.
    pub(crate) fn sees_every_user(&self, state: &SetState) -> bool {
        self.hiding(state).is_none()
    }

    /// The rule by which users of a set can hide from this survey, if any.
    pub(crate) fn hiding(&self, state: &SetState) -> Option<Rule> {
        self.unseen(state).map(|judgement| judgement.rule)
    }

    /// Those who have semaphore calls and may have a set open, each in words.
    pub(crate) fn openers(&self, state: &SetState) -> Vec<String> {
        let users = self.users_of(state);
        let users = users.users.iter().filter(|user| user.has_calls());
        users.map(|user| format!("{}, which has semaphore calls,", user.called())).collect()
    }

    /// Judges a set: the first rule that says something decides.
    pub(crate) fn judge(&self, state: &SetState) -> Judgement {
        let waiting = state.waiting();
        let living = self.living(state);
        let judgement = waits(waiting)
            .or_else(|| self.used_last(state, &living))
            .or_else(|| self.held(state))
            .or_else(|| has_locks(state))
            .or_else(|| self.users(state))
            .or_else(|| self.is_recent(state))
            .or_else(|| self.unseen(state))
            .unwrap_or_else(|| self.orphaned(state));
        let program = self.program(state, &judgement, &living);
        let judgement = judgement.used_elsewhere(state);
        Judgement { waiting: Some(waiting), sempid: last_pid(state), program, ..judgement }
    }

    /// The program that it is of.
    fn program(&self, state: &SetState, judgement: &Judgement, living: &[Pid]) -> Option<Text> {
        let of_users = || match (judgement.verdict, &judgement.kept_by[..]) {
            (_, []) => None,
            (Verdict::Idle, _) => self.users_of(state).program.clone(),
            (_, keepers) => program::of_living(keepers, &self.processes),
        };
        program::of_living(living, &self.processes)
            .or_else(|| program::by_layout(state))
            .or_else(of_users)
    }

    /// Those that live of the processes that its semaphores name.
    fn living(&self, state: &SetState) -> Vec<Pid> {
        let (last, own) = (state.info.last_change(), Pid::own());
        let mut pids = last_pids(state);
        pids.retain(|&pid| pid != own && self.processes.lives(pid, last));
        pids
    }

    /// A process that used it last and lives.
    fn used_last(&self, state: &SetState, living: &[Pid]) -> Option<Judgement> {
        let pid = *living.first()?;
        let name = self.processes.get(pid).map(|process| &process.name);
        let verb = if state.info.otime.is_some() { "use it" } else { "set its value" };
        let evidence = format!("{} was the last to {verb}, and lives", ProcessName(pid, name));
        Some(Judgement::new(Rule::UsedLast(pid), evidence).kept_by([pid]))
    }

    fn held(&self, state: &SetState) -> Option<Judgement> {
        let holder = self.holders.of_set(state).next()?;
        let evidence = format!("process {} (a holder of semlock) has a lock in it", holder.pid);
        Some(Judgement::new(Rule::Held, evidence).kept_by([holder.pid]))
    }

    /// Those who could use it, the first of whom is named.
    fn users(&self, state: &SetState) -> Option<Judgement> {
        let Users { users, .. } = &*self.users_of(state);
        let (first, others) = users.split_first()?;
        let mut judgement = Judgement::new(Rule::MayBeUsed(first.pid), first.to_string());
        match others {
            [] => {}
            [second] => judgement.evidence.push(format!("so may process {}", second.pid)),
            [second, more @ ..] => {
                let more = counted(u32::try_from(more.len()).unwrap_or(u32::MAX), "other");
                judgement.evidence.push(format!("so may process {} and {more}", second.pid));
            }
        }
        let is_in_doubt = others.is_empty() || !first.has_calls();
        judgement.may_be_left =
            is_in_doubt && self.recent(state).is_none() && self.unseen(state).is_none();
        Some(judgement.kept_by(users.iter().map(|user| user.pid)))
    }

    fn users_of(&self, state: &SetState) -> Arc<Users> {
        let info = &state.info;
        let kind = Kind {
            permissions: info.permissions,
            key: info.key.raw(),
            nsems: info.nsems,
            last_change: info.last_change(),
        };
        let reachers = self.reachers(&info.permissions);
        let look = || Arc::new(users(state, &reachers, &self.processes, &self.query));
        // A process that has ended, and is still there, tells of this set alone.
        let ended = |pid| self.processes.get(pid).is_some_and(|process| process.ended);
        if last_pids(state).into_iter().any(ended) {
            return look();
        }
        Arc::clone(self.users.borrow_mut().entry(kind).or_insert_with(look))
    }

    fn reachers(&self, permissions: &Permissions) -> Reachers {
        let look = || reachers(permissions, &self.processes, self.query.here).into();
        Arc::clone(self.reachers.borrow_mut().entry(*permissions).or_insert_with(look))
    }

    fn is_recent(&self, state: &SetState) -> Option<Judgement> {
        let last = self.recent(state)?;
        let evidence =
            format!("it was created, changed or used {}", ago(last, self.processes.begun));
        Some(Judgement::new(Rule::Recent, evidence))
    }

    /// When it was last changed or used, if that is so short a time ago that it is kept.
    fn recent(&self, state: &SetState) -> Option<Timestamp> {
        let is_recent =
            |last: &Timestamp| self.processes.begun.duration_since(*last) < self.query.recent;
        state.info.last_change().filter(is_recent)
    }

    /// Why there may be users that cannot be seen.
    fn unseen(&self, state: &SetState) -> Option<Judgement> {
        let unknown = |rule, evidence: String| Judgement::new(rule, evidence);
        if let Some(gap) = &self.processes.incomplete {
            return Some(unknown(Rule::Unseen, gap.to_string()));
        }
        if let Some(pid) = self.holders.unreadable() {
            let evidence = format!("process {pid}, a holder of semlock, cannot be looked at");
            return Some(unknown(Rule::Unseen, evidence));
        }
        let last = state.info.last_change();
        if last.is_some_and(|last| self.processes.clock.is_older_than_the_kernel(last)) {
            return Some(unknown(
                Rule::OtherClock,
                "the clock was set forward since it was created: which processes were there then cannot be told".into(),
            ));
        }
        let why = match (state.info.is_private(), state.may_be_used_elsewhere()) {
            _ if self.processes.everywhere => return None,
            (false, _) => "may find it by its key",
            (true, true) => "may know it",
            (true, false) => return None,
        };
        let evidence =
            format!("processes outside this container {why}, and cannot be seen from inside");
        let mut judgement = unknown(Rule::Outside, evidence);
        judgement.evidence.push(ON_THE_HOST.into());
        Some(judgement)
    }

    fn orphaned(&self, state: &SetState) -> Judgement {
        let mut judgement = Judgement::new(Rule::Orphaned, last_used(state));
        judgement.evidence.push("no living process is seen that could use it".into());
        let Users { named, .. } = &*self.users_of(state);
        judgement
            .evidence
            .extend(named.iter().take(MAX_NAMED).map(|who| format!("not counted: {who}")));
        judgement
    }
}

fn waits(waiting: u32) -> Option<Judgement> {
    let verb = if waiting == 1 { "waits" } else { "wait" };
    let evidence = || format!("{} {verb} on it", counted(waiting, "process"));
    (waiting > 0).then(|| Judgement::new(Rule::Awaited, evidence()))
}

/// Whether a set can be a block, and a lock is held or left in it.
pub(crate) fn is_locked(state: &SetState) -> bool {
    may_be_block(&state.info) && state.is_raised()
}

/// Whether a set was created, changed or used so short a time ago that it is kept.
pub(crate) fn is_recent(info: &SetInfo) -> bool {
    info.last_change().is_some_and(|last| Timestamp::now().duration_since(last) < RECENT)
}

/// A lock that no process has may have been left on purpose.
fn has_locks(state: &SetState) -> Option<Judgement> {
    is_locked(state).then(|| Judgement::new(Rule::Locked, "locks are held or left in it"))
}

/// Every process that a semaphore names, each once, ascending.
fn last_pids(state: &SetState) -> Vec<Pid> {
    let mut pids: Vec<_> =
        state.semaphores.iter().filter_map(|semaphore| Pid::new(semaphore.sempid)).collect();
    pids.sort_unstable();
    pids.dedup();
    pids
}

/// The process that the semaphores name, if it is one. Where none is named of a set
/// that was used, it is one of another pid namespace.
fn last_pid(state: &SetState) -> Option<i32> {
    match last_pids(state)[..] {
        [] => state.info.otime.map(|_| 0),
        [pid] => Some(pid.raw()),
        _ => None,
    }
}

fn last_used(state: &SetState) -> String {
    let pids: Vec<_> = last_pids(state).iter().map(ToString::to_string).collect();
    let last = match (&pids[..], state.info.otime) {
        ([], None) => "none has used it".into(),
        ([], Some(_)) => "which used it last is not known".into(),
        ([pid], Some(_)) => format!("process {pid}, which used it last, has ended"),
        ([pid], None) => format!("process {pid}, which set its value, has ended"),
        (_, Some(_)) => format!("those that used it last have ended: {}", pids.join(", ")),
        (_, None) => format!("those that set its values have ended: {}", pids.join(", ")),
    };
    format!("no process waits on it, and {last}")
}
