//! Sets that could go where there is no room for another: those that no living
//! process can be using, and those that only one program keeps.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::env;

use super::Fix;
use super::limits::Need;
use super::shell::ShellCommand;
use crate::judge::{self, Judge, Judgement, LazyJudge, Verdict};
use crate::session::DEFAULT_KEY;
use crate::system::Pid;
use crate::sysv::{Key, Limits, SetInfo, Uid, Usage};
use crate::words::counted;

/// How many sets are named, and how many keepers; the rest are counted.
const NAMED: usize = 5;

/// So many sets that one program keeps are more than it can be expected to need.
const MANY: usize = 3;

/// What is thought of every set, as `remove --orphaned` would.
pub(super) struct Leftovers {
    rows: Vec<SetInfo>,
    orphaned: Vec<SetInfo>,
    kept: Vec<Kept>,
}

/// Sets that the same processes keep, and nothing else.
struct Kept {
    /// Whether they only might use them.
    is_idle: bool,
    by: Vec<Pid>,
    names: String,
    sets: Vec<SetInfo>,
}

/// What more sets must have room in.
#[derive(Clone, Copy)]
pub(super) struct Room {
    pub used: Usage,
    pub limits: Limits,
    pub need: Need,
}

impl Room {
    fn is_enough_after(&self, freed: Usage) -> bool {
        let Self { used, limits, need } = self;
        let sets = used.sets.saturating_sub(freed.sets).saturating_add(need.sets);
        let left = used.semaphores.saturating_sub(freed.semaphores);
        let semaphores = left.saturating_add(need.semaphores());
        let fits = need.nsems <= limits.semmsl && semaphores <= limits.semmns;
        fits && sets <= limits.semmni
    }
}

impl Leftovers {
    /// Judges these sets, without the application's block, which `--orphaned` keeps.
    pub(super) fn among(rows: &[SetInfo]) -> Self {
        let (mut judging, application) = (LazyJudge::default(), application());
        let by = judging.judge();
        let (mut orphaned, mut kept) = (Vec::new(), BTreeMap::<_, Vec<_>>::new());
        for row in rows.iter().filter(|row| Some(row.key) != application) {
            match judge::judge(by, *row) {
                Some(Judgement { verdict: Verdict::Orphaned, .. }) => orphaned.push(*row),
                Some(Judgement { verdict, kept_by, .. }) if !kept_by.is_empty() => {
                    let is_idle = verdict == Verdict::Idle;
                    kept.entry((is_idle, kept_by)).or_default().push(*row);
                }
                _ => {}
            }
        }
        let kept =
            kept.into_iter().map(|((is_idle, pids), sets)| Kept::new(is_idle, pids, sets, by));
        let mut kept: Vec<_> = kept.collect();
        kept.sort_by_key(|kept| Reverse(kept.sets.len()));
        Self { rows: rows.to_vec(), orphaned, kept }
    }

    /// Which sets are orphaned and what they take up, and which processes keep others:
    /// a line each, of which there is none for nothing.
    pub(super) fn evidence(&self) -> Vec<String> {
        let kept = self.kept.iter().take(NAMED).map(Kept::evidence);
        of_orphaned(&self.orphaned).into_iter().chain(kept).collect()
    }

    /// The command that makes room by removing what this user may remove, the least
    /// that is enough; none if nothing is.
    pub(super) fn fix(&self, room: Room) -> Option<Fix> {
        let private: Vec<_> =
            self.orphaned.iter().filter(|row| row.is_private()).copied().collect();
        if room.is_enough_after(freed(&private)) {
            return Some(remove(&["--private"]).arg("--yes").into());
        }
        if room.is_enough_after(freed(&self.orphaned)) {
            return Some(remove(&[]).arg("--yes").into());
        }
        self.ignoring(room)
    }

    /// The same where sets must go, too, that processes keep.
    fn ignoring(&self, room: Room) -> Option<Fix> {
        let kept = self.kept.iter().find(|kept| kept.is_doubtful())?;
        let all = [&self.orphaned[..], &kept.sets].concat();
        if !room.is_enough_after(freed(&all)) {
            return None;
        }
        // Once these are left out of account, another process may show up, or sets go
        // that they keep beside others.
        let pids: Vec<_> = kept.by.iter().map(ToString::to_string).collect();
        let mut judging = LazyJudge::new(&judge::ignored(&pids), None);
        let (by, application) = (judging.judge(), application());
        let goes = |row: &&SetInfo| {
            let judged = judge::judge(by, **row);
            let is_orphaned = judged.is_some_and(|judged| judged.verdict == Verdict::Orphaned);
            is_orphaned && Some(row.key) != application
        };
        let goes: Vec<_> = self.rows.iter().filter(goes).copied().collect();
        let ignore: Vec<_> = pids.iter().flat_map(|pid| ["--ignore", pid]).collect();
        // What goes besides is shown by the question.
        let is_all = goes.iter().filter(|row| is_ours(row)).all(|row| all.contains(row));
        let remove = remove(&ignore).args(is_all.then_some("--yes"));
        room.is_enough_after(freed(&goes)).then(|| Fix::from(remove).note(kept.condition()))
    }
}

impl Kept {
    fn new(is_idle: bool, by: Vec<Pid>, sets: Vec<SetInfo>, judge: &Judge) -> Self {
        let called = |pid: &Pid| match judge.processes().get(*pid) {
            Some(process) => format!("{pid} ({})", process.name),
            None => pid.to_string(),
        };
        let mut names: Vec<_> = by.iter().take(NAMED).map(called).collect();
        if by.len() > NAMED {
            names.push(format!("{} more", by.len() - NAMED));
        }
        let noun = if by.len() == 1 { "process" } else { "processes" };
        Self { is_idle, names: format!("{noun} {}", names.join(", ")), by, sets }
    }

    /// Whether it is worth asking if these processes have to do with the sets.
    fn is_doubtful(&self) -> bool {
        self.is_idle && self.sets.len() >= MANY && self.by.len() <= NAMED
    }

    fn evidence(&self) -> String {
        let verb = match (self.is_idle, self.by.len()) {
            (true, _) => "may use",
            (false, 1) => "uses",
            (false, _) => "use",
        };
        format!("{} {verb} {}", self.names, sets_of(&self.sets))
    }

    fn condition(&self) -> String {
        let verb = if self.by.len() == 1 { "has" } else { "have" };
        format!("if {} {verb} nothing to do with these {}", self.names, sets_of(&self.sets))
    }
}

/// The key of the application's block; None if what says so is no key.
fn application() -> Option<Key> {
    match env::var_os("SEMLOCK_KEY").filter(|text| !text.is_empty()) {
        Some(text) => Key::parse(text.to_str()?),
        None => Some(DEFAULT_KEY),
    }
}

fn remove(options: &[&str]) -> ShellCommand {
    let user = Uid::own();
    let owner = (user != Uid::ROOT).then(|| ["--owner".into(), user.to_string()]);
    let remove = ShellCommand::semlock("remove").arg("--orphaned");
    remove.args(options.iter().copied()).args(owner.into_iter().flatten())
}

/// What is free again when those are gone that this user may remove.
fn freed(sets: &[SetInfo]) -> Usage {
    Usage::of(sets.iter().filter(|row| is_ours(row)))
}

fn is_ours(row: &SetInfo) -> bool {
    [Uid::ROOT, row.permissions.uid].contains(&Uid::own())
}

/// "2 sets with 6 semaphores"
fn sets_of(sets: &[SetInfo]) -> String {
    let Usage { sets, semaphores } = Usage::of(sets);
    format!("{} with {}", counted(sets, "set"), counted(semaphores, "semaphore"))
}

fn of_orphaned(orphaned: &[SetInfo]) -> Option<String> {
    let Usage { sets, semaphores } = Usage::of(orphaned);
    let mut ids: Vec<_> =
        orphaned.iter().take(NAMED).map(|row| format!("semid {}", row.semid)).collect();
    if orphaned.len() > NAMED {
        ids.push(format!("{} more", orphaned.len() - NAMED));
    }
    let (ids, semaphores) = (ids.join(", "), counted(semaphores, "semaphore"));
    (sets > 0).then(|| format!("orphaned, so in nobody's use: {ids}; {semaphores} in all"))
}
