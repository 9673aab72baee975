//! What is concluded from the state of a set and the processes that there are.
//!
//! Nothing here asks the system for anything but through the survey of processes
//! that it is given: the same input gives the same answer, in the same words.
//!
//! The kernel does not say which processes use a set. So a verdict is an
//! inference. It is always shown with its evidence, and where it is wrong, it is
//! wrong on the side of keeping the set.

mod access;
mod block;
mod deadlock;
mod ending;
mod graph;
mod holders;
mod judging;
mod means;
mod program;
mod rule;
#[cfg(test)]
mod tests;
mod users;
mod verdict;
mod waiters;

pub(crate) use block::{BlockUse, Liveness, SlotUse, liveness};
pub(crate) use deadlock::{Cycle, WaitReason};
pub(crate) use ending::{likely_first, process_to_end};
pub(crate) use graph::{AwaitedSlot, Observer, is_semlock};
pub(crate) use holders::{LockClaims, SlotHolder};
pub(crate) use judging::{LazyJudge, ignored, is_gone, judge, judge_now};
pub(crate) use rule::Rule;
pub(crate) use users::{Ignored, callers};
pub(crate) use verdict::{
    Judge, JudgeOptions, Judgement, MIN_AGE, ON_THE_HOST, Verdict, is_locked, is_recent,
};
pub(crate) use waiters::{SlotWaiter, waiters};
