//! Sets that scripts and services leaked, cleaned up where sessions and services
//! older than the sets live: who is asked to type keeps nothing, a script does.

use crate::common::until;
use crate::common::world::{Program, User, World, everybody, only, semids};

/// What a script does that leaks: a private set that it used.
const LEAK: &str =
    "perl -e 'my $id = semget(0, 1, 01600); semop($id, pack q(s!3), 0, 1, 0) or die'";

/// An interactive shell on a terminal of its own.
struct Terminal<'a> {
    world: &'a World,
    script: Program,
    shell: i32,
}

impl<'a> Terminal<'a> {
    fn open(world: &'a World, user: User, shell: &str) -> Self {
        let start = format!("exec {shell}");
        let script = world.start(user, &["script", "-q", "-c", &start, "/dev/null"]);
        let mut terminal = Self { world, script, shell: 0 };
        terminal.shell = terminal.types("echo $$").trim().parse().unwrap();
        let input = format!("/proc/{}/fd/0", terminal.shell);
        let input = world.run(User::Tester, &["readlink", &input]).exits(0).stdout();
        assert!(input.starts_with("/dev/pts/"), "{input:?}");
        terminal
    }

    /// Types a command line; returns what it said, once it has ended, which must
    /// be without an error.
    #[track_caller]
    fn types(&mut self, line: &str) -> String {
        let (said, status) = (self.file("said"), self.file("status"));
        self.script.running.tell(&format!("{line} >{said} 2>&1; echo $? >{status}"));
        until("the command has ended", || self.world.read(&status).ends_with('\n'));
        let said = self.world.read(&said);
        assert_eq!(self.world.read(&status), "0\n", "{line}: {said}");
        std::fs::remove_file(self.world.path(&status)).unwrap();
        said
    }

    fn file(&self, kind: &str) -> String {
        format!("{kind}-{}", self.script.pid)
    }

    /// Cleans up as a user does who types.
    #[track_caller]
    fn removes_everything(&mut self) {
        let binary = self.world.sandbox.binary();
        let said = self.types(&format!("{binary} remove --orphaned --idle 0s --yes"));
        assert!(semids().is_empty(), "{said}");
    }
}

/// A user's shell, in which a script of the user's has leaked a set.
fn leaked(world: &World, user: User) -> Terminal<'_> {
    let mut terminal = Terminal::open(world, user, "bash --norc -i");
    std::fs::write(world.path("leaks.sh"), LEAK).unwrap();
    terminal.types("sh ./leaks.sh");
    let set = only();
    assert_eq!((set.key, set.uid, set.cuid), (0, uid_of(user), uid_of(user)));
    terminal
}

fn uid_of(user: User) -> u32 {
    if user == User::Other { crate::common::world::OTHER } else { 0 }
}

#[test]
fn what_the_users_scripts_leaked_goes_when_the_user_cleans_up_from_the_shell_that_ran_them() {
    for user in everybody() {
        let world = World::new();
        let mut terminal = leaked(&world, user);
        terminal.removes_everything();
    }
}

#[test]
fn another_terminals_shell_is_named_and_keeps_nothing() {
    for user in everybody() {
        let world = World::new();
        let other = Terminal::open(&world, user, "bash --norc -i");
        let mut terminal = leaked(&world, user);
        let verdict = world.verdict(user, only().semid);
        assert_eq!(verdict.verdict, "orphaned", "{verdict:?}");
        for shell in [other.shell, terminal.shell] {
            let named = format!("process {shell} (bash");
            assert!(verdict.evidence.contains(&named), "{named}: {verdict:?}");
        }
        terminal.removes_everything();
    }
}

#[test]
fn a_users_script_that_lives_keeps_the_private_set_that_it_created() {
    for user in everybody() {
        let world = World::new();
        let script = format!("{LEAK}; echo ready; read line");
        std::fs::write(world.path("script.sh"), script).unwrap();
        for shell in
            [&["sh", "script.sh"][..], &["bash", "script.sh"], &["sh", "-c", ". ./script.sh"]]
        {
            let mut script = world.start(user, shell);
            assert_eq!(script.running.line(), "ready");
            let semid = only().semid;
            let lookers = if user == User::Tester { vec![user] } else { vec![user, User::Tester] };
            for looker in lookers {
                let verdict = world.keeps_for(looker, semid, &script);
                assert!(verdict.evidence.contains("process "), "{verdict:?}");
            }
            let named = ["remove", "--id", &semid.to_string(), "--idle", "0s"];
            world.semlock(user, &named).exits(75);
            drop(script);
            world.removes_everything(user);
        }
    }
}

/// cron, without the machine's own tables.
fn cron(world: &World) -> Program {
    let script = "mount -t tmpfs none /run && mount -t tmpfs none /etc/cron.d
        mount -t tmpfs none /var/spool/cron && mount --bind /dev/null /etc/crontab
        mkdir -p /var/spool/cron/crontabs && exec cron -f";
    let cron = world.start(User::Tester, &["sh", "-ec", script]);
    let pid = cron.pid.to_string();
    let runs = || world.run(User::Tester, &["ps", "-o", "comm=", pid.as_str()]).stdout();
    until("cron runs", || runs().trim() == "cron");
    cron
}

/// What a service leaks each time that it is run, and nothing is left of it.
fn leaked_by_a_service(world: &World, nsems: u16) -> i32 {
    let script = format!(
        "my $id = semget(0, {nsems}, 01600); print $id;
        semop($id, pack 's!*', map {{ ($_, 1, 0) }} 0 .. {nsems} - 1) or die"
    );
    world.perl(User::Tester, &script).parse().unwrap()
}

#[test]
fn roots_own_leaked_sets_go_while_the_first_process_and_login_shells_and_cron_live() {
    let world = World::new();
    let shells = [
        Terminal::open(&world, User::Tester, "bash -l"),
        Terminal::open(&world, User::Tester, "bash --norc -i"),
        Terminal::open(&world, User::Tester, "dash -i"),
    ];
    let cron = cron(&world);
    let sets: Vec<_> = [1, 3, 4].map(|nsems| leaked_by_a_service(&world, nsems)).into();
    assert_eq!(semids(), sets);
    let alive = world.pids(&[]);
    let older = shells.iter().map(|shell| shell.shell).chain([1, cron.pid]);
    assert!(older.into_iter().all(|pid| alive.contains(&pid)), "{alive:?}");
    for &semid in &sets {
        let verdict = world.verdict(User::Tester, semid);
        assert_eq!((&*verdict.verdict, verdict.kept_by.len()), ("orphaned", 0), "{verdict:?}");
    }
    world.removes_everything(User::Tester);
}

#[test]
fn roots_own_leaked_sets_are_kept_while_a_daemon_lives_that_could_have_created_them() {
    let world = World::new();
    let script = "$| = 1; print qq(ready\\n); <STDIN>";
    let mut daemon = world.start(User::Tester, &["perl", "-e", script]);
    assert_eq!(daemon.running.line(), "ready");
    let semid = leaked_by_a_service(&world, 1);
    world.keeps_for(User::Tester, semid, &daemon);
    drop(daemon);
    world.removes_everything(User::Tester);
}
