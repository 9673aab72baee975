//! Sets that could be removed to make room: orphaned ones, and those that one program
//! keeps and may not need.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::application::application_key;
use super::capacity::Demand;
use super::fix::Fix;
use super::shell::ShellCommand;
use crate::judge::{self, Ignored, Judge, Judgement, LazyJudge, Verdict};
use crate::system::Pid;
use crate::sysv::{Limits, SetInfo, Uid, Usage};
use crate::words::counted;

/// How many sets and processes are named; the rest are counted.
const MAX_NAMED: usize = 5;

/// How many sets one program is expected to need; it may have leaked more than these.
const MAX_NEEDED: usize = 2;

/// Sets with the verdicts that `remove --orphaned` would reach.
pub(super) struct RemovableSets {
    sets: Vec<SetInfo>,
    orphaned: Vec<SetInfo>,
    kept: Vec<KeptSets>,
}

/// Sets that only these processes keep from being orphaned.
struct KeptSets {
    /// Whether the processes may use the sets, without being seen to.
    is_idle: bool,
    by: Vec<Pid>,
    names: String,
    sets: Vec<SetInfo>,
}

impl RemovableSets {
    /// Judges these sets, without the application's block, which `--orphaned` keeps.
    pub(super) fn among(sets: &[SetInfo]) -> Self {
        let (mut judging, application) = (LazyJudge::default(), application_key().ok());
        let by = judging.latest();
        let (mut orphaned, mut kept) = (Vec::new(), BTreeMap::<_, Vec<_>>::new());
        for row in sets.iter().filter(|row| Some(row.key) != application) {
            match judge::judge_listed(by, *row) {
                Some(Judgement { verdict: Verdict::Orphaned, .. }) => orphaned.push(*row),
                Some(Judgement { verdict, kept_by, .. }) if !kept_by.is_empty() => {
                    let is_idle = verdict == Verdict::Idle;
                    kept.entry((is_idle, kept_by)).or_default().push(*row);
                }
                _ => {}
            }
        }
        let kept =
            kept.into_iter().map(|((is_idle, pids), sets)| KeptSets::new(is_idle, pids, sets, by));
        let mut kept: Vec<_> = kept.collect();
        kept.sort_by_key(|kept| Reverse(kept.sets.len()));
        Self { sets: sets.to_vec(), orphaned, kept }
    }

    /// The orphaned sets in one line, and a line for each group of kept ones.
    pub(super) fn evidence(&self) -> Vec<String> {
        let kept = self.kept.iter().take(MAX_NAMED).map(KeptSets::evidence);
        of_orphaned(&self.orphaned).into_iter().chain(kept).collect()
    }

    /// The command that removes the fewest sets that are enough, as far as this user may
    /// remove them.
    pub(super) fn fix(&self, limits: Limits, demand: Demand) -> Option<Fix> {
        let private: Vec<_> =
            self.orphaned.iter().filter(|row| row.is_private()).copied().collect();
        let used = Usage::of(&self.sets);
        let is_enough = |sets: &[SetInfo]| demand.after(freed(sets)).fits(limits, used);
        if is_enough(&private) {
            return Some(remove(&["--private"]).arg("--yes").into());
        }
        if is_enough(&self.orphaned) {
            return Some(remove(&[]).arg("--yes").into());
        }
        self.ignoring(is_enough)
    }

    /// The command that also removes sets that processes keep.
    fn ignoring(&self, is_enough: impl Fn(&[SetInfo]) -> bool) -> Option<Fix> {
        let kept = self.kept.iter().find(|kept| kept.may_be_leaked())?;
        let all = [&self.orphaned[..], &kept.sets].concat();
        if !is_enough(&all) {
            return None;
        }
        // Without these processes, the sets may be kept by others, or further sets that
        // they kept may be orphaned.
        let ignored: Vec<_> = kept.by.iter().copied().map(Ignored::Pid).collect();
        let mut judging = LazyJudge::new(&ignored, None);
        let (by, application) = (judging.latest(), application_key().ok());
        let is_orphaned = |row: &&SetInfo| {
            let judged = judge::judge_listed(by, **row);
            let verdict = judged.map(|judged| judged.verdict);
            verdict == Some(Verdict::Orphaned) && Some(row.key) != application
        };
        let removed: Vec<_> = self.sets.iter().filter(is_orphaned).copied().collect();
        let pids: Vec<_> = kept.by.iter().map(ToString::to_string).collect();
        let ignore: Vec<_> = pids.iter().flat_map(|pid| ["--ignore", pid]).collect();
        // If further sets would be removed, remove shows them before it asks.
        let is_all = removed.iter().filter(|row| is_ours(row)).all(|row| all.contains(row));
        let remove = remove(&ignore).args(is_all.then_some("--yes"));
        is_enough(&removed).then(|| Fix::from(remove).note(kept.condition()))
    }
}

impl KeptSets {
    fn new(is_idle: bool, by: Vec<Pid>, sets: Vec<SetInfo>, judge: &Judge) -> Self {
        let called = |pid: &Pid| match judge.processes().get(*pid) {
            Some(process) => format!("{pid} ({})", process.name),
            None => pid.to_string(),
        };
        let mut names: Vec<_> = by.iter().take(MAX_NAMED).map(called).collect();
        if by.len() > MAX_NAMED {
            names.push(format!("{} more", by.len() - MAX_NAMED));
        }
        let noun = if by.len() == 1 { "process" } else { "processes" };
        Self { is_idle, names: format!("{noun} {}", names.join(", ")), by, sets }
    }

    /// Whether the administrator should be asked if the processes need the sets.
    fn may_be_leaked(&self) -> bool {
        self.is_idle && self.sets.len() > MAX_NEEDED && self.by.len() <= MAX_NAMED
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

fn remove(options: &[&str]) -> ShellCommand {
    let user = Uid::own();
    let owner = (user != Uid::ROOT).then(|| ["--owner".into(), user.to_string()]);
    let remove = ShellCommand::semlock("remove").arg("--orphaned");
    remove.args(options.iter().copied()).args(owner.into_iter().flatten())
}

/// What becomes free when this user removes those of the sets that are theirs.
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
        orphaned.iter().take(MAX_NAMED).map(|row| format!("semid {}", row.semid)).collect();
    if orphaned.len() > MAX_NAMED {
        ids.push(format!("{} more", orphaned.len() - MAX_NAMED));
    }
    let (ids, semaphores) = (ids.join(", "), counted(semaphores, "semaphore"));
    (sets > 0).then(|| format!("orphaned, so not in use: {ids}; {semaphores} in all"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sysv::{Gid, Key, Permissions, Semid};

    fn sets(number: i32) -> Vec<SetInfo> {
        let (uid, gid) = (Uid::own(), Gid::new(0));
        let set = |semid| SetInfo {
            key: Key::PRIVATE,
            semid: Semid::new(semid),
            nsems: 3,
            permissions: Permissions { uid, gid, cuid: uid, cgid: gid, mode: 0o600 },
            otime: None,
            ctime: None,
        };
        (1..=number).map(set).collect()
    }

    fn kept(is_idle: bool, keepers: usize, number: i32) -> KeptSets {
        let by = (1..).filter_map(Pid::new).take(keepers).collect();
        let names = format!("process{} 1", if keepers == 1 { "" } else { "es" });
        KeptSets { is_idle, by, names, sets: sets(number) }
    }

    #[test]
    fn orphaned_sets_are_named_up_to_five() {
        assert_eq!(of_orphaned(&[]), None);
        assert_eq!(
            of_orphaned(&sets(1)).unwrap(),
            "orphaned, so not in use: semid 1; 3 semaphores in all"
        );
        let five = "orphaned, so not in use: semid 1, semid 2, semid 3, semid 4, semid 5";
        assert_eq!(of_orphaned(&sets(5)).unwrap(), format!("{five}; 15 semaphores in all"));
        assert_eq!(of_orphaned(&sets(7)).unwrap(), format!("{five}, 2 more; 21 semaphores in all"));
    }

    #[test]
    fn sets_that_processes_keep_are_said_to_be_used_or_perhaps_used() {
        for (kept, evidence, condition) in [
            (
                kept(true, 1, 1),
                "process 1 may use 1 set with 3 semaphores",
                "if process 1 has nothing to do with these 1 set with 3 semaphores",
            ),
            (
                kept(false, 1, 2),
                "process 1 uses 2 sets with 6 semaphores",
                "if process 1 has nothing to do with these 2 sets with 6 semaphores",
            ),
            (
                kept(false, 2, 2),
                "processes 1 use 2 sets with 6 semaphores",
                "if processes 1 have nothing to do with these 2 sets with 6 semaphores",
            ),
        ] {
            assert_eq!((&*kept.evidence(), &*kept.condition()), (evidence, condition));
        }
    }

    #[test]
    fn few_processes_that_only_may_use_more_sets_than_they_need_may_have_leaked_them() {
        for (kept, may_be) in [
            (kept(true, 5, 3), true),
            (kept(true, 5, 2), false),
            (kept(true, 6, 3), false),
            (kept(false, 1, 3), false),
        ] {
            assert_eq!(kept.may_be_leaked(), may_be);
        }
    }

    #[test]
    fn only_as_many_sets_are_removed_as_make_room() {
        let mut orphaned = sets(3);
        orphaned[0].key = Key::new(5);
        let removable = RemovableSets { sets: sets(4), orphaned, kept: Vec::new() };
        let fix = |semmni| {
            let limits = Limits { semmsl: 9, semmns: 99, semopm: 9, semmni };
            let demand = Demand { sets: 1, nsems: 1, operations: 1, ..Demand::default() };
            removable.fix(limits, demand).map(|fix| fix.to_string())
        };
        let owner = if Uid::own() == Uid::ROOT {
            String::new()
        } else {
            format!(" --owner {}", Uid::own())
        };
        let private = format!("semlock remove --orphaned --private{owner} --yes");
        assert_eq!(fix(3), Some(private));
        assert_eq!(fix(2), Some(format!("semlock remove --orphaned{owner} --yes")));
        assert_eq!(fix(1), None);
    }

    #[test]
    fn sets_that_no_process_keeps_are_not_said_to_be_kept() {
        crate::sysv::own_table::enter();
        crate::sysv::Set::create_private(1, 0o600).unwrap();
        let sets = crate::sysv::all_sets().unwrap();
        let removable = RemovableSets::among(&sets);
        assert!(removable.kept.iter().all(|kept| !kept.by.is_empty()));
        assert_eq!((removable.sets.len(), removable.orphaned.len()), (1, 0), "it is new");
    }
}
