//! What is concluded from the state of a set and the processes that there are.
//!
//! Nothing here asks the system for anything but through the survey of processes
//! that it is given: the same input gives the same answer, in the same words.
//!
//! The kernel does not say which processes use a set. So a verdict is an
//! inference. It is always shown with its evidence, and where it is wrong, it is
//! wrong on the side of keeping the set.

mod block;
mod deadlock;
mod ending;
mod graph;
mod holders;
mod judging;
mod means;
mod program;
mod reach;
mod rule;
#[cfg(test)]
mod tests;
mod users;
mod verdict;
mod waiters;

pub(crate) use block::{Inspection, Life, Seen, life};
pub(crate) use deadlock::{Cycle, Tie};
pub(crate) use ending::{likely_first, to_end};
pub(crate) use graph::{Elsewhere, Sight, is_semlock};
pub(crate) use holders::{Holding, Proven};
pub(crate) use judging::{Judging, ignored, is_gone, judge, judge_now};
pub(crate) use rule::Rule;
pub(crate) use users::{Ignored, callers};
pub(crate) use verdict::{
    Judge, Judgement, ON_THE_HOST, Query, RECENT, Verdict, is_locked, is_recent,
};
pub(crate) use waiters::{Waiting, waiters};
