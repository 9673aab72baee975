//! The modelled semaphores beside those of the kernel that runs this: random calls of real
//! processes, some of which are killed, must have the same effects.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use nix::errno::Errno;
use nix::sched::{CloneFlags, unshare};
use semlock::sysv::Set as RealSet;

use crate::kernel::{Process, Reply, Set, Woken, in_words, pid};
use crate::promises::is_large;
use crate::sysv::Op;

const NSEMS: u16 = 3;
const WORKERS: usize = 4;
const STEPS: usize = 12;

/// How long a busy machine may take for one call.
const PATIENCE: Duration = Duration::from_secs(20);

/// Makes each call that it reads, and prints 0 or its errno. Perl's semop is the system's.
const WORKER: &str = r#"while (<STDIN>) {
    my ($semid, @ops) = split;
    my $done = semop($semid, pack("s*", @ops));
    syswrite(STDOUT, ($done ? 0 : $! + 0) . "\n");
}"#;

/// A real process that makes calls.
struct Worker {
    child: Child,
    calls: ChildStdin,
    replies: Receiver<i32>,
}

impl Worker {
    fn start() -> Self {
        let mut perl = Command::new("perl");
        let perl = perl.args(["-e", WORKER]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = perl.spawn().expect("perl, which tests/setup installs");
        let calls = child.stdin.take().expect("a pipe");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let (send, replies) = channel();
        thread::spawn(move || {
            let mut numbers = lines.map_while(|line| line.ok()?.parse().ok());
            numbers.all(|number: i32| send.send(number).is_ok())
        });
        Self { child, calls, replies }
    }

    fn call(&mut self, semid: i32, ops: &[Op], may_wait: bool) {
        let nowait = if may_wait { 0 } else { libc::IPC_NOWAIT };
        let flags = |op: &Op| nowait | if op.has_undo() { libc::SEM_UNDO } else { 0 };
        let ops = ops.iter().map(|op| format!("{} {} {}", op.semnum(), op.change(), flags(op)));
        let ops = ops.collect::<Vec<_>>().join(" ");
        writeln!(self.calls, "{semid} {ops}").expect("the worker reads");
    }

    fn reply(&self) -> Reply {
        match self.replies.recv_timeout(PATIENCE).expect("the call returns") {
            0 => Reply::Done,
            errno if errno == Errno::EAGAIN as i32 => Reply::Busy,
            errno => Reply::Failed(errno),
        }
    }

    /// Ends it. The kernel has undone what it did before wait(2) returns.
    fn kill(&mut self) {
        self.child.kill().and_then(|()| self.child.wait()).expect("it can be killed");
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A real set and its model.
struct Pair {
    real: RealSet,
    model: Set,
    workers: Vec<Worker>,
    /// Which modelled process each real one stands for; the last one is this test.
    processes: BTreeMap<u32, Process>,
}

impl Pair {
    fn new() -> Self {
        let real = RealSet::create_private(NSEMS.into(), 0o600).expect("a set");
        let mut pair = Self {
            real,
            model: Set::new(NSEMS),
            workers: Vec::new(),
            processes: BTreeMap::from([(std::process::id(), WORKERS)]),
        };
        (0..WORKERS).for_each(|process| pair.start(process));
        pair
    }

    fn start(&mut self, process: Process) {
        let worker = Worker::start();
        self.processes.insert(worker.child.id(), process);
        self.workers.insert(process, worker);
    }

    fn new_set(&mut self) {
        let woken = std::mem::replace(&mut self.model, Set::new(NSEMS)).remove();
        self.real.remove().expect("it was there");
        self.real = RealSet::create_private(NSEMS.into(), 0o600).expect("a set");
        self.compare_replies(woken);
    }

    /// One random call, of a process that does not wait, or the end of any process.
    fn step(&mut self, random: &mut Rng) -> String {
        let process = random.usize(..WORKERS);
        match random.u8(..100) {
            0..2 => self.kill(process),
            2..6 => self.set_value(random.u16(..NSEMS), random.i32(0..3)),
            _ if self.model.waits(process) => format!("{process} waits"),
            _ => self.operate(process, &operations(random), random.bool()),
        }
    }

    fn kill(&mut self, process: Process) -> String {
        self.workers.remove(process).kill();
        self.start(process);
        let woken = self.model.exit(process);
        self.compare_replies(woken);
        format!("kill {process}")
    }

    fn set_value(&mut self, semnum: u16, value: i32) -> String {
        self.real.set_value(semnum.into(), value).expect("SETVAL");
        let woken = self.model.set_value(WORKERS, semnum, value);
        self.compare_replies(woken);
        format!("[{semnum}] = {value}")
    }

    fn operate(&mut self, process: Process, ops: &[Op], may_wait: bool) -> String {
        let (reply, mut woken) = self.model.operate(process, ops, may_wait);
        self.workers[process].call(self.real.semid().raw(), ops, may_wait);
        woken.extend(reply.clone().map(|reply| (process, reply)));
        self.compare_replies(woken);
        format!("{process}: {} {may_wait} {reply:?}", in_words(ops))
    }

    fn compare_replies(&self, woken: Vec<Woken>) {
        for (process, reply) in woken {
            assert_eq!(self.workers[process].reply(), reply, "process {process}");
        }
    }

    /// Waits until as many wait as the model says, and compares all that can be read.
    fn compare(&self, trace: &[String]) {
        let end = Instant::now() + PATIENCE;
        while self.waiting() != self.modelled_waiting() {
            assert!(Instant::now() < end, "{:?} wait, not as in {trace:#?}", self.waiting());
            thread::yield_now();
        }
        assert_eq!(self.real.values().unwrap(), self.model.all_values(), "{trace:#?}");
        for semnum in 0..NSEMS {
            let last = self.real.pid(semnum.into()).unwrap();
            let last = last.map_or(0, |last| pid(self.processes[&last.raw().cast_unsigned()]));
            assert_eq!(last, self.model.pid(semnum), "sempid of {semnum} after {trace:#?}");
        }
    }

    fn waiting(&self) -> Vec<(i32, i32)> {
        let of = |n: u16| (self.real.ncnt(n.into()).unwrap(), self.real.zcnt(n.into()).unwrap());
        (0..NSEMS).map(of).collect()
    }

    fn modelled_waiting(&self) -> Vec<(i32, i32)> {
        (0..NSEMS).map(|semnum| self.model.waiting(semnum)).collect()
    }
}

/// Up to three operations; those of the protocol are among them. Waits for zero, which the
/// kernel keeps in several queues, would come too rarely by chance.
fn operations(random: &mut Rng) -> Vec<Op> {
    if random.u8(..5) == 0 {
        return (0..random.usize(1..=3)).map(|_| Op::zero(random.u16(..NSEMS))).collect();
    }
    let one = |random: &mut Rng| {
        let far = if random.u8(..50) == 0 { 16_000 } else { 1 };
        let (semnum, change) = (random.u16(..NSEMS), random.i16(-2..=2) * far);
        match change {
            0 => Op::zero(semnum),
            _ if random.bool() => Op::with_undo(semnum, change),
            _ => Op::without_undo(semnum, change),
        }
    };
    (0..random.usize(1..=3)).map(|_| one(random)).collect()
}

pub fn the_model_does_what_the_kernel_does() {
    unshare(CloneFlags::CLONE_NEWIPC)
        .expect("in a user namespace, root may have a new IPC namespace");
    let seed = std::env::var("SEMLOCK_SEED")
        .map_or_else(|_| fastrand::u64(..), |seed| seed.parse().expect("SEMLOCK_SEED is a number"));
    let (mut random, traces) = (Rng::with_seed(seed), if is_large() { 30_000 } else { 2_000 });
    println!("linux: {traces} traces with SEMLOCK_SEED={seed}");
    let (mut pair, mut waits) = (Pair::new(), 0);
    for _ in 0..traces {
        let mut trace = Vec::new();
        for _ in 0..STEPS {
            trace.push(pair.step(&mut random));
            pair.compare(&trace);
            waits += usize::from((0..WORKERS).any(|process| pair.model.waits(process)));
        }
        pair.new_set();
    }
    assert!(waits > traces, "few processes had to wait: {waits}");
}
