//! systemd as the first process of a machine's worth of namespaces.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{Finished, Running, Sandbox, until};

/// A running systemd.
pub struct Booted {
    first: String,
    /// What waits for it, and takes it with it.
    _unshare: Running,
    _cgroup: Cgroup,
}

impl Booted {
    /// Boots it with the units in this directory.
    pub fn with(sandbox: &Sandbox, units: &Path) -> Self {
        let cgroup = Cgroup::new(sandbox);
        let join = "echo $$ >\"$0/cgroup.procs\" && exec unshare \"$@\"";
        let mut unshare = sandbox.program("sh");
        unshare.args(["-c", join]).arg(&cgroup.0);
        unshare.args(["--mount", "--pid", "--net", "--uts", "--cgroup"]);
        unshare.args(["--fork", "--kill-child", "--mount-proc", "sh"]);
        unshare.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/recipes/systemd/boot"));
        unshare.arg(units);
        let unshare = Running::start(unshare);
        let booted = Self { first: unshare.child_pid(), _unshare: unshare, _cgroup: cgroup };
        until("systemd has booted", || {
            let active = booted.shell(sandbox, "systemctl is-active multi-user.target");
            Finished::of(active).stdout() == "active\n"
        });
        booted
    }

    /// A shell in it.
    pub fn shell(&self, sandbox: &Sandbox, script: &str) -> Command {
        let mut shell = sandbox.program("nsenter");
        shell.args(["--target", &self.first, "--mount", "--pid", "--net", "--uts", "--cgroup"]);
        shell.args(["sh", "-c", &format!("exec 2>&1\n{script}")]);
        shell
    }
}

/// A control group of the machine's own, below the one that this process is in.
struct Cgroup(PathBuf);

impl Cgroup {
    fn new(sandbox: &Sandbox) -> Self {
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
        let mut mounts = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
        let mount = mounts.find(|mount| mount[2] == "cgroup2").expect("a cgroup2 file system");
        let groups = fs::read_to_string("/proc/self/cgroup").unwrap();
        let own = groups.lines().find_map(|line| line.strip_prefix("0::/")).unwrap();
        let path = Path::new(mount[1]).join(own).join(sandbox.directory.file_name().unwrap());
        fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        until("the control groups are empty", || remove_groups(&self.0));
    }
}

/// Removes control groups, the innermost first, if no process is left in them.
fn remove_groups(group: &Path) -> bool {
    let inner = fs::read_dir(group).unwrap().map(|entry| entry.unwrap().path());
    let is_empty = inner.filter(|path| path.is_dir()).all(|path| remove_groups(&path));
    is_empty && fs::remove_dir(group).is_ok()
}
