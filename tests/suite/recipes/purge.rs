//! The purger of old sessions.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Recipe, files, run_job};
use crate::common::{Finished, Sandbox, assert_free, perl};

/// The directory of sessions that the recipe names.
const SESSIONS: &str = "/var/lib/app/sessions";

pub fn run(recipe: &mut Recipe) {
    let (sandbox, block) = Sandbox::with_block(34);
    let sessions = sessions(&sandbox, [("0d9e8c34", 40), ("1c8f2b70", 40), ("77aa01fe", 0)]);
    let job = recipe.block("crontab");
    let mut perl = perl(&sandbox, 34);
    assert_eq!(perl.ask("read 0d9e8c34"), "held");
    let stand_ins = [(sessions.display().to_string(), SESSIONS)];
    recipe.shows(&sandbox, &stand_ins);
    assert_eq!(perl.ask("release"), "released");
    run_job(&sandbox, &job, "app", &stand_ins);
    assert_eq!(fs::read_dir(&sessions).unwrap().count(), 1);
    assert_free(block);
}

/// A directory with these sessions, which are so many days old.
fn sessions<const N: usize>(sandbox: &Sandbox, sessions: [(&str, u8); N]) -> PathBuf {
    let directory = sandbox.directory.join("sessions");
    fs::create_dir(&directory).unwrap();
    for (id, age) in sessions {
        let mut touch = Command::new("touch");
        touch.args(["-d", &format!("{age} days ago")]).arg(directory.join(id));
        Finished::of(touch).exits(0);
    }
    directory
}

fn purge(sandbox: &Sandbox, sessions: &Path) -> Command {
    let mut purge = sandbox.program(files().join("purge-sessions").to_str().unwrap());
    purge.arg(sessions);
    purge
}

#[test]
fn names_with_blanks_and_dashes_are_sessions_too() {
    let (sandbox, block) = Sandbox::with_block(34);
    let sessions = sessions(&sandbox, [("-2b70", 40), ("a b", 40), ("-n", 0)]);
    Finished::of(purge(&sandbox, &sessions)).exits(0).is_silent();
    assert_eq!(fs::read_dir(&sessions).unwrap().count(), 1);
    assert_free(block);
}

#[test]
fn the_purger_stops_when_there_is_no_block() {
    let sandbox = Sandbox::new();
    let sessions = sessions(&sandbox, [("1c8f", 40)]);
    let purge = Finished::of(purge(&sandbox, &sessions));
    purge.exits(1).complains("cannot purge ./1c8f");
    assert!(sessions.join("1c8f").exists());
}

#[test]
fn a_name_of_two_lines_is_not_read_as_two_names() {
    let (sandbox, _block) = Sandbox::with_block(34);
    let sessions = sessions(&sandbox, [("0d9e", 0), ("0d9e\n-delete", 40)]);
    Finished::of(purge(&sandbox, &sessions)).exits(0).is_silent();
    assert_eq!(fs::read_dir(&sessions).unwrap().count(), 2);
}

#[test]
fn without_a_directory_nothing_is_purged() {
    let (sandbox, _block) = Sandbox::with_block(34);
    let sessions = sessions(&sandbox, [("1c8f", 40)]);
    let mut purge = purge(&sandbox, Path::new(""));
    purge.current_dir(&sessions);
    Finished::of(purge).complains("usage: purge-sessions DIRECTORY");
    assert!(sessions.join("1c8f").exists());
}

/// The application removes it when the purger is about to lock it.
#[test]
fn a_session_that_is_gone_in_the_meantime_does_not_stop_the_purger() {
    let (sandbox, _block) = Sandbox::with_block(34);
    let sessions = sessions(&sandbox, [("1c8f", 40), ("0d9e", 40)]);
    let script = format!(
        "mkdir bin && cat >bin/semlock <<'END' && chmod +x bin/semlock
#!/bin/sh
rm -f 1c8f
exec {} \"$@\"
END
PATH=$PWD/bin:$PATH {}/purge-sessions {}",
        fs::canonicalize(sandbox.binary()).unwrap().display(),
        files().display(),
        sessions.display()
    );
    Finished::of(sandbox.shell(&script)).exits(0);
    assert_eq!(fs::read_dir(&sessions).unwrap().count(), 0);
}
