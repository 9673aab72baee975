//! A real mod_perl application that leaks a session, on the screens of root and of an
//! ordinary user; and that what these say to type puts an end to it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::{self, JoinHandle};

use crate::common::screen::{fixes, screen};
use crate::common::world::{User, World, has_every_uid};
use crate::common::{Finished, until};
use semlock::session::{Block, DEFAULT_KEY, slot_of};
use serde_json::Value;

const WWW_DATA: &str = "33";
const PORT: u16 = 8097;

/// Apache with mod_perl and Apache::Session.
struct Application {
    world: World,
    address: String,
}

impl Application {
    fn start() -> Self {
        let world = World::new();
        let address = world.sandbox.address();
        let application = Self { world, address };
        application.configure();
        application.start_server();
        application
    }

    fn configure(&self) {
        let directory = self.world.path("");
        let address = &self.address;
        let application = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/perl/mod_perl.pl");
        std::fs::copy(application, self.world.path("mod_perl.pl")).unwrap();
        let make = format!("mkdir {directory}sessions; chmod 777 {directory}sessions");
        self.world.run(User::Tester, &["sh", "-c", &make]).exits(0);
        let configuration = format!(
            "ServerRoot /usr/lib/apache2
LoadModule mpm_prefork_module modules/mod_mpm_prefork.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule perl_module modules/mod_perl.so
StartServers 4
MinSpareServers 1
MaxSpareServers 4
MaxRequestWorkers 4
ServerName localhost
Listen {address}:{PORT}
PidFile {directory}pid
ErrorLog {directory}log
User www-data
Group www-data
PerlSetEnv SESSIONS {directory}sessions
PerlRequire {directory}mod_perl.pl
<Location /app>
SetHandler perl-script
PerlResponseHandler App
</Location>
"
        );
        std::fs::write(self.world.path("conf"), configuration).unwrap();
    }

    fn start_server(&self) {
        // httpd becomes another user if it is root, or believes so.
        let other = "unshare --user --map-user=33 --map-group=33 ";
        let other = if has_every_uid() { "" } else { other };
        let script = format!("{other}apache2 -f {}; exit $?", self.world.path("conf"));
        self.world.run(User::Tester, &["sh", "-c", &script]).exits(0);
        until("the server answers", || TcpStream::connect((&self.address[..], PORT)).is_ok());
    }

    /// Asks for something; the answer can be waited for.
    fn ask(&self, query: &str) -> JoinHandle<String> {
        let mut stream = TcpStream::connect((&self.address[..], PORT)).unwrap();
        write!(stream, "GET /app?{query} HTTP/1.0\r\n\r\n").unwrap();
        thread::spawn(move || {
            let mut answer = String::new();
            let _ = stream.read_to_string(&mut answer);
            answer.split_once("\r\n\r\n").map(|(_, text)| text.into()).unwrap_or_default()
        })
    }

    fn answer(&self, query: &str) -> String {
        self.ask(query).join().unwrap()
    }

    /// Two sessions on different slots.
    fn sessions(&self) -> [String; 2] {
        let slot = |id: &str| slot_of(id.as_bytes(), 34).unwrap();
        let one = self.answer("new");
        let mut other = self.answer("new");
        until("a session on another slot", || {
            if slot(&other) == slot(&one) {
                other = self.answer("new");
            }
            slot(&other) != slot(&one)
        });
        [one, other]
    }

    /// Asks for something that waits for a lock, of a child that has none itself.
    fn ask_in_vain(&self, query: &str, waiting: i32) -> JoinHandle<String> {
        let block = Block::open(DEFAULT_KEY).unwrap().set();
        let waits = |semnum| block.ncnt(semnum).unwrap() + block.zcnt(semnum).unwrap();
        let mut asked = self.ask(query);
        until("the request waits", || {
            if asked.is_finished() {
                asked = self.ask(query);
            }
            (0..34).map(waits).sum::<i32>() == waiting
        });
        asked
    }

    fn semlock(&self, words: &[&str]) -> Finished {
        self.world.semlock(User::Tester, words)
    }

    /// Waits until `status` finds both of what is wrong.
    fn until_found(&self) -> Value {
        let words = ["status", "--waiting", "1s", "--format", "json"];
        let mut report = Value::Null;
        until("both waits are long", || {
            report = self.semlock(&words).exits(0).json();
            report["findings"].as_array().unwrap().len() == 2
        });
        report
    }
}

#[test]
fn a_leaked_session_is_found_and_what_is_printed_puts_an_end_to_it() {
    let application = Application::start();
    let [read, written] = application.sessions();
    let leaking = application.answer(&format!("leak&{read}&{written}"));
    let waiting = [(format!("write&{read}"), 1), (format!("read&{written}"), 2)]
        .map(|(query, number)| application.ask_in_vain(&query, number));
    let report = application.until_found();

    let kinds = [0, 1].map(|at| report["findings"][at]["kind"].as_str().unwrap().to_owned());
    assert_eq!(kinds, ["leaked-reader", "long-wait"], "{report}");
    let slots = report["slots"].as_array().unwrap();
    let since = |slot: &Value| slot["waiters"][0]["since"].is_string();
    assert!(slots.len() == 2 && slots.iter().all(since), "{report}");

    let shown = screen(&application.world, "status --waiting 1s");
    for part in [
        "\nleaked-reader: an unknown reader has slot ",
        "\n    it may be one of these, the likeliest first: each can call semop(2)",
        &format!("\n    process {leaking} (apache2 -f "),
        "\nlong-wait: a process has waited ",
        &format!("process {leaking} (apache2 -f "),
    ] {
        assert!(shown.contains(part), "{part:?} is not in\n{shown}");
    }
    let parent = application.world.read("pid").trim().to_owned();
    let checked = application.semlock(&["status", "--check", "--waiting", "1s"]);
    let printed = fixes(&checked.exits(1).stdout());
    assert_eq!(printed, fixes(&shown), "{checked}");
    let ends =
        |pid: &str| printed.iter().any(|fix| fix.starts_with(&format!("kill -KILL {pid}  # ")));
    assert!(ends(&leaking) && !ends(&parent), "{checked}");
    application.semlock(&["status", "--check", "--waiting", "1s", "--quiet"]).exits(1).is_silent();
    let metrics = ["status", "--waiting", "1s", "--format", "prometheus"];
    let metrics = application.semlock(&metrics).stdout();
    assert!(metrics.contains("kind=\"leaked-reader\"} 1\n"), "{metrics}");
    assert!(!metrics.contains("longest_wait_seconds{key=\"31818\"} 0\n"), "{metrics}");

    if has_every_uid() {
        sees_less(&application);
    }
    for fix in printed {
        application.world.run(User::Tester, &["sh", "-c", &fix]).exits(0);
    }
    let [first, second] = waiting.map(|answer| answer.join().unwrap());
    assert_eq!((first, second), (read, written));
    until("nothing is locked", || {
        application.semlock(&["status", "--format", "json"]).json()["slots"]
            == serde_json::json!([])
    });
    application.semlock(&["status", "--check", "--waiting", "1s"]).exits(0).is_silent();
}

/// The server's own user may not look at processes that have become that user.
fn sees_less(application: &Application) {
    let binary = application.world.sandbox.binary();
    let as_user = ["setpriv", "--reuid", WWW_DATA, "--regid", WWW_DATA, "--clear-groups", binary];
    let run = |words: &[&str]| {
        let command = [&as_user[..], words].concat();
        application.world.run(User::Tester, &command)
    };
    let checked = run(&["status", "--check", "--waiting", "1s"]);
    checked.exits(77).prints("").complains("how long a process has waited for slot ");
    let shown = run(&["status", "--waiting", "1s"]).exits(0).stdout();
    let hint = "as root (0): ";
    let fix = shown.lines().find_map(|line| line.strip_prefix(hint));
    let fix = fix.unwrap_or_else(|| panic!("nothing for root to type in\n{shown}"));
    let fix = fix.replacen("semlock", binary, 1);
    let said = application.world.run(User::Tester, &["sh", "-c", &fix]);
    assert!(said.exits(0).stdout().contains("waits"), "{said}");
}
