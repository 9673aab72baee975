//! What the library adds to the two semop(2) calls of a lock and its release.
//!
//! Prints a line for each round: how many nanoseconds of processor time 1,000 pairs take, write locks by the
//! library and by bare calls, then read locks by both. The order changes with each round.
//! Wants an IPC namespace of its own.

use std::hint::black_box;
use std::time::Duration;

use libc::{c_int, sembuf};
use nix::time::ClockId;
use semlock::session::{Block, Claim, DEFAULT_KEY, Mode};
use semlock::sysv::{Outcome, Wait};

const PAIRS: u32 = 1_000;
const ROUNDS: u32 = 101;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let block = Block::create(DEFAULT_KEY, 32, 0o700)?;
    let writes = Lock::new(block, Mode::Write)?;
    let reads = Lock::new(block, Mode::Read)?;
    for round in 0..ROUNDS {
        let [write, bare_write] = writes.nanoseconds(round);
        let [read, bare_read] = reads.nanoseconds(round);
        println!("{write} {bare_write} {read} {bare_read}");
    }
    Ok(block.set().remove()?)
}

/// The same lock, as a claim and as the operations of bare calls.
struct Lock {
    claim: Claim,
    semid: c_int,
    acquire: Vec<sembuf>,
    release: Vec<sembuf>,
}

impl Lock {
    fn new(block: Block, mode: Mode) -> Result<Self, Box<dyn std::error::Error>> {
        let slot = block.slot_of(b"0f3c9a")?;
        let (reader, writer) = (block.reader(slot), block.writer(slot));
        let (zeros, raised) = match mode {
            Mode::Read => (vec![writer], reader),
            Mode::Write => (vec![reader, writer], writer),
        };
        let zeros = zeros.into_iter().map(|semnum| operation(semnum, 0));
        Ok(Self {
            claim: Claim::new(block, vec![slot], mode),
            semid: block.set().semid().raw(),
            acquire: zeros.chain([operation(raised, 1)]).collect(),
            release: vec![operation(raised, -1)],
        })
    }

    /// How long all pairs take by the library, and by bare calls.
    fn nanoseconds(&self, round: u32) -> [u128; 2] {
        let library = || {
            assert_eq!(black_box(&self.claim).acquire(Wait::Forever), Ok(Outcome::Done));
            assert_eq!(black_box(&self.claim).release(), Ok(()));
        };
        let bare = || {
            assert_eq!(semop(black_box(self.semid), black_box(&self.acquire)), 0);
            assert_eq!(semop(black_box(self.semid), black_box(&self.release)), 0);
        };
        if round.is_multiple_of(2) {
            [time(library), time(bare)]
        } else {
            let bare = time(bare);
            [time(library), bare]
        }
    }
}

/// Processor time: what other processes do does not count.
fn time(pair: impl Fn()) -> u128 {
    let now = || ClockId::CLOCK_THREAD_CPUTIME_ID.now().map(Duration::from).expect("Linux has it");
    let begin = now();
    for _ in 0..PAIRS {
        pair();
    }
    now().saturating_sub(begin).as_nanos()
}

fn operation(semnum: u16, change: i16) -> sembuf {
    let undo = libc::SEM_UNDO.try_into().expect("SEM_UNDO is 0x1000");
    sembuf { sem_num: semnum, sem_op: change, sem_flg: if change == 0 { 0 } else { undo } }
}

#[expect(unsafe_code, reason = "the call itself is what the library is compared with")]
fn semop(semid: c_int, operations: &[sembuf]) -> c_int {
    // SAFETY: the kernel reads the operations, whose number is right, and writes to none.
    unsafe { libc::semop(semid, operations.as_ptr().cast_mut(), operations.len()) }
}
