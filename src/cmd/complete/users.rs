//! Users: those of sets, and those with an account.

use super::candidate::Candidate;
use super::sets::account;
use super::tally::Tally;
use crate::cmd::shared::selection::{account_names, all_sets};
use crate::system::accounts;
use crate::sysv::{SetInfo, Uid};

/// The users that own sets, or others if that was begun.
pub(super) fn owners(typed: &str) -> Vec<Candidate> {
    or_others(of_sets("owns", |set| set.permissions.uid), typed)
}

/// The users that created sets, or others if that was begun.
pub(super) fn creators(typed: &str) -> Vec<Candidate> {
    or_others(of_sets("created", |set| set.permissions.cuid), typed)
}

/// `USER[:GROUP]`
pub(super) fn new_owners(typed: &str) -> Vec<Candidate> {
    let Some((user, _)) = typed.split_once(':') else { return users() };
    let groups = accounts::groups_in_file().into_iter();
    groups
        .map(|(group, gid)| Candidate::new(&format!("{user}:{group}"), &format!("gid {gid}")))
        .collect()
}

fn or_others(found: Vec<Candidate>, typed: &str) -> Vec<Candidate> {
    let is_any = found.iter().any(|candidate| candidate.word.starts_with(typed));
    if is_any { found } else { users() }
}

fn of_sets(did: &str, user: fn(&SetInfo) -> Uid) -> Vec<Candidate> {
    let sets = all_sets().unwrap_or_default();
    let (names, mut tally) = (account_names(&sets), Tally::default());
    for uid in sets.iter().map(user) {
        tally.add(uid.raw(), &account(&names, uid));
    }
    tally.described(|_, sets| format!("{did} {sets}"))
}

fn users() -> Vec<Candidate> {
    let users = accounts::users_in_file().into_iter();
    users.map(|(user, uid)| Candidate::new(&user, &format!("uid {uid}"))).collect()
}
