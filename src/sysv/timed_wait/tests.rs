//! The emulated wait beside the native one, where there is one.

mod measured;

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use libc::c_int;
use nix::errno::Errno;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::time::TimeSpec;

use super::{Alarm, Failed, emulated};
use crate::sysv::interrupt::{Catching, Interruptible, WaitingThread};
use crate::sysv::platform::abi::sembuf;
use crate::sysv::{Call, Set, ffi, own_table, portable};

/// Far longer than any wait here lasts.
const LONG: Duration = Duration::from_secs(60);

type Within = fn(c_int, &mut [sembuf], Duration) -> Result<(), Failed>;

fn native(semid: c_int, ops: &mut [sembuf], time: Duration) -> Result<(), Failed> {
    let done = portable::semtimedop_within(semid, ops, TimeSpec::from_duration(time).as_ref());
    done.map_err(|errno| (Call::Semtimedop, errno))
}

/// The emulated wait, and the native one unless the C library is linked statically.
fn ways() -> impl Iterator<Item = (&'static str, Within)> {
    let has_native = native(-1, &mut lower(), LONG) != Err((Call::Semtimedop, Errno::ENOSYS));
    let native = has_native.then_some(("native", native as Within));
    [("emulated", emulated as Within)].into_iter().chain(native)
}

/// Waits until the semaphore can be lowered by one.
fn lower() -> [sembuf; 1] {
    [ffi::sembuf(0, -1, false, true)]
}

/// A set with one semaphore in a table that only this test has. The tests run one after the
/// other, because they share what signals do.
struct Table {
    set: Set,
    _turn: MutexGuard<'static, ()>,
}

impl Table {
    fn new() -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        own_table::enter();
        Self { set: Set::create_private(1, 0o600).unwrap(), _turn: turn }
    }

    fn semid(&self) -> c_int {
        self.set.semid().raw()
    }

    fn wait(&self, within: Within, time: Duration) -> Result<(), Errno> {
        within(self.semid(), &mut lower(), time).map_err(|(_, errno)| errno)
    }

    fn raise(&self) {
        ffi::semop(self.semid(), &mut [ffi::sembuf(0, 1, false, false)]).unwrap();
    }

    fn until_waiting(&self, number: i32) {
        until(|| self.set.ncnt(0) == Ok(number));
    }
}

fn until(seen: impl Fn() -> bool) {
    let end = Instant::now() + LONG;
    while !seen() {
        assert!(Instant::now() < end, "not seen within a minute");
        thread::yield_now();
    }
}

/// Starts a thread that interrupts this one without a pause until it says that this is over.
fn storm<'scope>(scope: &'scope Scope<'scope, '_>, is_over: impl Fn() -> bool + Send + 'scope) {
    let this = WaitingThread::this();
    scope.spawn(move || {
        while !is_over() {
            this.interrupt().unwrap();
        }
    });
}

/// The signals of this thread that are pending, blocked, ignored and caught: proc(5).
fn signals() -> Vec<String> {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap();
    let is_mask = |line: &&str| line.starts_with("Sig") && !line.starts_with("SigQ");
    status.lines().filter(is_mask).map(String::from).collect()
}

#[test]
fn waiters_are_served_in_the_order_in_which_they_came() {
    let table = Table::new();
    let ways: Vec<_> = ways().collect();
    let served = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for number in 0..20 {
            let (_, within) = ways[number % ways.len()];
            let (table, served) = (&table, &served);
            scope.spawn(move || {
                assert_eq!(table.wait(within, LONG), Ok(()));
                served.lock().unwrap().push(number);
            });
            table.until_waiting(i32::try_from(number).unwrap() + 1);
        }
        for number in 0..20 {
            table.raise();
            until(|| served.lock().unwrap().len() > number);
        }
    });
    assert_eq!(*served.lock().unwrap(), (0..20).collect::<Vec<_>>());
}

#[test]
fn a_set_that_is_removed_ends_the_wait() {
    for (name, within) in ways() {
        let table = Table::new();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| table.wait(within, LONG));
            table.until_waiting(1);
            table.set.remove().unwrap();
            assert_eq!(waiting.join().unwrap(), Err(Errno::EIDRM), "{name}");
        });
        assert_eq!(table.wait(within, LONG), Err(Errno::EINVAL), "{name}");
    }
}

#[test]
fn other_signals_do_not_change_how_long_it_waits() {
    const TIME: Duration = Duration::from_millis(100);
    let table = Table::new();
    let begin = Instant::now();
    let _catching = Catching::in_this_thread().unwrap();
    thread::scope(|scope| {
        storm(scope, move || begin.elapsed() >= TIME * 2);
        assert_eq!(table.wait(emulated, TIME), Err(Errno::EAGAIN));
    });
    assert!(begin.elapsed() >= TIME);
    assert_eq!(table.set.ncnt(0), Ok(0));
}

#[test]
fn other_signals_do_not_keep_it_from_being_done() {
    let table = Table::new();
    let is_done = AtomicBool::new(false);
    let _catching = Catching::in_this_thread().unwrap();
    thread::scope(|scope| {
        storm(scope, || is_done.load(Ordering::SeqCst));
        scope.spawn(|| {
            until(|| table.set.ncnt(0) == Ok(1));
            table.raise();
        });
        let done = table.wait(emulated, LONG);
        is_done.store(true, Ordering::SeqCst);
        assert_eq!(done, Ok(()));
    });
}

#[test]
fn an_alarm_that_rings_before_the_wait_has_begun_is_not_lost() {
    let table = Table::new();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        // Lets the wait end if the alarm does not.
        scope.spawn(|| {
            let begin = Instant::now();
            while !is_over.load(Ordering::SeqCst) {
                if begin.elapsed() >= LONG / 6 {
                    table.raise();
                }
                thread::sleep(Duration::from_millis(10));
            }
        });
        let waits = (0..100).map(|_| {
            let alarm = Alarm::set(Some(Instant::now())).unwrap();
            until(|| alarm.has_rung());
            thread::yield_now();
            ffi::semop(table.semid(), &mut lower())
        });
        let all_end = waits.into_iter().all(|end| end == Err(Errno::EINTR));
        is_over.store(true, Ordering::SeqCst);
        assert!(all_end);
    });
}

#[test]
fn another_thread_can_end_it_before_its_time() {
    let table = Table::new();
    let (interruptible, interrupter) = Interruptible::this_thread().unwrap();
    thread::scope(|scope| {
        let ending = scope.spawn(|| {
            table.until_waiting(1);
            while interrupter.interrupt() == Ok(true) {
                thread::yield_now();
            }
        });
        assert_eq!(table.wait(emulated, LONG), Err(Errno::EINTR));
        assert!(interruptible.finish());
        ending.join().unwrap();
    });
}

#[test]
fn a_semaphore_raised_as_the_time_ends_is_lowered_if_and_only_if_it_says_so() {
    const TIME: Duration = Duration::from_micros(300);
    let table = Table::new();
    let mut outcomes = [0, 0];
    for round in 0..500 {
        let raised = TIME + Duration::from_micros(round);
        let done = thread::scope(|scope| {
            let (table, begin) = (&table, Instant::now());
            scope.spawn(move || {
                while begin.elapsed() < raised {}
                table.raise();
            });
            table.wait(emulated, TIME)
        });
        assert!(matches!(done, Ok(()) | Err(Errno::EAGAIN)), "{done:?}");
        assert_eq!(table.set.value(0), Ok(done.is_err().into()));
        outcomes[usize::from(done.is_ok())] += 1;
        table.set.reset(0).unwrap();
    }
    println!("out of time, done: {outcomes:?}");
}

#[test]
fn it_works_where_the_signal_is_blocked_and_leaves_all_signals_as_they_were() {
    let table = Table::new();
    for blocked in [SigSet::empty(), SigSet::from(Signal::SIGURG), SigSet::all()] {
        blocked.thread_set_mask().unwrap();
        let before = signals();
        assert_eq!(table.wait(emulated, Duration::from_millis(1)), Err(Errno::EAGAIN));
        assert_eq!(signals(), before);
        table.raise();
        assert_eq!(table.wait(emulated, Duration::from_millis(1)), Ok(()));
        assert_eq!(signals(), before);
    }
}

#[test]
fn no_thread_is_left_behind() {
    let table = Table::new();
    // Threads without a name have that of the thread that starts them.
    let mine = || {
        let threads = fs::read_dir("/proc/self/task").unwrap();
        let names =
            threads.filter_map(|it| fs::read_to_string(it.unwrap().path().join("comm")).ok());
        names.filter(|name| name == "waits\n").count()
    };
    thread::scope(|scope| {
        let waits = || {
            for _ in 0..200 {
                assert_eq!(table.wait(emulated, Duration::from_micros(50)), Err(Errno::EAGAIN));
                let alarm = Alarm::set(Some(Instant::now() + LONG)).unwrap();
                // A thread that has been joined may be listed for a moment.
                until(|| mine() == 2);
                drop(alarm);
            }
            until(|| mine() == 1);
        };
        thread::Builder::new().name("waits".into()).spawn_scoped(scope, waits).unwrap();
    });
}

#[test]
fn no_set_is_touched_to_find_out_whether_a_wait_can_have_a_limit() {
    own_table::enter();
    let sets = [(); 3].map(|()| Set::create_private(1, 0o600).unwrap());
    assert!(super::timed_wait_is_native());
    assert!(sets.iter().all(|set| set.info().unwrap().otime.is_none()));
}
