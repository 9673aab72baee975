//! Which values an argument can have.

use super::candidate::Candidate;
use super::given::Given;
use super::line::{Line, Value};
use super::{columns, processes, sessions, sets, users};
use crate::cmd::ipc_namespace;

/// Modes that the Perl module can open a block with.
const MODES: [(&str, &str); 2] =
    [("0700", "only the owner (the default)"), ("0770", "the owner and the group")];

/// The values that begin as typed, as whole words. One that the argument has already is not
/// offered again.
pub(super) fn of(line: &Line, value: &Value) -> Vec<Candidate> {
    let is_wanted = |candidate: &Candidate| {
        candidate.word.starts_with(&value.typed)
            && !value.would_be_option(&candidate.word)
            && !value.others.iter().any(|other| *other == *candidate.word)
    };
    let mut candidates = every(line, value);
    candidates.retain(is_wanted);
    for candidate in &mut candidates {
        candidate.word.insert_str(0, &value.prefix);
    }
    candidates.retain(Candidate::is_printable);
    candidates
}

fn every(line: &Line, value: &Value) -> Vec<Candidate> {
    let fixed = value.argument.get_possible_values();
    if !fixed.is_empty() {
        let help = |one: &clap::builder::PossibleValue| one.get_help().cloned().unwrap_or_default();
        return fixed.iter().map(|one| Candidate::new(&one.get_name(), &help(one))).collect();
    }
    let subcommand = value.given.subcommand().unwrap_or_default();
    match (subcommand, value.argument.get_id().as_str()) {
        ("create", "mode") => MODES.map(|(mode, who)| Candidate::new(&mode, &who)).into(),
        (_, "ipc_namespace") => processes::in_other_namespaces(),
        (_, "for_process") => processes::own(),
        _ => live(line, subcommand, value),
    }
}

/// What there is in the IPC namespace of the line.
fn live(line: &Line, subcommand: &str, value: &Value) -> Vec<Candidate> {
    if !enters_namespace(&value.given) {
        return Vec::new();
    }
    match (subcommand, value.argument.get_id().as_str()) {
        // It must be a new one, unless an existing block will do.
        ("create", "key") if !value.given.has_any(&["exist_ok", "replace"]) => Vec::new(),
        (_, "key") => sets::keys(value),
        (_, "id") => sets::semids(value),
        ("status" | "remove", "nsems") => sets::sizes(),
        ("status" | "remove", "program") => sets::programs(),
        ("remove", "ignore") => sets::keepers(),
        ("create", "owner") => users::new_owners(&value.typed),
        (_, "owner") => users::owners(&value.typed),
        (_, "creator") => users::creators(&value.typed),
        ("lock" | "unlock" | "status", "sessions" | "dashed") => sessions::names(&value.given),
        (_, "slot") => sessions::slots(&value.given),
        (_, "columns") => columns::of(line.command(&value.given), &value.given, &value.others),
        _ => Vec::new(),
    }
}

fn enters_namespace(given: &Given) -> bool {
    given.ipc_namespace().is_none_or(|name| ipc_namespace::enter(&name).is_ok())
}
