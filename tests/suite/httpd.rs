//! Apache httpd's own semaphore sets: what lives is kept, what is left over
//! goes. Needs root, as a server does that becomes another user.

mod machine;

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::common::{
    Finished, LONG_SETTLED, Running, Sandbox, until, until_the_sets_are_older_than,
};
use jiff::SignedDuration;
use machine::{Machine, ROOM};
use semlock::sysv::{Semid, SetInfo, all_sets};
use serde_json::Value;

fn sets() -> Vec<SetInfo> {
    all_sets().unwrap()
}

fn semids() -> Vec<Semid> {
    sets().iter().map(|row| row.semid).collect()
}

/// A command that makes the set one that a launcher made which has ended since,
/// as some modules do: the process that its semaphore names is no more.
fn launcher(semid: Semid) -> String {
    format!("perl -e 'use IPC::SysV q(SETVAL); semctl({semid}, 0, SETVAL, 1) or die'")
}

/// The server's parent process.
fn parent(machine: &mut Machine) -> i32 {
    machine.run("cat pid-8080").stdout.trim().parse().unwrap()
}

fn may_use(pid: i32) -> String {
    format!("process {pid} (apache2) may use it: it ")
}

/// What is said of a set that was made or changed while the process was there.
fn known(pid: i32) -> String {
    let may_use = may_use(pid);
    format!("{may_use}was running when the set was last changed or used, and libapr-1.so")
}

/// Waits until a process that starts now would not be taken for one that was
/// there when the sets were made: the margin of the verdict, and a second.
fn until_the_sets_are_old() {
    until_the_sets_are_older_than(SignedDuration::from_secs(4));
}

#[test]
#[ignore = "needs root"]
fn a_running_servers_set_is_kept_although_its_launcher_and_all_its_first_children_are_gone() {
    let mut machine = Machine::new();
    machine.start_server(8080);
    let made = sets();
    assert_eq!(
        (made.len(), made[0].key.raw(), made[0].nsems, made[0].permissions.mode),
        (1, 0, 1, 0o600)
    );
    assert_eq!(made[0].otime, None);
    machine.run(&launcher(made[0].semid)).exits(0);
    until_the_sets_are_old();
    machine.recycle_children(8080);
    machine.semlock("remove --orphaned --idle 0s --yes").exits(0);
    let id = made[0].semid;
    let plan = "remove --orphaned --idle 0s --dry-run --format json";
    let report = machine.semlock(plan).exits(0).json();
    assert_eq!(report["removed"], serde_json::json!([]));
    assert_eq!(report["kept"][0]["semid"], id.raw());
    assert_eq!(report["kept"][0]["verdict"], "idle");
    let refused = machine.semlock(&format!("remove --id {id} --idle 0s")).exits(75);
    let parent = parent(&mut machine);
    assert!(refused.stderr.contains(&known(parent)), "{refused:?}");
    assert_eq!(report["kept"][0]["kept_by"][0], parent);
    machine.semlock("remove --all --idle 0s --yes").exits(75);
    assert_eq!(semids(), [id]);
    assert!(machine.request(8080));
}

#[test]
#[ignore = "needs root"]
fn the_set_of_a_server_that_has_no_child_at_the_moment_is_kept() {
    let mut machine = Machine::new();
    machine.start_server(8080);
    let made = sets()[0];
    machine.run(&launcher(made.semid)).exits(0);
    until_the_sets_are_old();
    machine.run("kill -STOP $(cat pid-8080) && pkill -9 --parent $(cat pid-8080)").exits(0);
    // The stopped parent is none of those that run.
    until("every child is dead", || machine.servers().is_empty());
    let refused = machine.semlock(&format!("remove --id {} --idle 0s", made.semid)).exits(75);
    assert!(refused.stderr.contains(&known(parent(&mut machine))), "{refused:?}");
    machine.semlock("remove --orphaned --idle 0s --yes").exits(0);
    assert_eq!(semids(), [made.semid]);
    machine.run("kill -CONT $(cat pid-8080)").exits(0);
    until("the server answers", || machine.request(8080));
}

#[test]
#[ignore = "needs root"]
fn the_set_of_children_whose_parent_was_killed_is_kept_and_goes_when_they_are_killed_too() {
    let mut machine = Machine::new();
    machine.start_server(8080);
    until_the_sets_are_old();
    machine.recycle_children(8080);
    machine.run("kill -9 $(cat pid-8080)").exits(0);
    let id = semids()[0];
    let kept = machine.semlock("remove --orphaned --idle 0s --dry-run --verbose").exits(0);
    assert!(kept.stdout.contains(&format!("kept semid {id}, ")), "{kept:?}");
    assert!(
        kept.stdout.contains("outlives the leader of its process group or terminal session"),
        "{kept:?}"
    );
    machine.semlock("remove --orphaned --idle 0s --yes").exits(0);
    assert_eq!(semids(), [id]);
    machine.kill_everything();
    let removed = machine.semlock("remove --orphaned --idle 0s --yes --verbose").exits(0);
    assert!(
        removed.stdout.starts_with(&format!(
            "removed semid {id}, no key, 1 semaphore, owner www-data (33): orphaned: "
        )),
        "{removed:?}"
    );
    assert!(semids().is_empty());
}

#[test]
#[ignore = "needs root"]
fn of_many_generations_the_dead_ones_go_and_the_newest_server_goes_on() {
    let mut machine = Machine::new();
    for generation in 1..ROOM {
        machine.start_server(8080);
        if generation == ROOM - 1 {
            // What made the others a moment ago may have started this server, too.
            let kept =
                machine.semlock("remove --orphaned --idle 0s --yes --verbose").exits(0).stdout;
            let known = format!(": idle: {}", may_use(parent(&mut machine)));
            assert_eq!(kept.matches(&known).count(), generation - 1, "{kept}");
        }
        machine.kill_everything();
    }
    let dead = semids();
    assert_eq!(dead.len(), ROOM - 1);
    until_the_sets_are_older_than(LONG_SETTLED);
    machine.start_supervised_server(8080);
    let newest = *semids().iter().find(|id| !dead.contains(id)).unwrap();

    machine.configure(8090);
    machine.run("apache2 -f $PWD/conf-8090");
    until("the server has failed to start", || {
        machine.run("cat log-8090").stdout.contains("No space left on device")
            && machine.run("pgrep --full conf-8090").status == 1
    });

    let shown = machine.semlock("status --all --sort verdict --format json").exits(0).json();
    let limits = &shown["limits"];
    assert_eq!((&limits["semmni"], &limits["sets_used"]), (&ROOM.into(), &ROOM.into()));
    assert_eq!(
        (&shown["owners"][0]["user"], &shown["owners"][0]["sets"]),
        (&"www-data".into(), &ROOM.into())
    );
    let verdicts: Vec<_> = shown["sets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|set| (set["semid"].as_i64().unwrap(), set["verdict"].as_str().unwrap().to_owned()))
        .collect();
    let told = |id: &Semid| {
        verdicts.iter().find(|(other, _)| *other == i64::from(id.raw())).unwrap().1.clone()
    };
    assert!(dead.iter().all(|id| told(id) == "orphaned"), "{shown}");
    assert_eq!(told(&newest), "in-use");
    assert_eq!(machine.semlock("status --all --check").status, 1);

    let created = machine.semlock("create --nsems 2").exits(71);
    assert!(created.stderr.contains("SEMMNI"), "{created:?}");
    for id in &dead {
        assert!(created.stderr.contains(&format!("semid {id}")), "{created:?}");
    }
    assert!(!created.stderr.contains(&format!("semid {newest}")), "{created:?}");

    let stranger = "setpriv --reuid=65534 --regid=65534 --clear-groups";
    let binary = machine.sandbox.binary().to_owned();
    let kept =
        machine.run(&format!("{stranger} {binary} remove --orphaned --yes --verbose")).exits(0);
    let unread = "unknown: its semaphores cannot be read: Permission denied (EACCES)\n";
    for id in semids() {
        let line = format!("kept semid {id}, no key, 1 semaphore, owner www-data (33): {unread}");
        assert!(kept.stdout.contains(&line), "{kept:?}");
        let named = machine.run(&format!("{stranger} {binary} remove --id {id}")).exits(77);
        assert!(named.stderr.contains("Permission denied (EACCES)"), "{named:?}");
    }
    assert_eq!(semids().len(), ROOM);

    let report = machine.semlock("remove --orphaned --yes --format json").exits(0).json();
    let removed: Vec<_> = report["removed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|set| set["semid"].as_i64().unwrap())
        .collect();
    assert_eq!(removed, dead.iter().map(|id| i64::from(id.raw())).collect::<Vec<_>>());
    assert_eq!(semids(), [newest]);
    assert!(machine.request(8080), "the newest server serves no more");
    machine.recycle_children(8080);
    machine.start_server(8090);
    assert_eq!(semids().len(), 2);
}

#[test]
#[ignore = "needs root"]
fn the_set_of_a_server_that_is_the_first_process_of_its_container_is_kept() {
    let machine = Machine::new();
    machine.configure(8080);
    let mut server = Command::new("unshare");
    server.args(["--pid", "--fork", "--mount-proc", "--kill-child", "setsid"]);
    server.args(["apache2", "-DFOREGROUND", "-f"]).arg(machine.sandbox.directory.join("conf-8080"));
    let server = Running::start(server);
    until("the server answers", || machine.request(8080));
    let id = semids()[0];
    let children = format!("/proc/{0}/task/{0}/children", server.pid());
    let first = fs::read_to_string(children).unwrap().trim().to_owned();
    let enter = || {
        let mut enter = Command::new("nsenter");
        enter.args(["--target", &first, "--pid", "--mount"]);
        enter
    };
    let mut launched = enter();
    launched.args(["sh", "-c", &launcher(id)]);
    Finished::of(launched).exits(0);
    until_the_sets_are_old();
    let workers = || fs::read_to_string(format!("/proc/{first}/task/{first}/children")).unwrap();
    let before = workers();
    until("all of the server's children are new", || {
        machine.request(8080);
        let now = workers();
        now.split(' ').any(|pid| !pid.is_empty())
            && !before.split_whitespace().any(|pid| now.split_whitespace().any(|new| new == pid))
    });
    let inside = |arguments: &[&str]| {
        let mut semlock = enter();
        semlock.arg(machine.sandbox.binary()).args(arguments);
        Finished::of(semlock)
    };
    inside(&["remove", "--orphaned", "--idle", "0s", "--yes"]).exits(0);
    machine.sandbox.run(["remove", "--orphaned", "--idle", "0s", "--yes"]).exits(0);
    assert_eq!(semids(), [id], "a living server's set was removed");
    inside(&["remove", "--id", &id.to_string(), "--idle", "0s"]).exits(75);
    server.kill();
    until("the server is gone", || !machine.request(8080));
    machine.sandbox.remove(&["--orphaned", "--yes"]).exits(0);
    assert!(semids().is_empty());
}

#[test]
#[ignore = "needs root"]
fn everybody_who_uses_a_set_of_the_namespace_is_told_right_to_root_and_to_the_user() {
    let mut machine = Machine::new();
    fs::write("/proc/sys/kernel/sem", "32 64 32 8").unwrap();
    machine.start_server(8080);
    let sandbox = &machine.sandbox;
    sandbox.run(["create", "--owner", "www-data"]).exits(0);
    let block = semlock::session::Block::open(semlock::session::DEFAULT_KEY).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/perl/client.pl");
    fs::copy(script, sandbox.directory.join("client.pl")).unwrap();
    let mut clients: Vec<_> = (0..4).map(|_| www_data(sandbox)).collect();
    assert_eq!(clients[0].ask("read a"), "held");
    assert_eq!(clients[1].ask("write b"), "held");
    clients[2].tell("write a");
    clients[3].tell("read b");
    crate::common::until_waiting(block, 2);
    let reader = sandbox.hold(&["-s", "c"]);
    let owner = www_data(sandbox);
    sandbox.run(["lock", "--for", &owner.pid().to_string(), "d"]).exits(0);
    let keeper = crate::common::holders()[0];

    for stranger in [false, true] {
        let semlock = |arguments: &[&str]| {
            let mut command = sandbox.semlock(arguments);
            if stranger {
                command.uid(33).gid(33);
            }
            Finished::of(command).exits(0).json()
        };
        let sessions = ["a", "b", "c", "d"];
        let report = semlock(&[&["status", "--format", "json"][..], &sessions].concat());
        let slot = |session: usize| {
            let index = &report["sessions"][session]["slot"];
            report["slots"].as_array().unwrap().iter().find(|slot| slot["slot"] == *index).unwrap()
        };
        let [a, b, c, d] = [0, 1, 2, 3].map(slot);
        let states = [a, b, c, d].map(|slot| slot["state"].as_str().unwrap().to_owned());
        assert_eq!(states, ["read", "write", "read", "write"], "{report}");
        let waiter =
            |slot: &Value| (slot["waiters"][0]["pid"].clone(), slot["waiters"][0]["wants"].clone());
        assert_eq!(waiter(a), (clients[2].pid().into(), "write".into()), "{report}");
        assert_eq!(waiter(b), (clients[3].pid().into(), "read".into()), "{report}");
        assert_eq!(b["holders"][0]["pid"], clients[1].pid());
        let kept = &d["holders"][0];
        assert_eq!((&kept["pid"], &kept["owner"]), (&keeper.into(), &owner.pid().into()));
        assert_eq!(
            (&kept["mode"], &kept["sessions"]),
            (&"write".into(), &serde_json::json!(["d"]))
        );
        assert!(kept["command"].as_str().unwrap().starts_with("perl "), "{kept}");
        assert_eq!(a["holders"], Value::Null, "no reader of Perl's can be proven");
        if !stranger {
            assert_eq!(c["holders"][0]["pid"], reader.pid());
        }

        let all = semlock(&["status", "--all", "--format", "json"]);
        let verdicts: Vec<_> = all["sets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|set| {
                (
                    set["key"].as_i64().unwrap(),
                    set["verdict"].as_str().unwrap(),
                    set["waiting"].as_i64(),
                )
            })
            .collect();
        assert_eq!(verdicts, [(0, "in-use", Some(0)), (31818, "in-use", Some(2))]);
    }
    sandbox.run(["unlock", "--force", "d"]).exits(0);
    assert_eq!(reader.finish(), 0);
    drop(clients);
    owner.kill();
}

/// A Perl application of the server's user.
fn www_data(sandbox: &Sandbox) -> Running {
    let script = sandbox.directory.join("client.pl");
    let mut perl = Command::new("perl");
    perl.arg(script).arg(&sandbox.directory).arg("32").uid(33).gid(33);
    Running::start(perl)
}
