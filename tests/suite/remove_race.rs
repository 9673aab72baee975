//! `remove`, again and again, against Perl clients that come and go.

use std::path::PathBuf;
use std::process::Command;

use crate::common::{Running, Sandbox, assert_free, rounds, until};
use semlock::session::{Block, DEFAULT_KEY};

const VISITORS: usize = 3;
/// How often the block is to be removed under them.
const REMOVALS: usize = 25;

struct Visitor {
    perl: Running,
    progress: PathBuf,
}

impl Visitor {
    fn start(sandbox: &Sandbox, number: usize) -> Self {
        let progress = sandbox.directory.join(format!("progress-{number}"));
        let mut perl = Command::new("perl");
        perl.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/perl/visitor.pl"));
        perl.arg(&progress).arg("32");
        Self { perl: Running::start(perl), progress }
    }

    /// The number of the operation that it is at.
    fn at(&self) -> Option<u64> {
        std::fs::read_to_string(&self.progress).ok()?.parse().ok()
    }

    /// The operation that it waits in now: seen between two looks at its number.
    fn waits_in(&self) -> Option<u64> {
        let before = self.at()?;
        let waits = self.perl.waits_for_a_semaphore();
        (waits && self.at() == Some(before)).then_some(before)
    }
}

/// What the visitors noticed, in all.
#[derive(Debug, Default)]
struct Tally {
    removed: usize,
    refused: usize,
    refused_with_waiters: usize,
    operations: u64,
    /// Clients that came between the last look and the removal.
    cut: usize,
}

#[test]
fn no_holder_loses_its_lock_and_no_client_that_waited_is_cut_off() {
    let sandbox = Sandbox::new();
    let visitors: Vec<_> = (0..VISITORS).map(|number| Visitor::start(&sandbox, number)).collect();
    let mut tally = Tally::default();
    // Who was seen waiting when a removal began, each with the number of the operation.
    let mut waited: Vec<Vec<u64>> = vec![Vec::new(); VISITORS];
    let removals = rounds(REMOVALS);
    while tally.removed < removals || tally.refused_with_waiters < removals {
        let mut seen = 0;
        let mut look = || {
            for (visitor, waited) in visitors.iter().zip(&mut waited) {
                let operation = visitor.waits_in();
                seen += operation.iter().count();
                waited.extend(operation);
            }
            seen > 0
        };
        if tally.removed < removals {
            look();
        } else {
            until("somebody waits", look);
        }
        match sandbox.semlock(["remove"]).output().unwrap().status.code() {
            Some(0) => tally.removed += 1,
            Some(75) => {
                tally.refused += 1;
                tally.refused_with_waiters += usize::from(seen > 0);
            }
            // Nobody has made the block again yet.
            Some(66) => {}
            other => panic!("remove ended with {other:?}"),
        }
    }
    for (visitor, waited) in visitors.into_iter().zip(waited) {
        for line in visitor.perl.hear_the_rest().lines() {
            let (what, number) = line.split_once(' ').unwrap();
            let number = number.parse().unwrap();
            match what {
                "cut" => {
                    assert!(!waited.contains(&number), "cut off, though seen waiting: {number}");
                    tally.cut += 1;
                }
                "done" => tally.operations += number,
                _ => panic!("a holder noticed: {line}"),
            }
        }
    }
    println!("{tally:?}");
    if let Ok(block) = Block::open(DEFAULT_KEY) {
        assert_free(block);
    }
}
