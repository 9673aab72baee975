//! Which living processes may use a set, and could know it.

use std::cell::RefCell;
use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::traces::Traces;
use super::{Judgement, Verdict};
use crate::process::{Facts, Survey};
use crate::sysv::{Key, Permissions, SetInfo};

/// A server's parent may start a moment after it has made the set; and when that
/// was is known to a second. More would keep what was left a moment before by a
/// server that is restarted again and again.
const MARGIN: SignedDuration = SignedDuration::from_secs(2);

/// What the processes of an IPC namespace are to its sets. Who may use a set is
/// worked out once for all sets that let in the same processes.
#[derive(Debug)]
pub(super) struct Crowd {
    namespace: Option<String>,
    /// When the processes were looked at.
    now: Timestamp,
    services: Vec<i32>,
    users: RefCell<HashMap<Permissions, Users>>,
}

/// The processes that may use a set.
#[derive(Clone, Copy, Debug, Default)]
struct Users {
    number: usize,
    /// The one that was there first.
    oldest: Option<Known>,
    /// The same of those through whom they can know a set: ancestors, and leaders
    /// of process groups and sessions.
    oldest_near: Option<Known>,
    /// One whose leader has ended, and may have been there before all others.
    left_behind: Option<Known>,
}

/// A process that may use a set, and the one through which it knows it.
#[derive(Clone, Copy, Debug)]
struct Known {
    user: i32,
    through: i32,
    started: Timestamp,
}

impl Crowd {
    /// Those of the survey that are in this IPC namespace. The processes in
    /// `asking` ask for the verdict, and are no servers.
    pub fn of(survey: &Survey, namespace: Option<String>, asking: &[i32]) -> Self {
        let now = Timestamp::now();
        let mut crowd = Self { namespace, now, services: Vec::new(), users: RefCell::default() };
        let services = survey.all().filter(|facts| {
            facts.privileged
                && crowd.has(facts)
                && !asking.contains(&facts.pid)
                && survey.is_service(facts)
        });
        crowd.services = services.map(|facts| facts.pid).collect();
        crowd
    }

    /// Judges a set that nobody is seen to use.
    pub fn judge(&self, row: &SetInfo, traces: &Traces, survey: &Survey) -> Judgement {
        let access = row.permissions;
        let look = || self.users_of(access, survey);
        let users = *self.users.borrow_mut().entry(access).or_insert_with(look);
        match self.who_knows(row, users, survey) {
            Some(known) => Judgement::new(Verdict::Idle, known),
            None => Judgement {
                evidence: vec![last_used(traces), users.none_knows()],
                ..Judgement::new(Verdict::Orphaned, "")
            },
        }
    }

    /// Whether a process is in the IPC namespace, as far as is known.
    fn has(&self, facts: &Facts) -> bool {
        let theirs = &facts.ipc_namespaces;
        theirs.is_empty() || self.namespace.as_ref().is_none_or(|here| theirs.contains(here))
    }

    fn users_of(&self, access: Permissions, survey: &Survey) -> Users {
        let mut users = Users::default();
        for user in survey.all().filter(|facts| self.has(facts) && lets_in(access, facts)) {
            let known = |through: &Facts| Known {
                user: user.pid,
                through: through.pid,
                started: through.started,
            };
            users.number += 1;
            users.oldest = oldest(users.oldest, known(user));
            for one in survey.line(user) {
                let near = std::iter::once(one).chain(survey.leaders(one)).map(known);
                users.oldest_near = near.fold(users.oldest_near, oldest);
                if survey.is_left_behind(one) {
                    users.left_behind.get_or_insert(known(one));
                }
            }
        }
        users
    }

    fn who_knows(&self, row: &SetInfo, users: Users, survey: &Survey) -> Option<String> {
        let by_key = users.oldest.filter(|_| row.key != Key::PRIVATE);
        let by_key = by_key.map(|known| known.tell(survey, "can find it by its key"));
        let was_there = || {
            let mut oldest = users.oldest.into_iter().chain(users.oldest_near);
            oldest.find_map(|known| Some(known.tell(survey, was_there(row, known.started)?)))
        };
        let left_behind = || {
            let known = users.left_behind?;
            Some(known.tell(
                survey,
                "outlives the leader of its process group or session, who may have known it",
            ))
        };
        by_key.or_else(was_there).or_else(left_behind).or_else(|| self.service(row, survey))
    }

    /// A server that started with the set. It may have no child now that is let
    /// in as a user, or have made it a moment ago for those that it will have.
    fn service(&self, row: &SetInfo, survey: &Survey) -> Option<String> {
        let made = row.ctime?;
        let is_new = self.now.duration_since(made) <= MARGIN;
        let mut services = self.services.iter().filter_map(|&pid| survey.get(pid));
        let Facts { pid, name, .. } = services.find(|service| {
            let later = service.started.duration_since(made);
            later <= MARGIN && (is_new || later >= -MARGIN)
        })?;
        let why = if is_new { "it was made only just now" } else { "started when it was made" };
        Some(format!("process {pid} ({name}) may use every set, and {why}"))
    }
}

/// Root's processes, which are always let in, count only where root owns
/// the set: a server's parent is looked at as an ancestor.
fn lets_in(set: Permissions, facts: &Facts) -> bool {
    let creator = set.cuid != 0 && facts.uids.contains(&set.cuid);
    let member = facts.gids.contains(&set.gid) || facts.gids.contains(&set.cgid);
    let by_group = set.mode & 0o070 != 0 && member;
    facts.uids.contains(&set.uid) || creator || by_group || set.mode & 0o007 != 0
}

impl Users {
    fn none_knows(self) -> String {
        match self.number {
            0 => "no process that may use it lives".into(),
            1 => "the only process that may use it cannot know it".into(),
            number => format!("of {number} processes that may use it, none can know it"),
        }
    }
}

impl Known {
    fn tell(self, survey: &Survey, how: &str) -> String {
        let called = |pid| format!("{pid} ({})", survey.get(pid).map_or("", |facts| &facts.name));
        let user = called(self.user);
        if self.user == self.through {
            format!("process {user} may use it, and {how}")
        } else {
            format!(
                "process {user} may use it, and belongs to {}, which {how}",
                called(self.through)
            )
        }
    }
}

fn oldest(one: Option<Known>, other: Known) -> Option<Known> {
    one.into_iter().chain([other]).min_by_key(|known| known.started)
}

/// Since when a process that started then could know the set. A server's parent
/// may start a moment after the set was made. A server that takes the place of
/// one that was killed starts after that one's last use.
fn was_there(row: &SetInfo, started: Timestamp) -> Option<&'static str> {
    if row.ctime.is_none_or(|made| started.duration_since(made) <= MARGIN) {
        Some("was there when it was made")
    } else {
        row.otime.filter(|&used| started < used).map(|_| "was there when it was last used")
    }
}

fn last_used(traces: &Traces) -> String {
    let pids: Vec<_> =
        traces.pids.iter().filter(|&&pid| pid > 0).map(ToString::to_string).collect();
    let used = match pids.len() {
        0 => "no process has used it".into(),
        1 => format!("process {}, which used it last, has ended", pids[0]),
        _ => format!("the processes that used it last have ended: {}", pids.join(", ")),
    };
    format!("nobody waits on it, and {used}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: u32 = 33;
    const MADE: i64 = 1_000_000;
    /// The process that semlock is called by.
    const ASKING: i32 = 50;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    /// A process that leads its own group and session.
    fn process(pid: i32, uid: u32, started: i64) -> Facts {
        let started = at(MADE + started);
        Facts {
            pid,
            parent: 1,
            group: pid,
            session: pid,
            started,
            uids: vec![uid],
            gids: vec![uid],
            privileged: uid == 0,
            name: "server".into(),
            first: pid == 1,
            ipc_namespaces: Vec::new(),
        }
    }

    fn set(key: i32, mode: u16) -> SetInfo {
        SetInfo {
            key: Key::new(key),
            semid: 0,
            nsems: 1,
            permissions: Permissions { uid: OWNER, gid: OWNER, cuid: 0, cgid: 0, mode },
            otime: None,
            ctime: Some(at(MADE)),
        }
    }

    fn verdict(row: &SetInfo, processes: Vec<Facts>) -> Verdict {
        let traces = Traces { waiting: 0, pids: vec![99] };
        let survey = Survey::of(processes, true);
        Crowd::of(&survey, Some("here".into()), &[ASKING]).judge(row, &traces, &survey).verdict
    }

    #[test]
    fn nobody_of_the_owners_is_orphaned() {
        assert_eq!(
            verdict(&set(0, 0o600), vec![process(1, 0, -500), process(7, 1000, -500)]),
            Verdict::Orphaned
        );
    }

    #[test]
    fn a_process_that_was_there_keeps_it_and_one_that_came_later_does_not() {
        assert_eq!(verdict(&set(0, 0o600), vec![process(7, OWNER, -1)]), Verdict::Idle);
        assert_eq!(verdict(&set(0, 0o600), vec![process(7, OWNER, 2)]), Verdict::Idle);
        assert_eq!(verdict(&set(0, 0o600), vec![process(7, OWNER, 3)]), Verdict::Orphaned);
    }

    #[test]
    fn a_process_that_was_there_when_it_was_last_used_keeps_it() {
        let used = |after: i64| SetInfo { otime: Some(at(MADE + after)), ..set(0, 0o600) };
        assert_eq!(verdict(&used(901), vec![process(7, OWNER, 900)]), Verdict::Idle);
        assert_eq!(verdict(&used(900), vec![process(7, OWNER, 900)]), Verdict::Orphaned);
    }

    #[test]
    fn a_child_that_came_later_keeps_it_through_its_parent_that_was_there() {
        let parent = process(5, 0, 0);
        let child = Facts { parent: 5, group: 5, session: 5, ..process(7, OWNER, 900) };
        assert_eq!(verdict(&set(0, 0o600), vec![parent, child]), Verdict::Idle);
    }

    #[test]
    fn a_child_whose_killed_parent_led_its_group_keeps_it() {
        let child = Facts { group: 5, session: 5, ..process(7, OWNER, 900) };
        assert_eq!(verdict(&set(0, 0o600), vec![process(1, 0, -500), child]), Verdict::Idle);
    }

    #[test]
    fn whoever_may_use_a_set_with_a_key_keeps_it() {
        assert_eq!(verdict(&set(5, 0o600), vec![process(7, OWNER, 900)]), Verdict::Idle);
        assert_eq!(verdict(&set(5, 0o600), vec![process(7, 1000, 900)]), Verdict::Orphaned);
        assert_eq!(verdict(&set(5, 0o606), vec![process(7, 1000, 900)]), Verdict::Idle);
        let member = Facts { gids: vec![1000, OWNER], ..process(7, 1000, 900) };
        assert_eq!(verdict(&set(5, 0o660), vec![member]), Verdict::Idle);
    }

    #[test]
    fn a_server_that_is_the_first_process_keeps_the_sets_of_its_children() {
        let server = process(1, 0, 0);
        let child = Facts { group: 1, session: 1, ..process(7, OWNER, 900) };
        assert_eq!(verdict(&set(0, 0o600), vec![server, child]), Verdict::Idle);
    }

    #[test]
    fn a_first_process_that_leads_nothing_keeps_those_of_its_own_group() {
        let server = Facts { first: true, group: 3, session: 3, ..process(40, 0, 0) };
        let child = Facts { parent: 40, group: 3, session: 3, ..process(41, OWNER, 900) };
        let leader = process(3, 1000, 900);
        assert_eq!(verdict(&set(0, 0o600), vec![leader, server, child]), Verdict::Idle);
    }

    #[test]
    fn an_adopted_process_keeps_what_its_living_leader_knows() {
        let leader = process(5, 0, -900);
        let child = Facts { group: 5, session: 5, ..process(7, OWNER, 900) };
        assert_eq!(
            verdict(&set(0, 0o600), vec![process(1, 0, -500), leader, child]),
            Verdict::Idle
        );
    }

    #[test]
    fn a_servers_parent_that_started_with_the_set_keeps_it_without_any_child() {
        let with = |server: Facts| verdict(&set(0, 0o600), vec![process(1, 0, -500), server]);
        assert_eq!(with(process(7, 0, 0)), Verdict::Idle);
        assert_eq!(with(process(7, 0, -2)), Verdict::Idle);
        assert_eq!(with(process(7, 0, 2)), Verdict::Idle);
        assert_eq!(with(process(7, 0, -3)), Verdict::Orphaned);
        assert_eq!(with(process(7, 0, 3)), Verdict::Orphaned);
        assert_eq!(with(Facts { privileged: false, ..process(7, 0, 0) }), Verdict::Orphaned);
        assert_eq!(with(Facts { group: 1, ..process(7, 0, 0) }), Verdict::Orphaned);
        assert_eq!(with(process(ASKING, 0, 0)), Verdict::Orphaned);
        let away = vec!["elsewhere".into()];
        assert_eq!(with(Facts { ipc_namespaces: away, ..process(7, 0, 0) }), Verdict::Orphaned);
    }

    #[test]
    fn a_set_that_was_made_just_now_is_kept_by_any_server() {
        let since = Timestamp::now().duration_since(at(MADE)).as_secs();
        let new = SetInfo { ctime: Some(at(MADE + since - 1)), ..set(0, 0o600) };
        let old = process(7, 0, -900);
        assert_eq!(verdict(&new, vec![old.clone()]), Verdict::Idle);
        assert_eq!(verdict(&set(0, 0o600), vec![old]), Verdict::Orphaned);
    }

    #[test]
    fn a_process_of_another_ipc_namespace_keeps_nothing_but_through_its_children() {
        let away = |facts| Facts { ipc_namespaces: vec!["elsewhere".into()], ..facts };
        let user = process(7, OWNER, -1);
        assert_eq!(verdict(&set(0, 0o600), vec![away(user.clone())]), Verdict::Orphaned);
        let child = Facts { parent: 7, ..process(8, OWNER, 900) };
        assert_eq!(verdict(&set(0, 0o600), vec![away(user), child]), Verdict::Idle);
    }

    #[test]
    fn every_user_id_that_a_process_can_become_counts() {
        let saved = Facts { uids: vec![1000, OWNER], ..process(7, 1000, -1) };
        assert_eq!(verdict(&set(0, 0o600), vec![saved]), Verdict::Idle);
    }
}
