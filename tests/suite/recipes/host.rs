//! A machine with accounts of its own, on which the commands of a recipe are typed.

use std::fs;
use std::process::Command;

use super::{files, names_in};
use crate::common::Finished;
use crate::common::world::{OTHER, User, World};

pub const ROOT: u32 = 0;
pub const WWW_DATA: u32 = 33;

pub struct Host {
    pub world: World,
}

impl Host {
    /// One on which the user [`OTHER`] has this name.
    pub fn with_user(world: World, name: &str) -> Self {
        let accounts = [("root", ROOT), ("www-data", WWW_DATA), (name, OTHER)];
        let accounts = accounts.map(|(name, id)| format!("{name}:x:{id}:{id}::/:/bin/sh\n"));
        fs::write(world.path("passwd"), accounts.concat()).unwrap();
        // Every user can reach them there, which may not be so where they are.
        for name in names_in(&files()) {
            let copy = ["install", files().join(&name).to_str().unwrap(), &world.path(&name)]
                .map(String::from);
            world.run(User::Tester, &copy.each_ref().map(String::as_str)).exits(0);
        }
        Self { world }
    }

    /// What a user types, with errors where all else is printed.
    pub fn terminal(&self, uid: u32, script: &str) -> Command {
        let enter = "cd \"$0\" && mount --bind passwd /etc/passwd && PATH=$PWD:$PATH exec \"$@\"";
        let directory = self.world.directory().to_str().unwrap();
        let [reuid, regid] = [format!("--reuid={uid}"), format!("--regid={uid}")];
        let script = format!("exec 2>&1\n{script}");
        let become_user =
            ["setpriv", &reuid, &regid, "--clear-groups", "setsid", "--wait", "sh", "-c", &script];
        let enter = ["unshare", "--mount", "sh", "-c", enter, directory];
        self.world.command(User::Tester, &[&enter[..], &become_user].concat())
    }

    pub fn run(&self, uid: u32, script: &str) -> Finished {
        Finished::of(self.terminal(uid, script))
    }
}
