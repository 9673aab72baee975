//! The witness itself: it sees what is wrong, and nothing else.

use std::io::Read;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::Pid;

use crate::arena::Arena;
use crate::world::World;

const WRITE: u64 = 1;
const READ: u64 = 1 << 32;

/// In which language a client asks it.
#[derive(Clone, Copy, Debug)]
enum Witness {
    C,
    Perl,
}

impl Witness {
    /// Is in, without any lock, until it is killed.
    fn enter(self, arena: &Arena, entry: usize, word: u64) -> In {
        let (entry, word) = (entry.to_string(), word.to_string());
        let mut command = match self {
            Self::C => {
                let mut sh = arena.program("sh");
                let script = "witness enter $0 $1 $$; echo in; exec sleep 1000";
                sh.args(["-c", script, &entry, &word]);
                sh
            }
            Self::Perl => {
                let mut perl = arena.script("perl", "client.pl");
                perl.args(["in", &entry, &word]);
                perl
            }
        };
        In::start(&mut command)
    }
}

/// One who is in.
struct In(Child);

impl In {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut said = [0; 3];
        child.stdout.as_mut().unwrap().read_exact(&mut said).unwrap();
        assert_eq!(&said, b"in\n");
        Self(child)
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.0.id().cast_signed())
    }

    /// Kills it, and leaves it for its parent to reap.
    fn kill(&self) {
        kill(self.pid(), Signal::SIGKILL).unwrap();
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
        waitid(Id::Pid(self.pid()), flags).unwrap();
    }

    fn stop(&self) {
        kill(self.pid(), Signal::SIGSTOP).unwrap();
        let stopped = waitpid(self.pid(), Some(WaitPidFlag::WUNTRACED)).unwrap();
        assert_eq!(stopped, WaitStatus::Stopped(self.pid(), Signal::SIGSTOP));
    }
}

impl Drop for In {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How many overlaps are seen if `first` and then `second` is in, for each two witnesses.
fn overlaps(first: u64, second: u64, between: impl Fn(&In)) -> [usize; 4] {
    use Witness::{C, Perl};
    let world = World::new();
    let arena = world.arena();
    [(C, C), (C, Perl), (Perl, C), (Perl, Perl)].map(|(one, other)| {
        let before = arena.overlaps().lines().count();
        let first = one.enter(&arena, 3, first);
        between(&first);
        let _second = other.enter(&arena, 7, second);
        arena.page.clear(3);
        arena.page.clear(7);
        arena.overlaps().lines().count() - before
    })
}

#[test]
fn two_that_are_in_together_without_a_lock_are_seen() {
    for (first, second) in [(WRITE, WRITE), (WRITE, READ), (READ, WRITE), (3 << 32, 2)] {
        assert_eq!(overlaps(first, second, |_| ()), [1; 4], "{first:x} {second:x}");
    }
}

#[test]
fn readers_and_other_sessions_are_no_overlap() {
    for (first, second) in [(READ, READ), (1, 2), (1, 2 << 32), (1 << 32, 2)] {
        assert_eq!(overlaps(first, second, |_| ()), [0; 4], "{first:x} {second:x}");
    }
}

#[test]
fn an_owner_that_was_killed_is_no_overlap_though_nobody_has_reaped_it() {
    assert_eq!(overlaps(WRITE, WRITE, In::kill), [0; 4]);
}

#[test]
fn an_owner_that_is_stopped_is_one() {
    assert_eq!(overlaps(WRITE, WRITE, In::stop), [1; 4]);
}

#[test]
fn a_lock_that_no_process_holds_is_one_until_it_is_unlocked() {
    let world = World::new();
    let arena = world.arena();
    let word = WRITE.to_string();
    assert!(arena.witness(&["enter", "3", &word, "0"]).status().unwrap().success());
    let reader = Witness::Perl.enter(&arena, 7, READ);
    assert_eq!(arena.overlaps().lines().count(), 1);
    drop(reader);
    assert!(arena.witness(&["leave", "3"]).status().unwrap().success());
    let _reader = Witness::Perl.enter(&arena, 7, READ);
    assert_eq!(arena.overlaps().lines().count(), 1);
}

#[test]
fn one_who_has_lost_his_lock_is_none() {
    let world = World::new();
    let arena = world.arena();
    let _first = Witness::C.enter(&arena, 3, WRITE);
    arena.page.forfeit(3);
    let _second = Witness::Perl.enter(&arena, 7, WRITE);
    let _third = Witness::C.enter(&arena, 3, WRITE);
    assert_eq!(arena.overlaps(), "");
}

#[test]
fn a_process_that_has_the_pid_of_an_owner_that_has_ended_is_not_that_owner() {
    let world = World::new();
    let arena = world.arena();
    let first = Witness::C.enter(&arena, 3, WRITE);
    arena.page.backdate(3);
    let _second = Witness::Perl.enter(&arena, 7, WRITE);
    drop(first);
    assert_eq!(arena.overlaps(), "");
}
