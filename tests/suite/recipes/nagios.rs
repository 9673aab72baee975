//! A plugin for Nagios, in each of its states.

use std::fs;

use super::Recipe;
use super::host::{Host, ROOT, WWW_DATA};
use crate::common::Finished;
use crate::common::world::{User, World};

/// Takes the write lock of slot 4 of 17 for good.
const ABANDON: &str = "print $$; semop(semget(31818, 0, 0), pack 's!3', 21, 1, 0) or die";

pub fn run(recipe: &mut Recipe) {
    let host = Host::with_user(World::new(), "nagios");
    fs::write("/proc/sys/kernel/sem", "250 32000 100 128").unwrap();
    let host = &host;
    let terminal_of = |uid| move |command: &str| host.terminal(uid, command);
    let [commands, sudoers] = ["nrpe", "sudoers"].map(|language| recipe.block(language));
    fs::write(host.world.path("sudoers"), &sudoers).unwrap();
    host.run(ROOT, "visudo --check --strict --file=sudoers").exits(0);
    recipe.shows_in(&[], terminal_of(ROOT));
    for (line, allowed) in commands.lines().zip(sudoers.lines()) {
        let [_, command] = halves(line, "=sudo ");
        assert_eq!(command, halves(allowed, "NOPASSWD: ")[1].trim_end_matches(" \"\""));
        let command = command.replace("/usr/lib/nagios/plugins/", "");
        host.run(ROOT, &command).exits(0).contains("SEMLOCK OK: ");
    }
    let pid = host.world.perl(User::Tester, ABANDON);
    let dead = (format!("process {pid}, which"), "process 18301, which");
    recipe.shows_in(&[dead], terminal_of(ROOT));
    recipe.shows_in(&[], terminal_of(WWW_DATA));
}

fn halves<'a>(line: &'a str, separator: &str) -> [&'a str; 2] {
    line.split_once(separator).unwrap_or_else(|| panic!("{line}")).into()
}

#[test]
#[ignore = "needs root"]
fn what_the_plugin_does_not_know_is_not_ok() {
    let host = Host::with_user(World::new(), "nagios");
    let plugin =
        |arguments: &str| -> Finished { host.run(ROOT, &format!("check_semlock {arguments}")) };
    plugin("--no-such-option").exits(3).contains("SEMLOCK UNKNOWN: ");
    plugin("--key wrong").exits(3).contains("SEMLOCK UNKNOWN: ");
    host.run(ROOT, "rm semlock && check_semlock").exits(3).contains("SEMLOCK UNKNOWN: ");
}
