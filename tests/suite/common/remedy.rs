//! Failures, and doing what their `fix:` lines say.

use std::fs;

use serde_json::Value;

use crate::common::{Finished, Sandbox};

/// A private table with limits of its own: SEMMSL, SEMMNS, SEMOPM, SEMMNI.
pub fn limited(limits: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    fs::write("/proc/sys/kernel/sem", limits)
        .expect("the limits of an IPC namespace of one's own can be set");
    sandbox
}

/// Runs what fails, and then, each time in a new sandbox that `provoke` makes,
/// every remedy that it prints and `works`, which must succeed.
#[track_caller]
pub fn is_fixed_by_each_fix(
    provoke: impl Fn() -> Sandbox,
    failing: &[&str],
    works: &[&str],
) -> Finished {
    let failed = provoke().run(failing);
    let fixes = fixes(&failed);
    assert!(!fixes.is_empty(), "no fix: {failed}");
    for fix in fixes {
        let sandbox = provoke();
        assert!(!sandbox.run(failing).stderr().is_empty());
        follow(&sandbox, &fix);
        sandbox.run(works).exits(0);
    }
    failed
}

pub fn fixes(failed: &Finished) -> Vec<String> {
    let stderr = failed.stderr();
    let lines = stderr.lines().filter_map(|line| line.strip_prefix("  fix: "));
    lines.map(Into::into).collect()
}

/// Does what a remedy says: a command as it is, with semlock in the PATH; what
/// a container is to be started with by setting what its start would set.
pub fn follow(sandbox: &Sandbox, fix: &str) {
    let script = match fix.split_once("--sysctl ") {
        Some((_, setting)) => format!("sysctl -w {setting}"),
        None => fix.into(),
    };
    let mut shell = sandbox.program("sh");
    shell.arg("-ec").arg(script);
    Finished::of(shell).exits(0);
}

/// The failure as JSON, which must be all of stderr.
#[track_caller]
pub fn failure(failed: &Finished) -> Value {
    serde_json::from_str(&failed.stderr()).unwrap_or_else(|error| panic!("{error}: {failed}"))
}
