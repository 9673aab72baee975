//! Looks at every set for `semlock status --all`.

mod report;
mod streamed;

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::thread;

use anyhow::Result;
use nix::errno::Errno;

use super::all_blocks::BlockFindings;
use super::findings::{ListedSet, Scope};
use super::gaps::Gaps;
use crate::cli::{SortBy, StatusArgs, StatusFormat};
use crate::cmd::shared::selection::{Selection, account_ids, all_sets, signed};
use crate::cmd::shared::{self, namespace_name, namespaces};
use crate::failure::Failure;
use crate::judge::{self, Judgement, LazyJudge, Survey};
use crate::session::may_be_block;
use crate::system::accounts::AccountNames;
use crate::system::{self, Entry, Pid};
use crate::sysv::{self, Key, Limits, Namespace, SetInfo, Usage};
use crate::view::{LimitsReport, NamespaceReport, SetColumn, SetsReport};

pub(super) use streamed::{is_streamed, write};

/// Columns that only a set with a verdict has.
const JUDGED: [SetColumn; 6] = [
    SetColumn::Sempid,
    SetColumn::Waiting,
    SetColumn::Program,
    SetColumn::Verdict,
    SetColumn::KeptBy,
    SetColumn::Evidence,
];

/// What can be seen of every set, and what cannot.
pub(super) fn look(args: &StatusArgs) -> Result<(SetsReport, Gaps)> {
    let mut look = Look::new(args)?;
    let here = look.own_namespace();
    let limits = look.here(here.as_deref(), None)?;
    let elsewhere = || look.elsewhere(here.as_deref(), limits);
    let namespaces = args.all_namespaces.then(elsewhere).transpose()?;
    Ok(look.report(limits, here.as_deref(), namespaces))
}

/// Whether each set is shown with the namespace that it is in.
fn names_namespace(args: &StatusArgs) -> bool {
    args.all_namespaces || shows_any(args, &[SetColumn::IpcNamespace])
}

/// Whether one of these columns was chosen.
fn shows_any(args: &StatusArgs, columns: &[SetColumn]) -> bool {
    args.columns.iter().filter_map(|chosen| chosen.set).any(|set| columns.contains(&set))
}

/// Whether anything depends on the verdicts: a verdict takes longer than a listing.
fn judges(args: &StatusArgs, selection: &Selection) -> bool {
    args.columns.is_empty()
        || shows_any(args, &JUDGED)
        || selection.needs_judgement()
        || args.format != StatusFormat::Table
        || args.check
        || args.sort == Some(SortBy::Verdict)
}

struct Look<'a> {
    args: &'a StatusArgs,
    selection: Selection,
    judges: bool,
    /// The key of the application's block.
    application: Key,
    judging: LazyJudge,
    /// The sets asked for. Those that were shown have no evidence any more.
    found: Vec<ListedSet>,
    all: Vec<SetInfo>,
    /// Of the users and groups of all sets.
    names: AccountNames,
    blocks: BlockFindings,
    /// What could not be looked at, as sentences.
    unseen: BTreeSet<String>,
    /// How many sets processes outside of this container may use.
    used_outside: usize,
}

impl<'a> Look<'a> {
    fn new(args: &'a StatusArgs) -> Result<Self> {
        let selection = Selection::shown(args)?;
        Ok(Self {
            args,
            judges: judges(args, &selection),
            selection,
            application: shared::key(None)?,
            judging: LazyJudge::new(&[], args.idle.map(signed)),
            found: Vec::new(),
            all: Vec::new(),
            names: AccountNames::default(),
            blocks: BlockFindings::default(),
            unseen: BTreeSet::new(),
            used_outside: 0,
        })
    }

    /// The name of this process's namespace, if it is shown; None, with a note, if it cannot
    /// be read.
    fn own_namespace(&mut self) -> Option<String> {
        if !names_namespace(self.args) || !Namespace::EXIST {
            return None;
        }
        let unread = |errno| format!("this process's IPC namespace cannot be read ({errno:?})");
        let inode = Entry::of(system::ipc_namespace()).result();
        inode.map_err(|errno| self.unseen.insert(unread(errno))).ok().map(namespace_name)
    }

    /// Looks at the sets of the namespace that this thread is in. Commands for another
    /// one than this process's name the process that is `inside`.
    fn here(&mut self, namespace: Option<&str>, inside: Option<Pid>) -> Result<LimitsReport> {
        let (limits, rows) = self.list()?;
        let first = self.found.len();
        for row in rows {
            let judged = self.judged(row, namespace);
            self.found.extend(judged);
        }
        self.look_into_blocks(first, inside);
        Ok(limits)
    }

    /// The limits, and those of the sets that may be asked for, in order.
    fn list(&mut self) -> Result<(LimitsReport, Vec<SetInfo>)> {
        let mut rows = all_sets()?;
        let limits = LimitsReport::of(self.limits(), Usage::of(&rows));
        self.all.extend(&rows);
        self.look_up_names();
        rows.retain(|row| self.selection.matches(row));
        sort(&mut rows, self.order());
        Ok((limits, rows))
    }

    fn order(&self) -> SortBy {
        self.args.sort.unwrap_or(SortBy::Semid)
    }

    /// The set with its verdict; None if it has vanished, or is not asked for.
    fn judged(&mut self, row: SetInfo, namespace: Option<&str>) -> Option<ListedSet> {
        let judgement =
            if self.judges { Some(judge::judge_listed(self.judging.latest(), row)?) } else { None };
        self.asked_for(row, judgement, namespace)
    }

    /// The same by a recent survey, and by the header as it is now.
    fn judged_again(&mut self, row: SetInfo, namespace: Option<&str>) -> Option<ListedSet> {
        let (state, judgement) = judge::judge_again(self.judging.fresh(), row.semid)?;
        let row = state.map_or(row, |state| state.info);
        self.asked_for(row, Some(judgement), namespace)
    }

    /// None if sets with another verdict are asked for.
    fn asked_for(
        &self,
        row: SetInfo,
        judgement: Option<Judgement>,
        namespace: Option<&str>,
    ) -> Option<ListedSet> {
        let matches = |judgement| self.selection.matches_judgement(judgement);
        let is_asked_for = judgement.as_ref().is_none_or(matches);
        let (namespace, judgement) = (namespace.map(Into::into), judgement.map(Box::new));
        is_asked_for.then_some(ListedSet { namespace, row, judgement })
    }

    /// The limits here; None, with a note, if they cannot be read.
    fn limits(&mut self) -> Option<Limits> {
        let unread = |error| format!("the limits on semaphores cannot be read: {error}");
        sysv::limits().map_err(|error| self.unseen.insert(unread(error))).ok()
    }

    fn look_up_names(&mut self) {
        let (uids, gids) = account_ids(&self.all);
        let shows_groups = self.args.format == StatusFormat::Json
            || shows_any(self.args, &[SetColumn::Group, SetColumn::Cgroup]);
        self.names = AccountNames::of(&uids, if shows_groups { &gids } else { &[] });
    }

    /// Looks into the blocks among the sets from `first` on, by one survey.
    fn look_into_blocks(&mut self, first: usize, inside: Option<Pid>) {
        let found = self.found[first..].iter();
        let judged = found.filter_map(|found| Some((&found.row, found.judgement.as_ref()?)));
        let readable = judged.filter_map(|(row, judgement)| match judgement.refused {
            Some(error) => {
                self.blocks.gaps.unread.push((*row, error));
                None
            }
            None => may_be_block(row).then_some(row),
        });
        let readable: Vec<_> = readable.collect();
        if readable.is_empty() {
            return;
        }
        let shared = Survey::of(self.judging.latest().processes());
        let scope = Scope { long_wait: self.args.waiting, inside };
        for row in readable {
            self.blocks.look_into(row, &shared, &self.names, scope);
        }
    }

    /// Looks into every other namespace that a process is seen in, unless this process's own
    /// could be one of them. A thread of its own does that: a process that may enter a
    /// namespace may not always leave it.
    fn elsewhere(&mut self, here: Option<&str>, own: LimitsReport) -> Result<Vec<NamespaceReport>> {
        let look = || {
            let mut found = Vec::new();
            let incomplete = self.judging.latest().processes().incomplete.as_ref();
            let others = incomplete.map(|why| format!("there may be other IPC namespaces: {why}"));
            self.unseen.extend(others);
            for (name, pid, command) in namespaces(self.judging.latest().processes()) {
                let limits = match here {
                    None => None,
                    Some(here) if here == name => Some(own),
                    Some(_) => self.inside(pid, &name)?,
                };
                found.push(NamespaceReport { ipc_namespace: name, pid, command, limits });
            }
            Ok(found)
        };
        thread::scope(|scope| {
            let looked = thread::Builder::new().spawn_scoped(scope, look).map_err(|error| {
                Failure::io("start a thread to enter other namespaces with", &error)
            })?;
            looked.join().expect("a panic ends the process")
        })
    }

    /// None if the namespace has vanished, or may not be entered. Other errors are noted.
    fn inside(&mut self, pid: Pid, name: &str) -> Result<Option<LimitsReport>> {
        let enter = || {
            Namespace::of_process(pid.raw())?.enter()?;
            system::ipc_namespace()
        };
        match Entry::of(enter()) {
            Entry::Is(inode) if namespace_name(inode) == name => {
                self.judging.moved();
                self.here(Some(name), Some(pid)).map(Some)
            }
            // Another process has the pid by now.
            Entry::Is(_) | Entry::Gone | Entry::Unreadable(Errno::EACCES | Errno::EPERM) => {
                Ok(None)
            }
            Entry::Unreadable(errno) => {
                self.unseen.insert(format!("{name} cannot be entered ({errno:?})"));
                Ok(None)
            }
        }
    }
}

/// Sorts the sets by what their headers say.
fn sort(rows: &mut [SetInfo], by: SortBy) {
    match by {
        SortBy::Semid => rows.sort_by_key(|row| row.semid),
        SortBy::Key => rows.sort_by_key(|row| row.key.raw()),
        SortBy::Nsems => rows.sort_by_key(|row| Reverse(row.nsems)),
        SortBy::Uid => rows.sort_by_key(|row| row.permissions.uid),
        SortBy::Otime => rows.sort_by_key(|row| Reverse(row.otime)),
        SortBy::Ctime => rows.sort_by_key(|row| Reverse(row.ctime)),
        SortBy::Verdict => {}
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::sysv::{Gid, Permissions, Semid, Uid};

    fn args(line: &str) -> StatusArgs {
        StatusArgs::of(&format!("--all {line}"))
    }

    #[test]
    fn sets_are_judged_only_where_the_answer_depends_on_it() {
        for (line, judges) in [
            ("", true),
            ("--columns semid,key", false),
            ("--columns semid,verdict", true),
            ("--columns semid --check", true),
            ("--columns semid --sort verdict", true),
            ("--columns semid --sort key", false),
            ("--columns semid --verdict idle", true),
            ("--columns semid --program x", true),
            ("--format json", true),
        ] {
            let args = args(line);
            let selection = Selection::shown(&args).unwrap();
            assert_eq!(super::judges(&args, &selection), judges, "{line}");
        }
        assert!(names_namespace(&args("--all-namespaces")));
        assert!(names_namespace(&args("--columns semid,ipc_namespace")));
        assert!(!names_namespace(&args("--columns semid")));
        assert!(!names_namespace(&args("")));
    }

    #[test]
    fn sets_are_sorted_by_what_is_wanted() {
        let row = |semid, key, nsems, uid, otime, ctime| {
            let (uid, gid) = (Uid::new(uid), Gid::new(0));
            let time = |second| Timestamp::from_second(second).ok();
            SetInfo {
                key: Key::new(key),
                semid: Semid::new(semid),
                nsems,
                permissions: Permissions { uid, gid, cuid: uid, cgid: gid, mode: 0 },
                otime: time(otime),
                ctime: time(ctime),
            }
        };
        for (by, order) in [
            (SortBy::Semid, [1, 2, 3]),
            (SortBy::Key, [2, 3, 1]),
            (SortBy::Nsems, [3, 1, 2]),
            (SortBy::Uid, [3, 2, 1]),
            (SortBy::Otime, [1, 3, 2]),
            (SortBy::Ctime, [2, 1, 3]),
            (SortBy::Verdict, [2, 3, 1]),
        ] {
            let mut rows =
                [row(2, 1, 1, 6, 10, 30), row(3, 2, 3, 5, 20, 10), row(1, 3, 2, 7, 30, 20)];
            sort(&mut rows, by);
            assert_eq!(rows.map(|row| row.semid.raw()), order, "{by:?}");
        }
        assert_eq!(Look::new(&args("")).unwrap().order(), SortBy::Semid);
        assert_eq!(Look::new(&args("--sort key")).unwrap().order(), SortBy::Key);
    }
}
