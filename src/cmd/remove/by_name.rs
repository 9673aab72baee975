//! Sets that are named, if only by default. Each is treated as if it were the only one.

use anyhow::Result;

use super::conclusion::conclude_named;
use super::removals::{Removals, outlive_the_reader};
use super::request::RemoveRequest;
use crate::cli::RemoveArgs;
use crate::cmd::shared::{self, Name, selection};
use crate::exit::Exit;
use crate::failure::{self, Failure, show_all_sets};
use crate::session::BlockError;
use crate::sysv::{Key, Semid, SetInfo};

/// Removes each of the sets. A refusal does not keep the others.
pub(super) fn run(args: &RemoveArgs) -> Result<Exit> {
    let mut request = RemoveRequest { dry_run: args.dry_run, ..RemoveRequest::new(args)? };
    let (mut sets, mut worst) = (Vec::<(SetInfo, Option<Name>)>::new(), Exit::Done);
    for name in wanted(args)? {
        match found(name, &request) {
            // One that is named twice is removed once.
            Ok(set) if sets.iter().any(|(other, _)| other.semid == set.semid) => {}
            Ok(set) => sets.push((set, Some(name))),
            Err(failure) if args.if_exists && failure.exit == Exit::NoBlock => {}
            Err(failure) => worst = worst.worst(failure::report(&failure.into())),
        }
    }
    if sets.is_empty() && worst != Exit::Done {
        return Ok(worst);
    }
    let found: Vec<_> = sets.iter().map(|&(set, _)| set).collect();
    request.names = selection::account_names(&found);
    outlive_the_reader()?;
    let mut removals = Removals::new(&request, true);
    removals.go_through(&sets);
    conclude_named(removals).map(|exit| exit.worst(worst))
}

fn wanted(args: &RemoveArgs) -> Result<Vec<Name>> {
    let keys = args.key.iter().map(|&key| Name::Key(Key::new(key)));
    let named: Vec<_> =
        keys.chain(args.id.iter().map(|&semid| Name::Id(Semid::new(semid)))).collect();
    if named.is_empty() { Ok(vec![Name::Key(shared::key(None)?)]) } else { Ok(named) }
}

fn found(name: Name, request: &RemoveRequest) -> Result<SetInfo, Failure> {
    let set = look_up(name)?;
    if request.selection.matches(&set) { Ok(set) } else { Err(too_recent(name, &set)) }
}

fn look_up(name: Name) -> Result<SetInfo, Failure> {
    let failed = |error| match name.failure("remove", &BlockError::Sysv(error)).without_fixes() {
        // semlock cannot know which other one is meant.
        failure if failure.exit == Exit::NoBlock => failure.all_fixes(show_all_sets()),
        failure => failure,
    };
    let set = name.set().map_err(&failed)?;
    match SetInfo::listed(set.semid()) {
        Some(listed) => Ok(listed),
        // It is gone, or this system lists no sets.
        None => set.info().map_err(failed),
    }
}

fn too_recent(name: Name, set: &SetInfo) -> Failure {
    let last = set.last_change().map_or_else(String::new, |last| {
        format!(" {}", crate::words::ago(last, jiff::Timestamp::now()))
    });
    let what = format!("remove {name}: it was changed or used{last}, which --idle excludes");
    Failure::new(Exit::Busy, what)
}
