//! A part of the torture: who is there, and how much each must have done before it ends.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;

use fastrand::Rng;

use crate::administrator::Administrator;
use crate::arena::Arena;
use crate::chaos::Chaos;
use crate::end;
use crate::persistent::Persistent;
use crate::seat::{Client, Seat};
use crate::tally::Tally;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Perl and semlock use one block, and the administrator does what is safe beside Perl
    /// clients, which go on without a lock when their block is removed.
    Application,
    /// semlock alone uses the block, and the administrator removes and replaces it.
    Replacements,
}

/// What has a goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    Perl,
    Commands,
    Kept,
    Kills,
}

const GOALS: [Goal; 4] = [Goal::Perl, Goal::Commands, Goal::Kept, Goal::Kills];

/// Nobody does more than this, in hundredths of its goal, ahead of the others.
const LEAD: u64 = 10;

type Work<'a> = Box<dyn FnOnce(Rng) + Send + 'a>;

pub struct Phase<'a> {
    pub tally: &'a Tally,
    pub kind: Kind,
    round: u64,
    /// SEMOPM is so small that a lock of several sessions is taken in pieces.
    pub in_pieces: bool,
    goals: [u64; 4],
    done: [AtomicU64; 4],
    /// The administrator wants a moment in which nobody has a lock.
    pub lull: AtomicBool,
    /// How many take locks.
    present: AtomicUsize,
}

impl<'a> Phase<'a> {
    /// Together a tenth more than what is asked for.
    pub fn of_round(tally: &'a Tally, round: u64) -> [Self; 2] {
        let new = |kind, thousandths: [u64; 4]| {
            let share =
                |part: u64| (tally.goals.acquisitions * part).div_ceil(1000 * tally.goals.rounds());
            let (goals, done) = (thousandths.map(share), Default::default());
            let in_pieces = (round + kind as u64).is_multiple_of(2);
            let (lull, present) = Default::default();
            Self { tally, kind, round, in_pieces, goals, done, lull, present }
        };
        [new(Kind::Application, [800, 130, 8, 7]), new(Kind::Replacements, [0, 90, 4, 4])]
    }

    pub fn run(&self, arena: &Arena) {
        if self.tally.has_failed() {
            return;
        }
        arena.semlock(["create", "--quiet"]).output().unwrap();
        let work = self.work(arena);
        thread::scope(|scope| {
            for (number, work) in work.into_iter().enumerate() {
                let random = self.random(number as u64);
                scope.spawn(move || {
                    let _alarm = Alarm(self.tally);
                    work(random);
                });
            }
        });
        end::check(arena, self);
    }

    /// What each thread does.
    fn work<'b>(&'b self, arena: &'b Arena) -> Vec<Work<'b>> {
        let phase = self;
        let clients = self.clients();
        self.present.store(clients.len() + 1, Ordering::Relaxed);
        let seats = clients.into_iter().enumerate().map(move |(entry, client)| -> Work {
            Box::new(move |random| Seat { arena, phase, entry, client, random }.run())
        });
        let others: [Work; 3] = [
            Box::new(move |random| Persistent { arena, phase, random }.run()),
            Box::new(move |random| Administrator { arena, phase, random }.run()),
            Box::new(move |random| Chaos { arena, phase, random }.run()),
        ];
        seats.chain(others).collect()
    }

    /// The random choices of one thread.
    fn random(&self, thread: u64) -> Rng {
        let number = (self.round * 2 + self.kind as u64) * 100 + thread;
        Rng::with_seed(self.tally.seed.wrapping_mul(1_000_000).wrapping_add(number))
    }

    fn clients(&self) -> Vec<Client> {
        let (perl, commands, scripts) = match self.kind {
            Kind::Application => (4, 6, 3),
            Kind::Replacements => (0, 7, 3),
        };
        let many = |client, number| std::iter::repeat_n(client, number);
        let clients = many(Client::Perl, perl).chain(many(Client::Command, commands));
        clients.chain(many(Client::Script, scripts)).collect()
    }

    pub fn done(&self, goal: Goal, number: u64) {
        self.done[goal as usize].fetch_add(number, Ordering::Relaxed);
        let all = match goal {
            Goal::Perl => &self.tally.perl,
            Goal::Commands => &self.tally.commands,
            Goal::Kept => &self.tally.kept,
            Goal::Kills => &self.tally.kills,
        };
        all.fetch_add(number, Ordering::Relaxed);
    }

    /// In hundredths of the goal.
    fn progress(&self, goal: Goal) -> Option<u64> {
        let done = self.done[goal as usize].load(Ordering::Relaxed);
        (done * 100).checked_div(self.goals[goal as usize])
    }

    fn least(&self) -> u64 {
        GOALS.into_iter().filter_map(|goal| self.progress(goal)).min().unwrap_or(100)
    }

    pub fn is_over(&self) -> bool {
        self.tally.has_failed() || self.least() >= 100
    }

    /// One of those who take locks takes no more.
    pub fn leave(&self) {
        self.present.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether it is over, and nobody waits for a lock that was left behind.
    pub fn is_deserted(&self) -> bool {
        self.is_over() && (self.tally.has_failed() || self.present.load(Ordering::Relaxed) == 0)
    }

    /// Whether a lock may end with this status. One that does not give up waits, except for
    /// itself: once the phase is over, a client may have the pid of another one that has left a flag.
    pub fn may_end(&self, status: i32, gives_up: bool) -> bool {
        match status {
            0 => true,
            75 => gives_up || self.is_over(),
            // The block is missing, or was removed while it waited.
            66 | 69 => self.kind == Kind::Replacements,
            _ => false,
        }
    }

    pub fn is_ahead(&self, goal: Goal) -> bool {
        self.progress(goal).is_some_and(|progress| progress > self.least() + LEAD)
    }

    /// Whether more must be killed.
    pub fn lacks_kills(&self) -> bool {
        self.progress(Goal::Kills) == Some(self.least())
    }
}

/// Ends the run if its thread panics: the others would wait for it.
struct Alarm<'a>(&'a Tally);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.fail("a thread panicked".into());
        }
    }
}
