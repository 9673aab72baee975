//! What follows from the state of a set and the processes that there are.
//!
//! Only `lazy`, `survey` and `inspect` ask the system for anything, and `access`, `means`
//! and `knowledge` look into processes through the survey that they are given: the same
//! input gives the same answer, in the same words.
//!
//! The kernel does not say which processes use a set. So a verdict is an inference. It is
//! always shown with its evidence, and it errs on the side of keeping the set.

mod access;
mod ancestors;
mod block;
mod deadlock;
mod graph;
mod holders;
mod inspect;
mod judgement;
mod knowledge;
mod last_use;
mod lazy;
mod means;
mod options;
mod program;
mod rule;
mod rules;
mod slot;
mod survey;
#[cfg(test)]
mod tests;
mod to_end;
mod users;
mod verdict;
mod waiters;

pub(crate) use block::BlockUse;
pub(crate) use deadlock::{Cycle, WaitReason};
pub(crate) use graph::is_semlock;
pub(crate) use holders::SlotHolder;
pub(crate) use inspect::{Look, inspect, inspect_among};
pub(crate) use judgement::Judgement;
pub(crate) use lazy::{LazyJudge, ignored, is_gone, judge, judge_now};
pub(crate) use options::{Ignored, JudgeOptions, MIN_AGE};
pub(crate) use rule::Rule;
pub(crate) use rules::{Judge, ON_THE_HOST, is_recent};
pub(crate) use slot::{Liveness, SlotUse};
pub(crate) use survey::{Survey, SurveyedProcesses, holders};
pub(crate) use to_end::{likely_first, process_to_end};
pub(crate) use users::callers;
pub(crate) use verdict::Verdict;
pub(crate) use waiters::SlotWaiter;
