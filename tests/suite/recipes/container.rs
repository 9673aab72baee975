//! The entrypoint of a container: namespaces, and a process that is the first in them.

use std::fs;
use std::process::Command;

use super::{Recipe, files};
use crate::common::gvisor::run_in_gvisor;
use crate::common::{Finished, Running, Sandbox};

/// Sizes that a set of 34 does not fit into.
const SMALL: &str = "10 100 10 8";

/// A shell that is the first process of a container, with these limits. Containers of one
/// test share their semaphores.
fn container(sandbox: &Sandbox, script: &str) -> Command {
    let files = files().display().to_string();
    let mut container = sandbox.program("unshare");
    container.args(["--pid", "--fork", "--mount-proc", "sh", "-c"]);
    container.arg(format!("PATH=$PATH:{files}\n{script}\nexit $?"));
    container
}

pub fn run(recipe: &mut Recipe) {
    let dockerfile = recipe.block("dockerfile");
    is_an_image(&dockerfile);
    let sandbox = Sandbox::new();
    let shell = |command: &str| container(&sandbox, &format!("exec 2>&1\n{command}"));
    recipe.shows_in(&[], shell);
    sandbox.run(["remove"]).exits(0);
    fs::write("/proc/sys/kernel/sem", SMALL).unwrap();
    recipe.shows_in(&[], shell);
    recipe.shows_in(&[], shell);
}

/// Runs what the image would run, with its environment.
fn is_an_image(dockerfile: &str) {
    let sandbox = Sandbox::new();
    let line = |word: &str| {
        let line = dockerfile.lines().find_map(|line| line.strip_prefix(word));
        line.unwrap_or_else(|| panic!("no {word} in {dockerfile}")).trim()
    };
    let words = |word| serde_json::from_str::<Vec<String>>(line(word)).unwrap().join(" ");
    for name in
        line("COPY").split(' ').filter(|name| !["semlock", "/usr/local/bin/"].contains(name))
    {
        assert!(files().join(name).exists(), "{name}");
    }
    fs::write(sandbox.directory.join("app.pl"), "print semget(31818, 34, 0700) // die, ' is open'")
        .unwrap();
    let script = format!("export {}\n{} {}", line("ENV"), words("ENTRYPOINT"), words("CMD"));
    Finished::of(container(&sandbox, &script)).exits(0).prints("0 is open");
}

#[test]
fn the_entrypoint_becomes_its_command_and_accepts_a_block_that_is_there() {
    let sandbox = Sandbox::new();
    for _ in 0..2 {
        let command = "exec container-entrypoint sh -c 'echo $$; exit 7'";
        Finished::of(container(&sandbox, command)).exits(7).prints("1\n");
    }
    let other = Finished::of(container(&sandbox, "NSEMS=36 container-entrypoint true"));
    other.exits(73).complains("it has 34 semaphores, not 36");
}

#[test]
fn the_entrypoint_does_not_warn_of_what_it_cannot_measure() {
    let sandbox = Sandbox::new();
    fs::write("/proc/sys/kernel/sem", "34 34 10 1").unwrap();
    let started = Finished::of(container(&sandbox, "container-entrypoint true"));
    started.exits(0);
    assert!(!started.stderr().contains("warning"), "{started}");
}

#[test]
fn containers_that_share_semaphores_exclude_each_other_and_others_find_no_block() {
    let sandbox = Sandbox::new();
    let lock = "semlock lock -n 0d9e -- true";
    let mut holder = Running::start(container(
        &sandbox,
        "exec 2>/dev/null; container-entrypoint semlock lock 0d9e -- sh -c 'echo locked; cat'",
    ));
    assert_eq!(holder.line(), "locked");
    Finished::of(container(&sandbox, lock)).exits(75);
    Finished::of(container(&sandbox, &format!("unshare --ipc {lock}"))).exits(66);
    assert_eq!(holder.finish(), 0);
    Finished::of(container(&sandbox, lock)).exits(0);
}

#[cfg(target_pointer_width = "64")] // gVisor runs no 32-bit programs
#[test]
#[ignore = "needs root"]
fn on_gvisor_the_entrypoint_warns_and_becomes_its_command() {
    let sandbox = Sandbox::for_every_user();
    let entrypoint = files().join("container-entrypoint").display().to_string();
    let command = "semlock status --format json >/dev/null && echo runs";
    let mut runsc = sandbox.program("runsc");
    run_in_gvisor(&mut runsc);
    runsc.args([&entrypoint, "sh", "-c", command]);
    Finished::of(runsc).exits(0).prints("runs\n").complains("warning: no SEM_UNDO:");
}
