//! The service and the timer that clean up, under a real systemd.

mod booted;

use std::fs;
use std::path::PathBuf;

use booted::Booted;

use super::{Recipe, read_file};
use crate::common::{Finished, OLD, Sandbox, until, until_the_sets_are_older_than};
use semlock::sysv::all_sets;

/// How many sets the table has room for.
const ROOM: usize = 4;

/// Settings of the service, and others with which it cannot do its work.
const BLINDING: [(&str, &str); 3] = [
    ("PrivateIPC=no", "PrivateIPC=yes"),
    ("PrivateUsers=no", "PrivateUsers=yes"),
    (" CAP_SYS_ADMIN", ""),
];

/// A server that leaves a set behind, a process of its user that cannot use it, and a server
/// that still has its own set.
const PROCESSES: [(&str, &str); 3] = [
    ("ended", "Type=oneshot\nUser=www-data\nExecStart=perl -e '$USE_A_SET'"),
    ("other", "User=www-data\nExecStart=sleep infinity"),
    ("alive", "User=nobody\nExecStart=perl -e '$USE_A_SET; sleep'"),
];

const USE_A_SET: &str = "semop(semget(0, 1, 0600), pack(q(s!3), 0, 1, 0)) or die";

/// The unit of a real httpd, which has one set.
const APACHE: &str = "
    [Unit]
    StartLimitIntervalSec=0
    [Service]
    ExecStart=apache2 -DFOREGROUND -f DIRECTORY/apache2.conf";

const CONFIGURATION: &str = "
    ServerRoot /usr/lib/apache2
    LoadModule mpm_prefork_module modules/mod_mpm_prefork.so
    LoadModule authz_core_module modules/mod_authz_core.so
    LoadModule authn_core_module modules/mod_authn_core.so
    LoadModule auth_digest_module modules/mod_auth_digest.so
    ServerName localhost
    Listen 127.0.0.1:80
    PidFile DIRECTORY/apache2.pid
    ErrorLog DIRECTORY/apache2.log
    Mutex sysvsem default
    User www-data
    Group www-data";

pub fn run(recipe: &mut Recipe) {
    let sandbox = Sandbox::for_every_user();
    fs::write("/proc/sys/kernel/sem", format!("8 32 8 {ROOM}")).unwrap();
    let machine = Booted::with(&sandbox, &units(&sandbox));
    let shell = |command: &str| {
        let mut shell = machine.shell(&sandbox, &format!("journalctl --sync\n{command}"));
        shell.env("MANPATH", manual(&sandbox));
        shell
    };
    for number in 1..=ROOM {
        Finished::of(shell("systemctl start apache2")).exits(0);
        until("httpd has its set", || all_sets().unwrap().len() == number);
        Finished::of(shell("systemctl kill -s KILL apache2")).exits(0);
        until("httpd is gone", || {
            Finished::of(shell("systemctl is-active apache2")).stdout() == "failed\n"
        });
    }
    until_the_sets_are_older_than(OLD);
    recipe.shows_in(&[], shell);
    recipe.shows_in(&[], shell);
}

/// The recipe's units, and that of httpd.
fn units(sandbox: &Sandbox) -> PathBuf {
    let units = sandbox.directory.join("units");
    fs::create_dir(&units).unwrap();
    for name in ["semlock-clean.service", "semlock-clean.timer"] {
        let unit = read_file(name).replace("/usr/bin/semlock", sandbox.binary());
        fs::write(units.join(name), unit).unwrap();
    }
    let here = |text: &str| text.replace("DIRECTORY", sandbox.directory.to_str().unwrap());
    fs::write(units.join("apache2.service"), here(APACHE)).unwrap();
    fs::write(sandbox.directory.join("apache2.conf"), here(CONFIGURATION)).unwrap();
    units
}

/// The place of the manual page that the units name.
fn manual(sandbox: &Sandbox) -> PathBuf {
    let manual = sandbox.directory.join("man");
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/man/semlock-recipes.7");
    fs::create_dir_all(manual.join("man7")).unwrap();
    let _ = std::os::unix::fs::symlink(page, manual.join("man7/semlock-recipes.7"));
    manual
}

#[test]
#[ignore = "needs root"]
fn the_service_sees_who_uses_a_set_and_removes_nothing_if_it_cannot() {
    let sandbox = Sandbox::for_every_user();
    let units = units(&sandbox);
    let add = |name: &str, unit: &str| {
        fs::write(units.join(name).with_extension("service"), unit).unwrap();
    };
    for (name, service) in PROCESSES {
        add(name, &format!("[Service]\n{}", service.replace("$USE_A_SET", USE_A_SET)));
    }
    let service = fs::read_to_string(units.join("semlock-clean.service")).unwrap();
    for (number, (good, bad)) in BLINDING.iter().enumerate() {
        assert!(service.contains(good), "{good}");
        add(&format!("blind-{number}"), &service.replace(good, bad));
    }
    let machine = Booted::with(&sandbox, &units);
    let start =
        |unit: &str| Finished::of(machine.shell(&sandbox, &format!("systemctl start {unit}")));
    start("ended other alive").exits(0);
    until("each has its set", || all_sets().unwrap().len() == 2);
    until_the_sets_are_older_than(OLD);
    for (number, (_, bad)) in BLINDING.iter().enumerate() {
        start(&format!("blind-{number}"));
        assert_eq!(all_sets().unwrap().len(), 2, "removed in spite of {bad:?}");
    }
    start("semlock-clean").exits(0);
    assert_eq!(all_sets().unwrap().len(), 1);
}
