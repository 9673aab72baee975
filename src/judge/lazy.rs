//! The processes that sets are judged by, looked at when they are needed: the one
//! part of this layer that asks the system.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use jiff::SignedDuration;

use super::{Ignored, Judge, JudgeOptions, Judgement, MIN_AGE};
use crate::holder::Holders;
use crate::system::{self, Entry, Pid, Processes};
use crate::sysv::{Semid, Set, SetInfo, SetState, Uid};

/// How sets are to be judged, and the latest survey of the processes.
#[derive(Debug, Default)]
pub(crate) struct LazyJudge {
    ignored: Vec<Ignored>,
    recent: Option<SignedDuration>,
    judge: Option<Judge>,
}

impl LazyJudge {
    /// Without the processes that an administrator ignores; what was changed or used
    /// less than `idle` ago is kept, or a shorter time of its own choice.
    pub(crate) fn new(ignored: &[Ignored], idle: Option<SignedDuration>) -> Self {
        Self { ignored: ignored.to_vec(), recent: idle, judge: None }
    }

    /// Goes on in the IPC namespace that this thread has gone to.
    pub(crate) fn moved(&mut self) {
        let Some(judge) = self.judge.take() else { return };
        let holders = Holders::among(judge.processes());
        self.judge = Some(judge.in_namespace(system::ipc_namespace().ok(), holders));
    }

    /// A judge whose survey may be as old as this run.
    pub(crate) fn judge(&mut self) -> &Judge {
        let judge = self.judge.take().unwrap_or_else(|| survey(self.options()));
        self.judge.insert(judge)
    }

    /// A judge by whom something may be removed.
    pub(crate) fn fresh(&mut self) -> &Judge {
        self.judge = self.judge.take().filter(Judge::is_fresh);
        self.judge()
    }

    fn options(&self) -> JudgeOptions {
        JudgeOptions {
            here: system::ipc_namespace().ok(),
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

/// Whether the process has ended that a semaphore of the set names, without a survey of
/// all. What could not be read is no proof of it.
pub(crate) fn is_gone(pid: i32, set: Set) -> bool {
    // Read after the pid: who started and came in since the last change before is not gone.
    let (Some(pid), Ok(info)) = (Pid::new(pid), set.info()) else { return false };
    match (system::process(pid), info.last_change()) {
        (Entry::Is(process), Some(last)) => !process.may_precede(last),
        (Entry::Is(_), None) | (Entry::Unreadable(_), _) => false,
        (Entry::Gone, _) => system::has_ended(pid),
    }
}

/// What is thought of a set that was listed a moment ago; None if there is none any more.
pub(crate) fn judge(judge: &Judge, listed: SetInfo) -> Option<Judgement> {
    match SetState::of(listed) {
        Ok(state) => Some(judge.judge(&state)),
        Err(error) if error.is_gone() => None,
        Err(error) => Some(Judgement::unreadable(error)),
    }
}

/// The same of a set as it is now, its header included, and what that is.
pub(crate) fn judge_now(judge: &Judge, semid: Semid) -> Option<(Option<SetState>, Judgement)> {
    match SetState::read(semid) {
        Ok(state) => {
            let judgement = judge.judge(&state);
            Some((Some(state), judgement))
        }
        Err(error) if error.is_gone() => None,
        Err(error) => Some((None, Judgement::unreadable(error))),
    }
}

/// `--ignore`: a number is a pid, anything else a name.
pub(crate) fn ignored(words: &[impl AsRef<OsStr>]) -> Vec<Ignored> {
    let one = |word: &OsStr| {
        let pid = word.to_str().and_then(|text| text.parse().ok()).and_then(Pid::new);
        pid.map_or_else(|| Ignored::Name(word.as_bytes().to_vec()), Ignored::Pid)
    };
    words.iter().map(|word| one(word.as_ref())).collect()
}
