//! The judge of sets: one survey, and the rules that it goes by, in their order.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::access::{SetAccess, with_access};
use super::options::{JudgeOptions, MIN_AGE};
use super::users::{Users, users};
use super::{Judgement, Rule, Verdict, last_use, program};
use crate::holder::Holders;
use crate::session::may_be_block;
use crate::system::{Pid, ProcessName, Processes, Text};
use crate::sysv::{Permissions, SetInfo, SetState};
use crate::words::{ago, counted};

/// What to do about a set that processes outside this container may use: the last line of
/// the evidence.
pub(crate) const ON_THE_HOST: &str = "on the host: semlock --ipc-namespace PID status --all, with the pid that a process of this container has there";

/// How many of the processes that do not count are named.
const MAX_NOT_COUNTED: usize = 3;

/// What two sets must have in common for the same processes to be able to use them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct CacheKey {
    permissions: Permissions,
    key: i32,
    nsems: u32,
    last_change: Option<Timestamp>,
}

/// The processes that have access to sets with the same permissions.
type WithAccess = Arc<[(Pid, SetAccess)]>;

/// One survey, by which any number of sets is judged.
#[derive(Debug)]
pub(crate) struct Judge {
    processes: Processes,
    holders: Holders,
    options: JudgeOptions,
    users: RefCell<BTreeMap<CacheKey, Arc<Users>>>,
    with_access: RefCell<BTreeMap<Permissions, WithAccess>>,
}

impl Judge {
    /// Judges by these processes, among which are these holders.
    pub(crate) fn new(processes: Processes, holders: Holders, options: JudgeOptions) -> Self {
        let (users, with_access) = (RefCell::default(), RefCell::default());
        Self { processes, holders, options, users, with_access }
    }

    /// The same processes, for the sets of the IPC namespace `here`, in which these are the
    /// holders.
    pub(super) fn in_namespace(self, here: Option<u64>, holders: Holders) -> Self {
        Self::new(self.processes, holders, JudgeOptions { here, ..self.options })
    }

    /// Whether its survey is recent enough for something to be removed by it.
    pub(crate) fn is_fresh(&self) -> bool {
        self.processes.is_fresh()
    }

    pub(crate) fn processes(&self) -> &Processes {
        &self.processes
    }

    /// The processes that have semaphore calls and may have a set open, each as the start of
    /// a sentence.
    pub(crate) fn openers(&self, state: &SetState) -> Vec<String> {
        let users = self.users_of(state);
        let users = users.users.iter().filter(|user| user.has_calls());
        users.map(|user| format!("{}, which can call semop(2),", user.called())).collect()
    }

    /// Judges a set: the first rule that applies decides.
    pub(crate) fn judge(&self, state: &SetState) -> Judgement {
        let waiting = state.waiting();
        let living = self.living_last_users(state);
        let judgement = waits(waiting)
            .or_else(|| self.used_last(state, &living))
            .or_else(|| self.held(state))
            .or_else(|| locked(state))
            .or_else(|| self.may_be_used(state))
            .or_else(|| self.recent(state))
            .or_else(|| self.unseen(state))
            .unwrap_or_else(|| self.orphaned(state));
        let program = self.program(state, &judgement, &living);
        let judgement = judgement.used_elsewhere(state);
        Judgement { waiting: Some(waiting), sempid: last_use::sempid(state), program, ..judgement }
    }

    /// The rule that decides once the processes are ignored that could use the set:
    /// `Orphaned` if it would go then. That it is recent comes last, as that passes.
    pub(crate) fn rule_without_users(&self, state: &SetState) -> Rule {
        let judgement = locked(state).or_else(|| self.unseen(state)).or_else(|| self.recent(state));
        judgement.map_or(Rule::Orphaned, |judgement| judgement.rule)
    }

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

    /// The processes named by its semaphores that are alive.
    fn living_last_users(&self, state: &SetState) -> Vec<Pid> {
        let (last, own) = (state.info.last_change(), self.options.own);
        let mut pids = last_use::pids(state);
        pids.retain(|&pid| Some(pid) != own && self.processes.lives(pid, last));
        pids
    }

    fn used_last(&self, state: &SetState, living: &[Pid]) -> Option<Judgement> {
        let pid = *living.first()?;
        let name = self.processes.get(pid).map(|process| &process.name);
        let verb = if state.info.otime.is_some() { "use it" } else { "set its value" };
        let evidence = format!("{} was the last to {verb}, and is alive", ProcessName(pid, name));
        Some(Judgement::new(Rule::UsedLast(pid), evidence).kept_by([pid]))
    }

    fn held(&self, state: &SetState) -> Option<Judgement> {
        let holder = self.holders.of_set(state).next()?;
        let evidence = format!("process {} (a holder of semlock) has a lock in it", holder.pid);
        Some(Judgement::new(Rule::Held, evidence).kept_by([holder.pid]))
    }

    /// The processes that could use it; the first is named with its reasons.
    fn may_be_used(&self, state: &SetState) -> Option<Judgement> {
        let Users { users, .. } = &*self.users_of(state);
        let (first, others) = users.split_first()?;
        let mut judgement = Judgement::new(Rule::MayBeUsed(first.pid), first.to_string());
        match others {
            [] => {}
            [second] => judgement.evidence.push(format!("so may process {}", second.pid)),
            [second, more @ ..] => {
                let more = counted(more.len(), "other");
                judgement.evidence.push(format!("so may process {} and {more}", second.pid));
            }
        }
        let is_in_doubt = others.is_empty() || !first.has_calls();
        judgement.may_be_ignored = is_in_doubt && self.rule_without_users(state) == Rule::Orphaned;
        Some(judgement.kept_by(users.iter().map(|user| user.pid)))
    }

    fn users_of(&self, state: &SetState) -> Arc<Users> {
        let info = &state.info;
        let key = CacheKey {
            permissions: info.permissions,
            key: info.key.raw(),
            nsems: info.nsems,
            last_change: info.last_change(),
        };
        let with_access = self.with_access(&info.permissions);
        let find = || Arc::new(users(state, &with_access, &self.processes, &self.options));
        // A zombie that a semaphore names is evidence about this set alone.
        let ended = |pid| self.processes.get(pid).is_some_and(|process| process.ended);
        if last_use::pids(state).into_iter().any(ended) {
            return find();
        }
        Arc::clone(self.users.borrow_mut().entry(key).or_insert_with(find))
    }

    fn with_access(&self, permissions: &Permissions) -> WithAccess {
        let find = || with_access(permissions, &self.processes, self.options.here).into();
        Arc::clone(self.with_access.borrow_mut().entry(*permissions).or_insert_with(find))
    }

    fn recent(&self, state: &SetState) -> Option<Judgement> {
        let now = self.processes.begun;
        let last = state.info.last_change()?;
        let evidence = || format!("it was created, changed or used {}", ago(last, now));
        (now.duration_since(last) < self.options.min_age)
            .then(|| Judgement::new(Rule::Recent, evidence()))
    }

    /// Why there may be users that cannot be seen.
    fn unseen(&self, state: &SetState) -> Option<Judgement> {
        let gap = self.processes.incomplete.as_ref().or_else(|| self.holders.unreadable());
        if let Some(gap) = gap {
            return Some(Judgement::new(Rule::Unseen, gap.to_string()));
        }
        let last = state.info.last_change();
        if last.is_some_and(|last| self.processes.clock.is_older_than_the_kernel(last)) {
            let evidence = "the clock was set forward since it was created, so it is unknown which processes were running then";
            return Some(Judgement::new(Rule::OtherClock, evidence));
        }
        self.outside(state)
    }

    /// From inside a container, its other processes cannot be seen.
    fn outside(&self, state: &SetState) -> Option<Judgement> {
        let is_outside = |&pid: &Pid| self.processes.may_have_outside(pid);
        let used_elsewhere =
            state.may_be_used_elsewhere() || last_use::pids(state).iter().any(is_outside);
        let why = match (state.info.is_private(), used_elsewhere) {
            _ if self.processes.sees_all => return None,
            (false, _) => "may find it by its key",
            (true, true) => "may know it",
            (true, false) => return None,
        };
        let evidence =
            format!("processes outside this container {why}, and cannot be seen from inside");
        let mut judgement = Judgement::new(Rule::Outside, evidence);
        judgement.evidence.push(ON_THE_HOST.into());
        Some(judgement)
    }

    fn orphaned(&self, state: &SetState) -> Judgement {
        let mut judgement = Judgement::new(Rule::Orphaned, last_use::sentence(state));
        judgement.evidence.push("no living process was found that could use it".into());
        let Users { not_counted, .. } = &*self.users_of(state);
        let not_counted = not_counted.iter().take(MAX_NOT_COUNTED);
        judgement.evidence.extend(not_counted.map(|which| format!("not counted: {which}")));
        judgement
    }
}

fn waits(waiting: u32) -> Option<Judgement> {
    let verb = if waiting == 1 { "waits" } else { "wait" };
    let evidence = || format!("{} {verb} on it", counted(waiting, "process"));
    (waiting > 0).then(|| Judgement::new(Rule::Awaited, evidence()))
}

/// A lock that no process has may have been left on purpose.
fn locked(state: &SetState) -> Option<Judgement> {
    let is_locked = may_be_block(&state.info) && state.is_raised();
    is_locked.then(|| Judgement::new(Rule::Locked, "it has locks, held or abandoned"))
}

/// Whether a set was created, changed or used so shortly before `now` that it is kept by
/// default.
pub(crate) fn is_recent(info: &SetInfo, now: Timestamp) -> bool {
    info.last_change().is_some_and(|last| now.duration_since(last) < MIN_AGE)
}
