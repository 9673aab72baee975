//! Users: those of sets, and those with an account.

use super::candidate::Candidate;
use super::tally::tallied;
use crate::cmd::shared::selection::{account_names, all_sets};
use crate::system::Text;
use crate::system::accounts::{self, AccountNames};
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
    match typed.split_once(':') {
        None => users(),
        Some((user, _)) => named(&format!("{user}:"), "gid", &accounts::groups_in_file()),
    }
}

fn or_others(found: Vec<Candidate>, typed: &str) -> Vec<Candidate> {
    let is_any = found.iter().any(|candidate| candidate.word.starts_with(typed));
    if is_any { found } else { users() }
}

fn of_sets(did: &str, user: fn(&SetInfo) -> Uid) -> Vec<Candidate> {
    let sets = all_sets().unwrap_or_default();
    let names = account_names(&sets);
    let candidate = |(uid, sets)| Candidate::new(&account(&names, uid), &format!("{did} {sets}"));
    tallied(sets.iter().map(user)).map(candidate).collect()
}

/// The name of a user if it can be typed, else the number.
pub(super) fn account(names: &AccountNames, uid: Uid) -> String {
    let name = names.user(uid).and_then(Text::as_printed);
    name.map_or_else(|| uid.to_string(), Into::into)
}

fn users() -> Vec<Candidate> {
    named("", "uid", &accounts::users_in_file())
}

/// The accounts whose names can be typed, after what was typed `before` them.
fn named(before: &str, kind: &str, accounts: &[(Text, u32)]) -> Vec<Candidate> {
    let typed = accounts.iter().filter_map(|(name, id)| Some((name.as_printed()?, id)));
    let candidate = |(name, id): (&str, &u32)| {
        Candidate::new(&format!("{before}{name}"), &format!("{kind} {id}"))
    };
    typed.map(candidate).collect()
}
