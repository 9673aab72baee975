//! The selection of sets by `--owner`, `--idle` and similar options.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::time::Duration;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use crate::cli::{Many, StatusArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::judge::{Judgement, Verdict};
use crate::system::accounts::{self, AccountNames};
use crate::sysv::{self, Gid, Key, REMEDIES, Semid, SetInfo, Uid};

/// What a set must be like. None and empty lists select every set.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    pub owner: Option<Uid>,
    pub creator: Option<Uid>,
    pub untouched_since: Option<Timestamp>,
    pub nsems: Option<u32>,
    pub private: bool,
    pub program: Option<String>,
    pub verdicts: Vec<Verdict>,
    /// If there are any keys or semids, only sets with one of them.
    pub keys: Vec<Key>,
    pub semids: Vec<Semid>,
}

impl Selection {
    pub(crate) fn of(many: &Many, idle: Option<Duration>) -> Result<Self> {
        Ok(Self {
            owner: user("--owner", many.owner.as_deref())?,
            creator: user("--creator", many.creator.as_deref())?,
            untouched_since: idle.map(ago),
            nsems: many.nsems,
            private: many.private,
            program: many.program.clone(),
            ..Self::default()
        })
    }

    /// What `status` is asked for.
    pub(crate) fn shown(args: &StatusArgs) -> Result<Self> {
        Ok(Self {
            verdicts: verdicts(args),
            keys: args.key.iter().copied().map(Key::new).collect(),
            semids: args.id.iter().copied().map(Semid::new).collect(),
            ..Self::of(&args.many, args.idle)?
        })
    }

    /// The sets of this namespace that match, in the kernel's order.
    pub(crate) fn sets(&self) -> Result<Vec<SetInfo>> {
        let mut rows = all_sets()?;
        rows.retain(|row| self.matches(row));
        Ok(rows)
    }

    /// Whether a set matches, except for what depends on a judgement.
    pub(crate) fn matches(&self, row: &SetInfo) -> bool {
        let last = row.last_change();
        self.owner.is_none_or(|uid| row.permissions.uid == uid)
            && self.creator.is_none_or(|uid| row.permissions.cuid == uid)
            && self.untouched_since.is_none_or(|then| last.is_some_and(|last| last <= then))
            && self.nsems.is_none_or(|nsems| row.nsems == nsems)
            && (!self.private || row.is_private())
            && self.names(row)
    }

    fn names(&self, row: &SetInfo) -> bool {
        self.keys.is_empty() && self.semids.is_empty()
            || self.keys.contains(&row.key)
            || self.semids.contains(&row.semid)
    }

    /// Whether the selection depends on judgements.
    pub(crate) fn needs_judgement(&self) -> bool {
        self.program.is_some() || !self.verdicts.is_empty()
    }

    /// Whether a judgement matches. What is unknown does not.
    pub(crate) fn matches_judgement(&self, judgement: &Judgement) -> bool {
        // As it is, or as the table shows it.
        let is_called = |name: &String| {
            let program = judgement.program.as_ref();
            program.is_some_and(|program| {
                program.as_bytes() == name.as_bytes() || program.in_one_word() == *name
            })
        };
        (self.verdicts.is_empty() || self.verdicts.contains(&judgement.verdict))
            && self.program.as_ref().is_none_or(is_called)
    }
}

/// The verdicts that `status` asks for; any, if it asks for none.
fn verdicts(args: &StatusArgs) -> Vec<Verdict> {
    let orphaned = args.many.orphaned.then_some(Verdict::Orphaned);
    args.verdict.iter().copied().chain(orphaned).collect()
}

/// Every set of this namespace.
pub(crate) fn all_sets() -> Result<Vec<SetInfo>, Failure> {
    let what = format!("list the sets of {}", REMEDIES.place);
    sysv::check_can_read().map_err(|error| Failure::sysv(&what, error))?;
    sysv::all_sets().map_err(|error| match error.kind() {
        ErrorKind::Unsupported => Failure::io(&what, &error).fix("name one set, by --key or --id"),
        _ => Failure::io(&what, &error),
    })
}

/// Fails if this system never lists its sets.
pub(crate) fn require_list() -> Result<(), Failure> {
    match sysv::all_sets() {
        Err(error) if error.kind() == ErrorKind::Unsupported => all_sets().map(drop),
        _ => Ok(()),
    }
}

/// The users and groups that own the sets or created them, each once.
pub(crate) fn account_ids(sets: &[SetInfo]) -> (Vec<Uid>, Vec<Gid>) {
    let permissions = || sets.iter().map(|set| set.permissions);
    let users: BTreeSet<_> = permissions().flat_map(|of| [of.uid, of.cuid]).collect();
    let groups: BTreeSet<_> = permissions().flat_map(|of| [of.gid, of.cgid]).collect();
    (users.into_iter().collect(), groups.into_iter().collect())
}

/// The names of those users and groups.
pub(crate) fn account_names(sets: &[SetInfo]) -> AccountNames {
    let (users, groups) = account_ids(sets);
    AccountNames::of(&users, &groups)
}

fn user(option: &str, name: Option<&str>) -> Result<Option<Uid>> {
    let Some(name) = name else { return Ok(None) };
    let owner = accounts::parse_owner(name).map_err(|error| {
        let what = format!("use {option}: {error}");
        let mistake = error.is_mistake();
        if mistake { wrong(what) } else { Failure::new(Exit::System, what).into() }
    })?;
    match owner {
        accounts::Owner { uid: Some(uid), gid: None } => Ok(Some(uid)),
        _ => Err(wrong(format!("use {option} {name:?}: it takes a user, without a group"))),
    }
}

/// A time from the command line, as a signed duration.
pub(crate) fn signed(time: Duration) -> SignedDuration {
    SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX)
}

/// The moment so long ago, or the earliest possible one.
fn ago(idle: Duration) -> Timestamp {
    Timestamp::now().checked_sub(signed(idle)).unwrap_or(Timestamp::MIN)
}

fn wrong(what: String) -> anyhow::Error {
    Failure::wrong(what).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sysv::Permissions;

    #[test]
    fn a_set_matches_only_if_every_condition_holds() {
        let (root, nobody) = (Uid::new(0), Uid::new(65534));
        let permissions = Permissions {
            uid: nobody,
            gid: Gid::new(0),
            cuid: root,
            cgid: Gid::new(0),
            mode: 0o600,
        };
        let second = |second| Timestamp::from_second(second).unwrap();
        let (otime, ctime) = (Some(second(100)), Some(second(50)));
        let (key, semid) = (Key::new(7), Semid::new(3));
        let set = SetInfo { key, semid, nsems: 2, permissions, otime, ctime };
        let any = Selection::default;
        let cases = [
            (any(), true),
            (Selection { owner: Some(nobody), creator: Some(root), nsems: Some(2), ..any() }, true),
            (Selection { owner: Some(nobody), nsems: Some(3), ..any() }, false),
            (Selection { owner: Some(root), ..any() }, false),
            (Selection { creator: Some(nobody), ..any() }, false),
            (Selection { private: true, ..any() }, false),
            (Selection { untouched_since: Some(second(100)), ..any() }, true),
            (Selection { untouched_since: Some(second(99)), ..any() }, false),
            (Selection { keys: vec![Key::new(8)], semids: vec![semid], ..any() }, true),
            (Selection { keys: vec![Key::new(8)], ..any() }, false),
            (Selection { semids: vec![Semid::new(4)], ..any() }, false),
        ];
        for (selection, expected) in cases {
            assert_eq!(selection.matches(&set), expected, "{selection:?}");
        }
        let untouched = SetInfo { otime: None, ctime: None, ..set };
        let idle = Selection { untouched_since: Some(second(100)), ..any() };
        assert!(!idle.matches(&untouched), "a time that is not known is not long ago");
    }

    #[test]
    fn a_judgement_matches_by_verdict_and_by_the_name_of_the_program() {
        let judgement = |program: Option<&'static str>| Judgement {
            verdict: Verdict::Idle,
            rule: crate::judge::Rule::Recent,
            evidence: Vec::new(),
            kept_by: Vec::new(),
            may_be_ignored: false,
            waiting: None,
            sempid: None,
            program: program.map(crate::system::Text::from_static),
            refused: None,
        };
        let named = |name: &str| Selection { program: Some(name.into()), ..Selection::default() };
        let with = |verdicts: &[Verdict]| Selection { verdicts: verdicts.into(), ..<_>::default() };
        for (selection, program, expected) in [
            (Selection::default(), None, true),
            (named("a b"), Some("a b"), true),
            (named("a\\u{20}b"), Some("a b"), true),
            (named("a"), Some("a b"), false),
            (named("a"), None, false),
            (with(&[Verdict::Idle]), None, true),
            (with(&[Verdict::Orphaned]), None, false),
            (Selection { verdicts: vec![Verdict::Orphaned], ..named("a") }, Some("a"), false),
        ] {
            assert_eq!(selection.matches_judgement(&judgement(program)), expected, "{selection:?}");
            let depends = selection.program.is_some() || !selection.verdicts.is_empty();
            assert_eq!(selection.needs_judgement(), depends);
        }
    }

    #[test]
    fn owners_and_creators_are_listed_once() {
        let set = |uid, cuid| {
            let (uid, cuid) = (Uid::new(uid), Uid::new(cuid));
            let (gid, cgid) = (Gid::new(uid.raw() + 1), Gid::new(cuid.raw() + 1));
            let permissions = Permissions { uid, gid, cuid, cgid, mode: 0 };
            let (key, semid) = (Key::PRIVATE, Semid::new(1));
            SetInfo { key, semid, nsems: 1, permissions, otime: None, ctime: None }
        };
        let (uids, gids) = account_ids(&[set(5, 1), set(1, 3)]);
        assert_eq!(uids, [1, 3, 5].map(Uid::new));
        assert_eq!(gids, [2, 4, 6].map(Gid::new));
    }

    #[test]
    fn a_user_is_a_name_or_a_number_and_nothing_else() {
        let root = Some(Uid::ROOT);
        assert_eq!(user("--owner", None).unwrap(), None);
        assert_eq!(user("--owner", Some("root")).unwrap(), root);
        assert_eq!(user("--owner", Some("0")).unwrap(), root);
        let refused = |name| user("--owner", Some(name)).unwrap_err().to_string();
        assert!(
            refused("root:root")
                .contains("use --owner \"root:root\": it takes a user, without a group")
        );
        assert!(refused("no such user").contains("use --owner: "));
    }
}
