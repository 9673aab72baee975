//! Processes of a local user that claim to be what they are not.

use std::fs;
use std::process::{Command, Stdio};

use crate::common::users::NOBODY;
use crate::common::{Running, Sandbox, holders, until};

/// What a process says of itself: the words of its command line, its name, and a
/// lock that its environment names.
#[derive(Clone, Debug)]
pub struct Claim {
    words: Vec<String>,
    name: Vec<u8>,
    /// The mode of a read or write lock of every slot.
    held: Option<char>,
    /// Whether it has a pid namespace of its own.
    apart: bool,
}

/// The words and the name of a true holder, which is not there any more.
fn true_holder(sandbox: &Sandbox, options: &[&str]) -> (Vec<String>, Vec<u8>, i32) {
    let mut owner = Running::start(Command::new("cat"));
    assert_eq!(owner.ask("ready"), "ready");
    let pid = owner.pid();
    sandbox.run([&["lock", "--for", &pid.to_string()], options].concat()).exits(0);
    let holder = holders()[0];
    let words = fs::read_to_string(format!("/proc/{holder}/cmdline")).unwrap();
    let words = words.trim_end_matches('\0').split('\0').map(str::to_owned).collect();
    let mut name = fs::read(format!("/proc/{holder}/comm")).unwrap();
    name.pop();
    owner.kill();
    until("the holder gone", || holders().is_empty());
    (words, name, pid)
}

/// Holders of every kind, copied from true ones, for the first process and for a
/// process that the commands descend from; commands with a lock; odd names.
pub fn claims(sandbox: &Sandbox) -> Vec<Claim> {
    let mut claims = Vec::new();
    for options in [&["a"][..], &["-s", "a"], &["--all"], &["-s", "--all"]] {
        let (words, name, pid) = true_holder(sandbox, options);
        for owner in [1, std::process::id()] {
            let owned = |word: &String| word.replace(&format!("={pid}"), &format!("={owner}"));
            let words = words.iter().map(owned).collect();
            claims.push(Claim { words, name: name.clone(), held: None, apart: owner == 1 });
        }
    }
    let plain = claims[0].clone();
    claims.push(Claim { apart: false, ..plain.clone() });
    // The last of these claims nothing, and shows that answers do not vary by themselves.
    for held in [Some('r'), Some('w'), None] {
        let words = vec!["cat".into()];
        claims.push(Claim { words, held, name: b"cat".into(), apart: false });
    }
    claims.push(Claim { name: b"x\n7 orphaned".into(), ..plain.clone() });
    claims.push(Claim { name: b"aaaaaaaaaaaaaa\xc3".into(), ..plain });
    claims
}

impl Claim {
    /// Starts the forger: a shell whose script goes by the second word.
    pub fn start(&self, sandbox: &Sandbox, semid: i32, namespace: &str) -> Running {
        let script = self.words.get(1).map_or("idle", String::as_str);
        let body = "printf %b \"$NAME\" >/proc/self/comm; echo ready; read line\n";
        fs::write(sandbox.directory.join(script), body).unwrap();
        let mut launcher = Command::new(if self.apart { "unshare" } else { "setpriv" });
        if self.apart {
            // The first process stays root's: a change of user would untie it from its
            // parent. A shell there could know of root's sets.
            launcher.args([
                "--pid",
                "--fork",
                "--kill-child",
                "/usr/bin/python3",
                "-c",
                "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))",
                "setpriv",
            ]);
        }
        let user = [format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")];
        launcher.args(user).args(["--clear-groups", "bash", "-c"]);
        let held = self.held.map_or("unset SEMLOCK_HELD".into(), |mode| {
            format!("export SEMLOCK_HELD={namespace}:{semid}:*:{mode}:$$:a")
        });
        launcher.arg(format!("{held}; exec -a \"$0\" sh \"$@\"")).arg(&self.words[0]).arg(script);
        launcher.args(self.words.iter().skip(2));
        let octal = |text: String, byte| format!("{text}\\0{byte:03o}");
        let name = self.name.iter().fold(String::new(), octal);
        launcher.env("NAME", name).current_dir(&sandbox.directory).stderr(Stdio::null());
        let mut forger = Running::start(launcher);
        assert_eq!(forger.line(), "ready");
        forger
    }
}
