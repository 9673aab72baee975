//! The backup under a freeze.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use nix::sys::signal::Signal;

use super::{Recipe, files, run_job};
use crate::common::console::StandIn;
use crate::common::{Finished, Running, Sandbox, assert_free, perl_in, until, until_waiting};
use semlock::session::{Block, slot_of};

const SESSION: &str = "1c8f2b70a94de653";

/// An application with a session, and places for archives.
struct Application {
    sandbox: Sandbox,
    block: Block,
}

impl Application {
    fn new() -> Self {
        let (sandbox, block) = Sandbox::with_block(34);
        for name in ["sessions", "backup", "mnt"] {
            fs::create_dir(sandbox.directory.join(name)).unwrap();
        }
        let store = "use Storable 'nfreeze'; print nfreeze {_session_id => $ARGV[0], visits => 1}";
        let mut perl = sandbox.program("perl");
        perl.args(["-e", store, SESSION]);
        let application = Self { sandbox, block };
        fs::write(application.path("sessions").join(SESSION), perl.output().unwrap().stdout)
            .unwrap();
        application
    }

    fn path(&self, name: &str) -> PathBuf {
        self.sandbox.directory.join(name)
    }

    /// A Perl process of it.
    fn process(&self) -> Running {
        perl_in(&self.path("sessions"), 34)
    }

    fn backup(&self) -> Command {
        let mut backup = self.sandbox.program(files().join("backup-sessions").to_str().unwrap());
        backup.args(["sessions", "backup/app.tar"].map(|name| self.path(name)));
        backup
    }

    /// A disk that does not answer: what opens this file for writing hangs.
    fn hangs_at(&self, name: &str) {
        let mut mkfifo = Command::new("mkfifo");
        mkfifo.arg(self.path(name));
        Finished::of(mkfifo).exits(0);
    }

    fn stand_ins(&self) -> Vec<StandIn<'static>> {
        let places =
            [("sessions", "/var/lib/app/sessions"), ("backup", "/backup"), ("mnt", "/mnt")];
        places.map(|(name, shown)| (self.path(name).display().to_string(), shown)).into()
    }
}

pub fn run(recipe: &mut Recipe) {
    let application = Application::new();
    let places = application.stand_ins();
    run_job(&application.sandbox, &recipe.block("crontab"), "root", &places);
    fs::remove_file(application.path("backup/app.tar")).unwrap();
    recipe.shows(&application.sandbox, &places);
    shows_who_waits(recipe, &application);
    application.hangs_at("mnt/app.tar.new");
    recipe.shows(&application.sandbox, &places);
    assert_free(application.block);
}

fn shows_who_waits(recipe: &mut Recipe, application: &Application) {
    let archive = application.path("backup/app.tar.new");
    application.hangs_at("backup/app.tar.new");
    let backup = Running::start(application.backup());
    let mut reader = application.process();
    let writer = application.block.writer(slot_of(SESSION.as_bytes(), 34).unwrap());
    until("the freeze", || application.block.set().value(writer.into()) == Ok(1));
    reader.tell(&format!("look {SESSION}"));
    until_waiting(application.block, 1);
    let holder = application.block.set().pid(writer.into()).unwrap().unwrap();
    let pids = [(holder.to_string(), "18301"), (reader.pid().to_string(), "18305")];
    let sessions = application.path("sessions").display().to_string();
    let client = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/perl/client.pl");
    let mut stand_ins = vec![(format!("{client} {sessions} 34"), "app.pl")];
    stand_ins.extend(application.stand_ins());
    stand_ins.extend(pids);
    recipe.shows(&application.sandbox, &stand_ins);
    fs::read(&archive).unwrap();
    assert_eq!(backup.finish(), 0);
    assert_eq!(reader.line(), "held");
    assert_eq!(reader.ask("untie"), "released");
}

#[test]
fn a_backup_waits_for_open_sessions_and_has_what_they_wrote() {
    let application = Application::new();
    let mut writer = application.process();
    assert_eq!(writer.ask(&format!("tie {SESSION}")), "held");
    let backup = Running::start(application.backup());
    until_waiting(application.block, 1);
    let archive = application.path("backup/app.tar");
    assert!(!archive.exists());
    assert_eq!(writer.ask("untie"), "released");
    assert_eq!(backup.finish(), 0);
    let mut tar = Command::new("tar");
    tar.arg("-xOf").arg(&archive).arg(format!("./{SESSION}"));
    let archived = tar.output().unwrap().stdout;
    assert_eq!(archived, fs::read(application.path("sessions").join(SESSION)).unwrap());
    assert_free(application.block);
}

#[test]
fn nothing_is_written_while_the_archive_is() {
    let application = Application::new();
    let before = fs::read(application.path("sessions").join(SESSION)).unwrap();
    application.hangs_at("backup/app.tar.new");
    let backup = Running::start(application.backup());
    let set = application.block.set();
    until("the freeze", || set.values().unwrap().iter().sum::<u16>() == 17);
    let mut writer = application.process();
    writer.tell(&format!("tie {SESSION}"));
    until_waiting(application.block, 1);
    let archive = fs::read(application.path("backup/app.tar.new")).unwrap();
    assert!(archive.windows(before.len()).any(|part| part == before));
    assert_eq!(backup.finish(), 0);
    assert_eq!(writer.line(), "held");
    assert_eq!(writer.ask("untie"), "released");
    assert_ne!(before, fs::read(application.path("sessions").join(SESSION)).unwrap());
}

#[test]
fn a_backup_that_does_not_get_its_turn_leaves_the_old_archive() {
    let application = Application::new();
    let archive = application.path("backup/app.tar");
    let of_another_backup = application.path("backup/app.tar.new");
    fs::write(&archive, "old").unwrap();
    fs::write(&of_another_backup, "new").unwrap();
    let mut writer = application.process();
    assert_eq!(writer.ask(&format!("tie {SESSION}")), "held");
    let mut backup = application.backup();
    backup.env("WAIT", "0.1");
    Finished::of(backup).exits(1).complains("the old archive stays: sessions stay open");
    assert_eq!(fs::read(&archive).unwrap(), b"old");
    assert_eq!(fs::read(of_another_backup).unwrap(), b"new");
    assert_eq!(writer.ask("untie"), "released");
    assert_free(application.block);
}

/// Otherwise, another backup could already write to the new archive.
#[test]
fn the_new_archive_becomes_the_old_one_under_the_lock() {
    let application = Application::new();
    application.hangs_at("backup/app.tar.new");
    let backup = Running::start(application.backup());
    let set = application.block.set();
    until("the freeze", || set.values().unwrap().iter().sum::<u16>() == 17);
    backup.signal(Signal::SIGSTOP);
    fs::read(application.path("backup/app.tar.new")).unwrap();
    until("it is in its place", || application.path("backup/app.tar").exists());
    backup.signal(Signal::SIGCONT);
    assert_eq!(backup.finish(), 0);
}

#[test]
fn a_backup_that_fails_leaves_the_old_archive_only() {
    let application = Application::new();
    let archive = application.path("backup/app.tar");
    fs::write(&archive, "old").unwrap();
    fs::remove_dir_all(application.path("sessions")).unwrap();
    Finished::of(application.backup()).exits(1).complains("the old archive stays: ");
    assert_eq!(fs::read(&archive).unwrap(), b"old");
    assert_eq!(fs::read_dir(application.path("backup")).unwrap().count(), 1);
}

#[test]
fn under_a_shared_freeze_readers_go_on_and_writers_wait() {
    let application = Application::new();
    let freeze = application.sandbox.hold(&["--all", "-s"]);
    let [mut reader, mut writer] = [application.process(), application.process()];
    assert_eq!(reader.ask(&format!("look {SESSION}")), "held");
    assert_eq!(reader.ask("untie"), "released");
    writer.tell(&format!("tie {SESSION}"));
    until_waiting(application.block, 1);
    assert_eq!(freeze.finish(), 0);
    assert_eq!(writer.line(), "held");
}
