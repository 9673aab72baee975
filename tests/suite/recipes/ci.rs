//! A job that finds out early whether its tests can run.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use super::{Recipe, read_file};
use crate::common::{Finished, Sandbox};

/// Prints the commands of a job, in either format.
const COMMANDS: &str = "
import sys, yaml
file = yaml.safe_load(sys.stdin)
if 'jobs' in file:
    print('\\n'.join(step['run'] for step in file['jobs']['test']['steps'] if 'run' in step))
else:
    print('\\n'.join(file['test']['before_script'] + file['test']['script']))";

pub fn run(recipe: &mut Recipe) {
    let jobs = [recipe.block("yaml"), recipe.block("yaml")];
    let sandbox = Sandbox::new();
    for name in ["ci-semaphores", "Makefile"] {
        let makefile = "test:\n\t@semlock lock 4d1e20a7 -- echo tested\n";
        let text = if name == "Makefile" { makefile.into() } else { read_file(name) };
        fs::write(sandbox.directory.join(name), text).unwrap();
    }
    recipe.shows(&sandbox, &[]);
    for job in &jobs {
        let too_few = run_job(&sandbox, job);
        too_few.exits(1);
        assert!(!too_few.stdout().contains("tested"), "{too_few}");
    }
    recipe.shows(&sandbox, &[]);
    for job in &jobs {
        sandbox.run(["remove", "--quiet"]).exits(0);
        run_job(&sandbox, job).exits(0).contains("\ntested\n");
    }
}

/// Runs a job as its system does: the first command that fails ends it.
fn run_job(sandbox: &Sandbox, yaml: &str) -> Finished {
    let mut python = Command::new("/usr/bin/python3");
    python.args(["-c", COMMANDS]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut python = python.spawn().unwrap();
    python.stdin.take().unwrap().write_all(yaml.as_bytes()).unwrap();
    let commands = python.wait_with_output().unwrap();
    assert!(commands.status.success(), "{yaml}");
    let mut shell = sandbox.program("sh");
    shell.args(["-e", "-c", std::str::from_utf8(&commands.stdout).unwrap()]);
    Finished::of(shell)
}
