//! A judge that surveys the processes when it is first needed.

use jiff::SignedDuration;
use nix::errno::Errno;

use super::{Ignored, Judge, JudgeOptions, Judgement, MIN_AGE};
use crate::holder::Holders;
use crate::system::{self, Entry, Pid, Processes};
use crate::sysv::{Semid, Set, SetInfo, SetState, Uid};

/// How sets are judged, and the latest survey of the processes.
#[derive(Debug, Default)]
pub(crate) struct LazyJudge {
    ignored: Vec<Ignored>,
    recent: Option<SignedDuration>,
    judge: Option<Judge>,
}

impl LazyJudge {
    /// Does not count the `ignored` processes. Sets that were changed or used within `idle`
    /// are kept, but for no longer than [`MIN_AGE`].
    pub(crate) fn new(ignored: &[Ignored], idle: Option<SignedDuration>) -> Self {
        Self { ignored: ignored.to_vec(), recent: idle, judge: None }
    }

    /// To be called when this thread has entered another IPC namespace.
    pub(crate) fn moved(&mut self) {
        let Some(judge) = self.judge.take() else { return };
        let holders = Holders::among(judge.processes());
        self.judge = Some(judge.in_namespace(system::ipc_namespace().ok(), holders));
    }

    /// The latest judge: its survey may be as old as this run.
    pub(crate) fn latest(&mut self) -> &Judge {
        let judge = self.judge.take().unwrap_or_else(|| survey(self.options()));
        self.judge.insert(judge)
    }

    /// Whether there is no survey yet, or one that is recent enough for a removal.
    pub(crate) fn is_fresh(&self) -> bool {
        self.judge.as_ref().is_none_or(Judge::is_fresh)
    }

    /// A judge whose survey is recent enough for a removal.
    pub(crate) fn fresh(&mut self) -> &Judge {
        self.judge = self.judge.take().filter(Judge::is_fresh);
        self.latest()
    }

    fn options(&self) -> JudgeOptions {
        JudgeOptions {
            here: system::ipc_namespace().ok(),
            own: Some(Pid::own()),
            uid: Uid::own(),
            ancestors: system::ancestors().map(|process| process.pid).collect(),
            ignored: self.ignored.clone(),
            min_age: self.recent.map_or(MIN_AGE, |idle| idle.min(MIN_AGE)),
        }
    }
}

fn survey(options: JudgeOptions) -> Judge {
    let processes = Processes::survey();
    let holders = Holders::among(&processes);
    Judge::new(processes, holders, options)
}

/// Whether the process that a semaphore of the set names has ended. Only that process is
/// looked at. Fails if it or the set could not be read.
pub(crate) fn is_gone(pid: Option<Pid>, set: Set) -> Result<bool, Errno> {
    let Some(pid) = pid else { return Ok(false) };
    // Read after the pid: the process may have started, and used the set, since the change
    // before.
    let info = set.info().map_err(|error| error.errno)?;
    match (system::find(pid), info.last_change()) {
        (Entry::Is(process), Some(last)) => Ok(!process.may_precede(last)),
        (Entry::Is(_), None) => Ok(false),
        (Entry::Unreadable(errno), _) => Err(errno),
        (Entry::Gone, _) => Ok(system::has_ended(pid) && !system::pids_may_be_outside()),
    }
}

/// Judges a set that was listed a moment ago; None if it has vanished.
pub(crate) fn judge_listed(judge: &Judge, listed: SetInfo) -> Option<Judgement> {
    match SetState::of(listed) {
        Ok(state) => Some(judge.judge(&state)),
        Err(error) if error.is_gone() => None,
        Err(error) => Some(Judgement::unreadable(error)),
    }
}

/// The same, but reads the header again; the state is None if it may not be read.
pub(crate) fn judge_again(judge: &Judge, semid: Semid) -> Option<(Option<SetState>, Judgement)> {
    match SetState::read(semid) {
        Ok(state) => {
            let judgement = judge.judge(&state);
            Some((Some(state), judgement))
        }
        Err(error) if error.is_gone() => None,
        Err(error) => Some((None, Judgement::unreadable(error))),
    }
}
