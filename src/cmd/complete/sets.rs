//! Existing sets: their keys, semids, sizes and programs, and the processes that keep them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::candidate::Candidate;
use super::line::Value;
use crate::cmd::shared::command_of;
use crate::cmd::shared::selection::{account_names, all_sets};
use crate::judge::{self, Judgement, LazyJudge};
use crate::session::may_be_block;
use crate::system::accounts::AccountNames;
use crate::system::{Pid, Processes};
use crate::sysv::{SetInfo, Uid};
use crate::words::counted;

/// How many sets are described with their verdicts: thousands take too long for a key press.
const MAX_JUDGED: usize = 200;

/// How long sets are judged to find programs and processes.
const PATIENCE: Duration = Duration::from_millis(500);

/// Keys, in hexadecimal if that was begun.
pub(super) fn keys(value: &Value) -> Vec<Candidate> {
    let is_hex = value.typed.starts_with("0x");
    let words = |set: &SetInfo| {
        let (decimal, hex) = (set.key.to_string(), format!("{:x}", set.key));
        if is_hex { (hex, decimal) } else { (decimal, hex) }
    };
    listed(value, |set| (!set.is_private()).then(|| words(set)))
}

pub(super) fn semids(value: &Value) -> Vec<Candidate> {
    let key = |set: &SetInfo| {
        if set.is_private() { "no key".into() } else { format!("key {}", set.key) }
    };
    listed(value, |set| Some((set.semid.to_string(), key(set))))
}

/// The sets that `name` gives a word and the beginning of a description. Only blocks where
/// locks are meant.
fn listed(value: &Value, name: impl Fn(&SetInfo) -> Option<(String, String)>) -> Vec<Candidate> {
    let is_any = matches!(value.given.subcommand(), Some("status" | "remove"));
    let sets = all_sets().unwrap_or_default().into_iter();
    let named = sets.filter_map(|set| {
        let (word, also) = name(&set).filter(|_| is_any || may_be_block(&set))?;
        word.starts_with(&value.typed).then_some((word, also, set))
    });
    described(&named.collect::<Vec<_>>())
}

fn described(found: &[(String, String, SetInfo)]) -> Vec<Candidate> {
    let names = account_names(&found.iter().map(|(_, _, set)| *set).collect::<Vec<_>>());
    let mut judging = LazyJudge::default();
    let mut verdict = |set: &SetInfo| {
        let is_few = found.len() <= MAX_JUDGED;
        let judgement = is_few.then(|| judge::judge_listed(judging.latest(), *set)).flatten();
        judgement.map(|judgement| format!(", {}", judgement.verdict)).unwrap_or_default()
    };
    let described = |(word, also, set): &(String, String, SetInfo)| {
        let owner = account(&names, set.permissions.uid);
        let size = counted(set.nsems, "semaphore");
        Candidate::new(word, format!("{also}, {owner}, {size}{}", verdict(set)))
    };
    found.iter().map(described).collect()
}

/// The name of a user, else the number.
pub(super) fn account(names: &AccountNames, uid: Uid) -> String {
    names.user(uid).map_or_else(|| uid.to_string(), ToString::to_string)
}

pub(super) fn sizes() -> Vec<Candidate> {
    let sets = all_sets().unwrap_or_default();
    tally(sets.iter().map(|set| set.nsems))
        .map(|(nsems, sets)| Candidate::new(nsems, sets))
        .collect()
}

/// Each once, and how many sets it stands for.
pub(super) fn tally<T: Ord>(items: impl Iterator<Item = T>) -> impl Iterator<Item = (T, String)> {
    let mut numbers = BTreeMap::<T, usize>::new();
    items.for_each(|item| *numbers.entry(item).or_default() += 1);
    numbers.into_iter().map(|(item, number)| (item, counted(number, "set")))
}

pub(super) fn programs() -> Vec<Candidate> {
    let programs = judgements(&mut LazyJudge::default()).into_iter();
    let programs = programs.filter_map(|judgement| Some(judgement.program?.in_one_word()));
    tally(programs).map(|(program, sets)| Candidate::new(program, sets)).collect()
}

/// The processes that keep sets, by pid and by name.
pub(super) fn keepers() -> Vec<Candidate> {
    let mut judging = LazyJudge::default();
    let kept: Vec<_> = judgements(&mut judging).into_iter().map(|set| set.kept_by).collect();
    let processes = judging.latest().processes();
    let of_pid = |(pid, sets): (Pid, String)| {
        let command = command_of(pid, Some(processes)).map(|command| format!(": {command}"));
        Candidate::new(pid, format!("keeps {sets}{}", command.unwrap_or_default()))
    };
    let of_name = |(name, sets)| Candidate::new(name, format!("processes that keep {sets}"));
    let pids = tally(kept.iter().flatten().copied()).map(of_pid);
    pids.chain(tally(kept.iter().flat_map(|pids| names(pids, processes))).map(of_name)).collect()
}

/// The names of these processes, each once.
fn names(pids: &[Pid], processes: &Processes) -> BTreeSet<String> {
    let known = pids.iter().filter_map(|pid| processes.get(*pid));
    known.map(|process| process.name.to_string()).collect()
}

/// Of all sets, or as many as there is time for: those that were used or changed last.
fn judgements(judging: &mut LazyJudge) -> Vec<Judgement> {
    let mut sets = all_sets().unwrap_or_default();
    sets.sort_by_key(|set| Reverse(set.last_change()));
    let begin = Instant::now();
    let in_time = sets.into_iter().take_while(|_| begin.elapsed() < PATIENCE);
    in_time.filter_map(|set| judge::judge_listed(judging.latest(), set)).collect()
}
