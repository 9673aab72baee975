//! What follows from the state of a set and the processes that there are.
//!
//! `lazy_judge` and `survey` take surveys, look up single processes and read sets, and
//! `inspect` looks again until it can confirm a deadlock. Everything else judges what it is
//! given, this process and the time included: the same input gives the same answer, in the
//! same words. But a survey does not read everything at once. Where a rule asks for the code
//! of a process, its executable, or whether a pid that is not in the survey exists, the
//! survey reads that then, and keeps the code and the executable.
//!
//! The kernel does not say which processes use a set. So a verdict is an inference. It is
//! always shown with its evidence, and it errs on the side of keeping the set.

mod access;
mod ancestors;
mod block;
mod deadlock;
mod inspect;
mod judgement;
mod knowledge;
mod last_use;
mod lazy_judge;
mod means;
mod options;
mod process_to_end;
mod program;
mod rule;
mod rules;
mod slot;
mod slot_holders;
mod survey;
#[cfg(test)]
mod tests;
mod users;
mod verdict;
mod wait_graph;
mod waiters;

pub(crate) use block::BlockUse;
pub(crate) use deadlock::is_semlock;
pub(crate) use inspect::{Look, inspect, inspect_among};
pub(crate) use judgement::Judgement;
pub(crate) use lazy_judge::{LazyJudge, is_gone, judge_again, judge_listed};
pub(crate) use options::{Ignored, JudgeOptions, MIN_AGE};
pub(crate) use process_to_end::{likely_first, process_to_end};
pub(crate) use rule::Rule;
pub(crate) use rules::{Judge, ON_THE_HOST, is_recent};
pub(crate) use slot::{Liveness, SlotUse};
pub(crate) use slot_holders::SlotHolder;
pub(crate) use survey::{Survey, SurveyedProcesses, holders};
pub(crate) use users::callers;
pub(crate) use verdict::Verdict;
pub(crate) use wait_graph::{Cycle, WaitReason};
pub(crate) use waiters::SlotWaiter;
