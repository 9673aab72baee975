//! `status --check`: whether somebody should have a look.

use anyhow::Result;

use super::{block, is_of_sets, sets};
use crate::cli::StatusArgs;
use crate::cmd::Name;
use crate::cmd::select::all_sets;
use crate::diagnose;
use crate::exit::Exit;
use crate::inspect;
use crate::report::{LimitsReport, SetReport};
use crate::session::{Block, Listed};
use crate::sysv::{Key, Set, SetInfo};
use crate::verdict::{Verdict, Witness};

/// Says it by the exit status alone. Fails if nothing is wrong with what can be
/// seen, and not everything can.
pub(super) fn run(args: &StatusArgs) -> Result<Exit> {
    let trouble = if is_of_sets(args) { in_sets(args)? } else { in_block(args)? };
    Ok(if trouble { Exit::No } else { Exit::Done })
}

fn in_block(args: &StatusArgs) -> Result<bool> {
    let name = Name::of(&args.target)?;
    let report = block::look_inside(args, name)?;
    let rows = all_sets()?;
    let row = rows.iter().find(|row| row.semid == report.block.set.semid);
    Ok(report.is_in_trouble()
        || sets::limits(&rows).is_nearly_reached(args.limit_warn)
        || row.is_some_and(is_orphaned))
}

fn is_orphaned(row: &SetInfo) -> bool {
    let judgement = Witness::default().judge(row);
    judgement.is_some_and(|judgement| judgement.verdict == Verdict::Orphaned)
}

fn in_sets(args: &StatusArgs) -> Result<bool> {
    let mut blocks_in_trouble = false;
    let mut unread = Vec::new();
    let report = sets::look_at_each(args, |row, judgement| {
        match judgement.and_then(|judgement| judgement.refused) {
            Some(error) => unread.push((*row, error)),
            None => blocks_in_trouble |= is_block_in_trouble(row),
        }
    })?;
    let nearly = |limits: &LimitsReport| limits.is_nearly_reached(args.limit_warn);
    let everywhere = report.namespaces.iter().flatten().filter_map(|namespace| namespace.limits);
    let orphaned = |set: &SetReport| set.verdict == Verdict::Orphaned.name();
    let trouble = blocks_in_trouble
        || nearly(&report.limits)
        || everywhere.into_iter().any(|limits| nearly(&limits))
        || report.sets.iter().any(orphaned);
    match diagnose::unread("check", &unread) {
        Some(failure) if !trouble => Err(failure.into()),
        _ => Ok(trouble),
    }
}

/// Whether the set is a session block with an abandoned lock or a deadlock.
/// One that cannot be looked into is in no trouble that is known.
fn is_block_in_trouble(row: &SetInfo) -> bool {
    let block = Some(row).filter(|row| row.key != Key::PRIVATE);
    let block = block.and_then(|row| Block::of(Set::from_id(row.semid)).ok());
    let inspection = block.and_then(|block| inspect::inspect(block, Listed::Used).ok());
    inspection.is_some_and(|inspection| {
        let abandoned = inspection.slots.iter().any(block::is_abandoned);
        abandoned || inspection.deadlocks.iter().flatten().count() > 0
    })
}
