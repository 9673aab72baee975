//! A table that is full of one user's sets.

use std::fs;

use super::host::{Host, ROOT};
use super::{Recipe, job};
use crate::common::world::{Program, User, World, semids};
use crate::common::{OLD, until_it_is_later, until_the_sets_are_older_than};

/// Creates a private set, and uses it.
const USE_A_SET: &str = "semop(semget(0, 1, 0600), pack 's!3', 0, 1, 0) or die;";

const SAY: &str = "print qq($$\\n);";

/// What runs programs one after the other, and has no semaphore calls itself.
struct Scheduler(Program);

impl Scheduler {
    /// Starts one long before the programs, so that none of them can have started it.
    fn start(world: &World) -> Self {
        let words = ["xargs", "-d\\n", "-I{}", "perl", "-e", "$| = 1; {}"];
        let program = world.start(User::Other, &words);
        until_it_is_later();
        Self(program)
    }

    /// Runs a program until it says its pid.
    fn runs(&mut self, script: &str) -> String {
        self.0.running.ask(script)
    }
}

pub fn run(recipe: &mut Recipe) {
    let host = Host::with_user(World::new(), "nagios");
    fs::write("/proc/sys/kernel/sem", "250 1024000000 500 10000").unwrap();
    let mut nagios = Scheduler::start(&host.world);
    nagios.runs(&format!("for (1 .. 9999) {{ {USE_A_SET} }} {SAY}"));
    until_the_sets_are_older_than(OLD);
    let plugin = nagios.runs(&format!("$0 = 'check_queue'; {USE_A_SET} {SAY} sleep"));
    let running = [(format!("process {plugin} (check"), "process 18301 (check")];
    let root = |command: &str| host.terminal(ROOT, command);
    for _ in 0..3 {
        recipe.shows_in(&running, root);
    }
    assert_eq!(semids().len(), 1);
    host.run(ROOT, job(&recipe.block("crontab"), "root")).exits(0).is_silent();
    recipe.shows_in(&running, root);
}
