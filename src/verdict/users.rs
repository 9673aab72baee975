//! Which living processes may use a set, and could know it.

use jiff::{SignedDuration, Timestamp};

use super::traces::Traces;
use super::{Judgement, Verdict};
use crate::process::{Facts, Survey};
use crate::sysv::{Key, Row};

/// A server's parent may start a moment after the set was made, and both times
/// are known to about a second.
const MARGIN: SignedDuration = SignedDuration::from_secs(5);

/// Judges a set of this IPC `namespace` that nobody is seen to use.
pub(super) fn judge(
    row: &Row,
    traces: &Traces,
    survey: &Survey,
    namespace: Option<&str>,
) -> Judgement {
    let users = || survey.all().filter(|facts| is_in(namespace, facts) && may_use(row, facts));
    let knows = |facts: &&Facts| could_know(row, survey, facts);
    let known = users().find_map(|user| Some((user, survey.line(user).find(knows)?)));
    if let Some((user, knowing)) = known {
        return Judgement::new(Verdict::Idle, how_known(row, user, knowing));
    }
    let used = format!("nobody waits on it, and {}", last_used(traces));
    let known = match users().count() {
        0 => "no process that may use it lives".into(),
        1 => "the only process that may use it cannot know it".into(),
        number => format!("of {number} processes that may use it, none can know it"),
    };
    Judgement { evidence: vec![used, known], ..Judgement::new(Verdict::Orphaned, "") }
}

fn last_used(traces: &Traces) -> String {
    let pids: Vec<_> =
        traces.pids.iter().filter(|&&pid| pid > 0).map(ToString::to_string).collect();
    match pids.len() {
        0 => "no process has used it".into(),
        1 => format!("process {}, which used it last, has ended", pids[0]),
        _ => format!("the processes that used it last have ended: {}", pids.join(", ")),
    }
}

/// Whether a process is in the IPC namespace, as far as is known.
fn is_in(namespace: Option<&str>, facts: &Facts) -> bool {
    let theirs = &facts.ipc_namespaces;
    theirs.is_empty() || namespace.is_none_or(|here| theirs.iter().any(|there| there == here))
}

/// Whether the kernel would let a process in: semget(2), by owner, creator,
/// group or everybody's bits. Root's processes, which are always let in, count
/// only where root owns it: a server's parent is looked at as an ancestor.
fn may_use(row: &Row, facts: &Facts) -> bool {
    let creator = row.cuid != 0 && facts.uids.contains(&row.cuid);
    let by_group =
        row.mode & 0o070 != 0 && (facts.gids.contains(&row.gid) || facts.gids.contains(&row.cgid));
    facts.uids.contains(&row.uid) || creator || by_group || row.mode & 0o007 != 0
}

fn could_know(row: &Row, survey: &Survey, facts: &Facts) -> bool {
    row.key != Key::PRIVATE || was_there(row.ctime, facts) || survey.is_left_behind(facts)
}

fn was_there(made: Option<Timestamp>, facts: &Facts) -> bool {
    made.is_none_or(|made| facts.started.duration_since(made) <= MARGIN)
}

fn how_known(row: &Row, user: &Facts, knowing: &Facts) -> String {
    let Facts { pid, name, .. } = knowing;
    let how = if row.key != Key::PRIVATE {
        "can find it by its key"
    } else if was_there(row.ctime, knowing) {
        "was there when it was made"
    } else {
        "outlives the leader of its process group or session, who may have known it"
    };
    let Facts { pid: user, name: called, .. } = user;
    let ancestor =
        if user == pid { String::new() } else { format!("its ancestor {pid} ({name}) ") };
    format!("process {user} ({called}) may use it, and {ancestor}{how}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: u32 = 33;
    const MADE: i64 = 1_000_000;

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
            uids: [uid; 4],
            gids: vec![uid],
            name: "server".into(),
            first: pid == 1,
            ipc_namespaces: Vec::new(),
        }
    }

    fn set(key: i32, mode: u16) -> Row {
        Row {
            key: Key::new(key),
            semid: 0,
            mode,
            nsems: 1,
            uid: OWNER,
            gid: OWNER,
            cuid: 0,
            cgid: 0,
            otime: None,
            ctime: Some(at(MADE)),
        }
    }

    fn verdict(row: &Row, processes: Vec<Facts>) -> Verdict {
        let traces = Traces { waiting: 0, pids: vec![99] };
        judge(row, &traces, &Survey::of(processes, true), Some("here")).verdict
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
        assert_eq!(verdict(&set(0, 0o600), vec![process(7, OWNER, 5)]), Verdict::Idle);
        assert_eq!(verdict(&set(0, 0o600), vec![process(7, OWNER, 6)]), Verdict::Orphaned);
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
    fn a_process_of_another_ipc_namespace_keeps_nothing_but_through_its_children() {
        let away = |facts| Facts { ipc_namespaces: vec!["elsewhere".into()], ..facts };
        let user = process(7, OWNER, -1);
        assert_eq!(verdict(&set(0, 0o600), vec![away(user.clone())]), Verdict::Orphaned);
        let child = Facts { parent: 7, ..process(8, OWNER, 900) };
        assert_eq!(verdict(&set(0, 0o600), vec![away(user), child]), Verdict::Idle);
    }

    #[test]
    fn every_user_id_that_a_process_can_become_counts() {
        let saved = Facts { uids: [1000, 1000, OWNER, 1000], ..process(7, 1000, -1) };
        assert_eq!(verdict(&set(0, 0o600), vec![saved]), Verdict::Idle);
    }
}
