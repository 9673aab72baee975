//! An ordinary user among others.

use std::fs;
use std::process::Command;

use super::host::{Host, ROOT, WWW_DATA};
use super::{Recipe, text_of};
use crate::common::markdown::code_spans;
use crate::common::world::{OTHER, User, World, semids};
use crate::common::{Finished, OLD, Running, until_the_sets_are_older_than};

/// Creates a private set, and uses it.
const USE_A_SET: &str = "perl -e 'semop(semget(0, 1, 0600), pack q(s!3), 0, 1, 0) or die'";

fn host() -> Host {
    let host = Host::with_user(World::new(), "alice");
    fs::write("/proc/sys/kernel/sem", "250 32000 100 128").unwrap();
    host
}

pub fn run(recipe: &mut Recipe) {
    let host = host();
    host.run(WWW_DATA, &format!("semlock create --nsems 34 --quiet && {USE_A_SET}")).exits(0);
    recipe.shows_in(&[], |command| host.terminal(OTHER, command));
    let profile = recipe.block("sh");
    let alice = |command: &str| host.terminal(OTHER, &format!("{profile}\n{command}"));
    recipe.shows_in(&[], alice);
    the_application_has_the_same_block(&host, &alice);
    let mut lock = Running::start(alice("exec semlock lock 4d1e20a7 -- cat"));
    assert_eq!(lock.ask("locked"), "locked");
    host.world.perl(User::Other, "semop(semget(0, 1, 0600), pack 's!3', 0, 1, 0) or die");
    until_the_sets_are_older_than(OLD);
    for _ in 0..2 {
        recipe.shows_in(&[], alice);
    }
    assert_eq!(semids(), [0, 1, 2]);
}

/// A process of the Perl module with the arguments that the recipe gives it.
fn the_application_has_the_same_block(host: &Host, alice: &impl Fn(&str) -> Command) {
    let spans = code_spans(&text_of("shared_host"));
    let arguments = spans.iter().find(|span| span.starts_with("SemaphoreKey")).unwrap();
    let application = format!(
        "use Apache::Session::Lock::Semaphore;
        my $session = {{args => {{{arguments}}}, data => {{_session_id => '4d1e20a7'}}}};
        Apache::Session::Lock::Semaphore->new($session)->acquire_write_lock($session);
        $| = 1; print qq(locked\\n); <STDIN>"
    );
    fs::write(host.world.path("app.pl"), application).unwrap();
    let mut perl = Running::start(alice("exec perl app.pl"));
    assert_eq!(perl.line(), "locked");
    Finished::of(alice("semlock lock -n 4d1e20a7 -- true")).exits(75);
    assert_eq!(perl.finish(), 0);
}

#[test]
#[ignore = "needs root"]
fn a_block_of_mode_0770_is_shared_with_the_group() {
    let host = host();
    let create = |mode| format!("semlock create --replace --nsems 34 --mode {mode} --quiet");
    let lock = format!(
        "exec setpriv --reuid={WWW_DATA} --regid={OTHER} --clear-groups semlock lock a -- true"
    );
    for (mode, status) in [("0700", 77), ("0770", 0)] {
        host.run(OTHER, &create(mode)).exits(0);
        host.run(ROOT, &lock).exits(status);
    }
}
