//! What a form works on, in namespaces of its own: set up once, and again when a run has
//! changed it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use nix::libc;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;
use semlock::sysv::{Semid, Set, all_sets};

use super::fault::Fault;
use super::forms::{Form, Kind};
use super::snapshot::{Roles, Table, processes, roles};
use super::terminal::Terminal;
use super::tracer::{Call, End, Moment, Tracer};
use super::watchdog::{Watchdog, describe};

/// The limits that the kernel starts with.
const LIMITS: &str = "32000 1024000000 500 32000";

/// Servers of two users and of root, which gave one of its sets away: owner.pl's arguments.
const SERVERS: [&str; 4] = ["17409 1521 1521", "0 1521 1521", "0 0 1522", "0 0 0"];

/// A run of semlock, and what it left.
#[derive(Debug)]
pub struct Run {
    pub end: End,
    pub stdout: String,
    pub stderr: String,
    /// The first two arguments of the call to which the fault happened.
    pub happened: Option<[u64; 2]>,
    pub calls: Vec<Call>,
    /// The sets when semlock began.
    pub begun: Table,
    /// The sets when semlock had ended, or had become another program.
    pub done: Table,
    /// The sets when everything had ended.
    pub after: Table,
    /// Processes that are there, and were not before.
    pub left: Vec<String>,
    /// Processes that are not there, and were before.
    pub lost: usize,
    /// What had not ended after a long time.
    pub hung: Vec<String>,
}

pub struct Scene {
    directory: PathBuf,
    binary: PathBuf,
    watchdog: Watchdog,
    form: Option<&'static Form>,
    roles: Roles,
    pub before: Table,
    processes: BTreeSet<i32>,
    servers: BTreeSet<i32>,
    sets_of_servers: Vec<Semid>,
}

impl Scene {
    pub fn new(directory: PathBuf) -> Self {
        use_up_small_numbers();
        Self {
            directory,
            binary: fs::canonicalize(env!("CARGO_BIN_EXE_semlock")).unwrap(),
            watchdog: Watchdog::start(),
            form: None,
            roles: Roles::new(),
            before: Table::default(),
            processes: BTreeSet::new(),
            servers: BTreeSet::new(),
            sets_of_servers: Vec::new(),
        }
    }

    /// Runs the command of a form, with or without a fault.
    #[expect(clippy::zombie_processes, reason = "the tracer waits for every child")]
    pub fn run(&mut self, form: &'static Form, fault: Option<Fault>, finds_places: bool) -> Run {
        self.set_up(form);
        self.watchdog.begin();
        let terminal = (form.kind == Kind::Asks).then(Terminal::open);
        let mut child = self.shell(&format!("read line\n{}", form.run), terminal.as_ref());
        let mut input = child.stdin.take().map(OwnedFd::from);
        let go = terminal.as_ref().map(|terminal| &terminal.master).or(input.as_ref());
        let go = go.unwrap().try_clone().unwrap();
        let (roles, processes) = (&self.roles, &self.processes);
        let (mut begun, mut done) = (Table::default(), Table::default());
        let mut at = |moment| match moment {
            Moment::Begins => begun = Table::now(roles),
            Moment::Waits if form.kind == Kind::Waits => release(processes),
            Moment::Waits => {}
            Moment::Done => {
                done = Table::now(roles);
                input = None;
            }
        };
        let skipped = usize::from(form.kind == Kind::Second);
        let mut tracer = Tracer::new(self.binary.clone(), skipped, fault, &self.watchdog, &mut at);
        tracer.finds_places = finds_places;
        tracer.follow(pid_of(&child));
        let answers = if terminal.is_some() { "\nyes\n" } else { "\n" };
        File::from(go).write_all(answers.as_bytes()).unwrap();
        tracer.run();
        let (end, happened, calls) = (tracer.end, tracer.happened, tracer.calls);
        let run = Run {
            end: end.expect("semlock was run"),
            stdout: self.read("stdout"),
            stderr: terminal.map_or_else(|| self.read("stderr"), Terminal::output),
            happened,
            calls,
            begun,
            done,
            after: Table::now(&self.roles),
            left: Vec::new(),
            lost: 0,
            hung: self.watchdog.end(),
        };
        self.clear_up(run)
    }

    /// Notes which processes are left or lost.
    fn clear_up(&mut self, mut run: Run) -> Run {
        reap();
        let now = processes();
        run.left = now.difference(&self.processes).map(|&pid| describe(pid)).collect();
        run.lost = self.processes.difference(&now).count();
        // A holder that was told to end may not have ended yet.
        let signals = run.calls.iter().any(|call| call.number == libc::SYS_pidfd_send_signal);
        if now != self.processes || run.after != self.before || signals {
            self.form = None;
        }
        run
    }

    fn set_up(&mut self, form: &'static Form) {
        if self.form.is_some_and(|current| std::ptr::eq(current, form)) {
            return;
        }
        if form.kind != Kind::Servers {
            self.servers.clear();
            self.sets_of_servers.clear();
        }
        self.tear_down();
        if form.kind == Kind::Servers && self.servers.is_empty() {
            self.start_servers();
        }
        let others = processes();
        let status = self.shell(form.prepare, None).wait().unwrap();
        assert!(status.success(), "{}: {status}: {}", form.name, self.read("stderr"));
        // A child of the shell may not have become its program yet.
        while processes().difference(&others).any(|&pid| is_named(pid, "sh")) {
            thread::sleep(Duration::from_micros(200));
        }
        reap();
        self.roles = roles();
        self.before = Table::now(&self.roles);
        self.processes = processes();
        self.form = Some(form);
    }

    /// Leaves only the servers.
    pub fn tear_down(&mut self) {
        let this = std::process::id().cast_signed();
        let stay = |pid: &i32| [1, this].contains(pid) || self.servers.contains(pid);
        while processes().iter().filter(|pid| !stay(pid)).count() > 0 {
            for pid in processes().into_iter().filter(|pid| !stay(pid)) {
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
            reap();
            thread::sleep(Duration::from_micros(200));
        }
        for set in all_sets().unwrap() {
            if !self.sets_of_servers.contains(&set.semid) {
                Set::from_id(set.semid).remove().unwrap();
            }
        }
        fs::write("/proc/sys/kernel/sem", LIMITS).unwrap();
        begin_with_the_first_index();
    }

    #[expect(clippy::zombie_processes, reason = "`reap` waits for every child")]
    fn start_servers(&mut self) {
        for arguments in SERVERS {
            let mut server = Command::new("perl");
            server.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/perl/owner.pl"));
            server.args(arguments.split(' ')).stdin(Stdio::null()).stdout(Stdio::piped());
            let mut server = server.spawn().unwrap();
            let mut semid = String::new();
            BufReader::new(server.stdout.take().unwrap()).read_line(&mut semid).unwrap();
            self.sets_of_servers.push(Semid::new(semid.trim().parse().unwrap()));
            self.servers.insert(server.id().cast_signed());
        }
    }

    fn shell(&self, text: &str, terminal: Option<&Terminal>) -> Child {
        let file = |name| File::create(self.directory.join(name)).unwrap();
        let directory = self.binary.parent().unwrap().display();
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(text).current_dir(&self.directory);
        shell.env_clear().env("PATH", format!("{directory}:/usr/sbin:/usr/bin:/sbin:/bin"));
        shell.stdin(Stdio::piped()).stdout(file("stdout")).stderr(file("stderr"));
        if let Some(terminal) = terminal {
            shell.stdin(terminal.slave()).stderr(terminal.slave()).env("NO_COLOR", "1");
        }
        shell.spawn().unwrap()
    }

    fn read(&self, name: &str) -> String {
        String::from_utf8_lossy(&fs::read(self.directory.join(name)).unwrap()).into_owned()
    }
}

/// So that every pid and every semid has at least three digits, as no count in a report.
fn use_up_small_numbers() {
    for _ in 0..64 {
        Set::create_private(1, 0o600).unwrap().remove().unwrap();
    }
    fs::write("/proc/sys/kernel/ns_last_pid", "1000").unwrap();
}

/// The kernel gives the first 64 indexes of its table in turn, and semlock looks at all of them
/// up to the highest one in use. So every run begins with the first one.
fn begin_with_the_first_index() {
    const INDEXES: i32 = 1 << 15;
    let mut last = -1;
    loop {
        let set = Set::create_private(1, 0o600).unwrap();
        set.remove().unwrap();
        let index = set.semid().raw() % INDEXES;
        if index <= last || index == 63 {
            return;
        }
        last = index;
    }
}

fn pid_of(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed())
}

/// Ends the processes that the locks of the scene are kept for.
fn release(processes: &BTreeSet<i32>) {
    for &pid in processes {
        if is_named(pid, "sleep") {
            kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
        }
    }
}

fn is_named(pid: i32, name: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm.trim_end() == name)
}

/// Reaps what has ended.
fn reap() {
    while let Ok(status) = waitpid(None, Some(WaitPidFlag::WNOHANG | WaitPidFlag::__WALL)) {
        if status.pid().is_none() {
            break;
        }
    }
}
