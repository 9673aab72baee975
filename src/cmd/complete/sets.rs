//! Existing sets: their keys, semids, sizes and programs, and the processes that keep them.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::candidate::Candidate;
use super::line::Value;
use super::tally::tallied;
use super::users::account;
use crate::cmd::shared::command_of;
use crate::cmd::shared::selection::{account_names, all_sets};
use crate::judge::{self, Judgement, LazyJudge};
use crate::session::may_be_block;
use crate::system::Pid;
use crate::sysv::SetInfo;
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

/// The word for a set, the beginning of its description, and the set.
type Named = (String, String, SetInfo);

fn described(found: &[Named]) -> Vec<Candidate> {
    let names = account_names(&found.iter().map(|(_, _, set)| *set).collect::<Vec<_>>());
    let mut judging = LazyJudge::default();
    let mut verdict = |set: &SetInfo| {
        let is_few = found.len() <= MAX_JUDGED;
        let judgement = is_few.then(|| judge::judge_listed(judging.latest(), *set)).flatten();
        judgement.map(|judgement| format!(", {}", judgement.verdict)).unwrap_or_default()
    };
    let described = |(word, also, set): &Named| {
        let owner = account(&names, set.permissions.uid);
        let size = counted(set.nsems, "semaphore");
        Candidate::new(word, &format!("{also}, {owner}, {size}{}", verdict(set)))
    };
    found.iter().map(described).collect()
}

pub(super) fn sizes() -> Vec<Candidate> {
    let sizes = all_sets().unwrap_or_default().into_iter().map(|set| set.nsems);
    tallied(sizes).map(|(nsems, sets)| Candidate::new(&nsems, &sets)).collect()
}

pub(super) fn programs() -> Vec<Candidate> {
    let judgements = judgements(&mut LazyJudge::default()).into_iter();
    let programs = judgements.filter_map(|set| set.program).map(|program| program.in_one_word());
    tallied(programs).map(|(program, sets)| Candidate::new(&program, &sets)).collect()
}

/// The processes that keep sets, by pid and by name.
pub(super) fn keepers() -> Vec<Candidate> {
    let mut judging = LazyJudge::default();
    let judgements = judgements(&mut judging);
    let processes = judging.latest().processes();
    let name = |pid: &Pid| processes.get(*pid)?.name.as_printed();
    // A set that several processes with one name keep counts once.
    let names = |set: &Judgement| set.kept_by.iter().filter_map(name).collect::<BTreeSet<_>>();
    let pids = tallied(judgements.iter().flat_map(|set| set.kept_by.iter().copied()));
    let by_pid = pids.map(|(pid, sets)| {
        let command = command_of(pid, Some(processes)).map(|command| format!(": {command}"));
        Candidate::new(&pid, &format!("keeps {sets}{}", command.unwrap_or_default()))
    });
    let by_name = tallied(judgements.iter().flat_map(names))
        .map(|(name, sets)| Candidate::new(&name, &format!("processes that keep {sets}")));
    by_pid.chain(by_name).collect()
}

/// Of all sets, or as many as there is time for: those first that were used.
fn judgements(judging: &mut LazyJudge) -> Vec<Judgement> {
    let sets = all_sets().unwrap_or_default();
    let (judge, begin) = (judging.latest(), Instant::now());
    let (used, unused): (Vec<_>, Vec<_>) = sets.into_iter().partition(|set| set.otime.is_some());
    let in_time = used.into_iter().chain(unused).take_while(|_| begin.elapsed() < PATIENCE);
    in_time.filter_map(|set| judge::judge_listed(judge, set)).collect()
}
