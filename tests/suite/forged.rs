//! What a local user can claim by names, command lines and environments changes
//! no answer that root gets. Needs root: `make test` runs it as root.

mod forger;

use crate::common::users::sandbox;
use crate::common::{Finished, Running, Sandbox};
use forger::{Claim, claims};
use semlock::session::{Block, DEFAULT_KEY, slot_of};
use semlock::sysv::{Pid, ipc_namespace};

/// What is true of session "a" while root asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Free,
    Written,
    Read,
    Persistent,
}

/// No number that appears in an answer otherwise.
const SEMID: i32 = 77_001;

const COMMANDS: [&str; 22] = [
    "lock -n a -- true",
    "lock -n -s a -- true",
    "lock -w 0.05 a -- true",
    "lock -w 0.05 --drain a -- true",
    "lock -w 0.05 --all -- true",
    "unlock a",
    "unlock --all",
    "unlock --abandoned a",
    "unlock --abandoned --all",
    "unlock --force a",
    "status",
    "status a",
    "status --format json",
    "status --check",
    "status --all",
    "status --all --no-headers",
    "status --all --format json",
    "status --all --check",
    "remove --dry-run",
    "remove --orphaned --yes --idle 0s",
    "remove",
    "remove --force",
];

/// A block of root's, and what is true of it.
struct Asked<'a> {
    sandbox: &'a Sandbox,
    create: &'a [&'a str],
    state: State,
    holder: Option<Running>,
}

impl Asked<'_> {
    /// Makes the state true again where a command has changed it.
    fn restore(&mut self) {
        if Block::open(DEFAULT_KEY).is_err() {
            create(self.sandbox, self.create);
        }
        let block = Block::open(DEFAULT_KEY).unwrap();
        if block.set().values().unwrap().iter().any(|&value| value != 0) {
            return;
        }
        // Its lock was taken away.
        self.holder.take().into_iter().for_each(Running::kill);
        match self.state {
            State::Free => {}
            State::Written => self.holder = Some(self.sandbox.hold(&["a"])),
            State::Read => self.holder = Some(self.sandbox.hold(&["-s", "a"])),
            State::Persistent => {
                self.sandbox.run(["lock", "-n", "--persist", "a"]).exits(0);
            }
        }
    }

    /// The process that has the lock, or had it last.
    fn holders(&self) -> Vec<String> {
        let (block, slot) = (Block::open(DEFAULT_KEY).unwrap(), slot_of(b"a", 32).unwrap());
        let last = [block.reader(slot), block.writer(slot)]
            .map(|semnum| block.set().pid(semnum.into()).unwrap());
        let last = last.into_iter().flatten().map(Pid::raw);
        let holder = self.holder.as_ref().map(Running::pid);
        last.chain(holder).map(|pid| pid.to_string()).collect()
    }

    /// What a command says, without what differs from time to time. It is asked again
    /// while other programs of this machine come and go too fast, as it then says.
    fn ask(&mut self, command: &str) -> String {
        loop {
            self.restore();
            let holders = self.holders();
            let said = Finished::of(self.sandbox.semlock(command.split(' ')));
            if !said.stderr().contains("faster than they can be read") {
                return steady(&said.to_string(), &holders);
            }
        }
    }

    /// What every command says beside a forger, which must survive each.
    fn beside(&mut self, claim: &Claim) -> Vec<String> {
        let namespace: String =
            ipc_namespace().unwrap().chars().filter(char::is_ascii_digit).collect();
        let mut forger = claim.start(self.sandbox, SEMID, &namespace);
        let mut answers = Vec::new();
        for command in COMMANDS {
            let answer = self.ask(command);
            let ended = forger.child.try_wait().unwrap();
            answers.push(ended.map_or(answer, |status| format!("the forger has ended: {status}")));
            if ended.is_some() {
                forger = claim.start(self.sandbox, SEMID, &namespace);
            }
        }
        answers
    }
}

/// Creates the block, with the same semid each time.
fn create(sandbox: &Sandbox, options: &[&str]) {
    std::fs::write("/proc/sys/kernel/sem_next_id", SEMID.to_string()).unwrap();
    sandbox.run([&["create", "-q"], options].concat()).exits(0);
}

/// An answer without what differs from time to time.
fn steady(answer: &str, holders: &[String]) -> String {
    let moves = |line: &&str| !line.contains("\"sempid\"");
    let lines = answer.lines().filter(moves).map(|line| steady_line(line, holders));
    lines.collect::<Vec<_>>().join("\n")
}

fn steady_line(line: &str, holders: &[String]) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in line.split_whitespace() {
        let bare = word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
        if ["second", "minute", "hour"].contains(&bare.trim_end_matches('s')) {
            words.pop();
        }
        words.push(match bare {
            _ if holders.iter().any(|holder| holder == bare) => word.replace(bare, "HOLDER"),
            _ if is_time(bare) => "TIME".into(),
            _ => word.into(),
        });
    }
    words.join(" ")
}

/// Whether a word is a date, a time of day or a duration.
fn is_time(word: &str) -> bool {
    let number = word.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = &word[number.len()..];
    let lasts = ["ms", "s", "m", "h", "d"].contains(&unit) && number.parse::<f64>().is_ok();
    let dated = word.starts_with(|letter: char| letter.is_ascii_digit())
        && (word.matches('-').count() == 2 || word.contains(':'));
    lasts || dated || ["second", "minute", "hour"].contains(&word.trim_end_matches('s'))
}

/// Compares every answer beside every forger with the answer without one.
fn nothing_changes(options: &[&str], states: &[State]) {
    let sandbox = sandbox();
    create(&sandbox, options);
    let claims = claims(&sandbox);
    let mut wrong = Vec::new();
    let mut asked_in_all = 0;
    for &state in states {
        let mut asked = Asked { sandbox: &sandbox, create: options, state, holder: None };
        let truth = COMMANDS.map(|command| asked.ask(command));
        for claim in &claims {
            let mut answers = asked.beside(claim);
            // Other processes of the machine come and go, and what is forged stays.
            for _ in 0..3 {
                if answers.iter().eq(&truth) {
                    break;
                }
                let again = asked.beside(claim);
                let pairs = answers.iter_mut().zip(again).zip(&truth);
                pairs
                    .filter(|((answer, _), truth)| answer != truth)
                    .for_each(|((answer, again), _)| *answer = again);
            }
            for (answer, truth) in answers.into_iter().zip(&truth) {
                asked_in_all += 1;
                if answer != *truth {
                    wrong.push(format!(
                        "{state:?}, beside {claim:?}:\n{answer}\ninstead of\n{truth}"
                    ));
                }
            }
        }
        asked.restore();
        asked.holder.take().into_iter().for_each(Running::kill);
        let _ = sandbox.run(["remove", "--force"]);
        create(&sandbox, options);
    }
    println!("forged: {asked_in_all} answers beside a forger, {} changed", wrong.len());
    let first = wrong.iter().take(8).cloned().collect::<Vec<_>>().join("\n\n");
    assert!(wrong.is_empty(), "{} of {asked_in_all} answers changed:\n{first}", wrong.len());
}

#[test]
#[ignore = "needs root"]
fn claims_of_a_user_without_rights_change_no_answer() {
    nothing_changes(&[], &[State::Free, State::Written, State::Read, State::Persistent]);
}

#[test]
#[ignore = "needs root"]
fn claims_of_a_user_who_may_alter_the_block_change_no_answer() {
    nothing_changes(&["--mode", "0777"], &[State::Free, State::Written]);
}

#[test]
#[ignore = "needs root"]
fn claims_of_the_owner_of_the_block_change_no_answer() {
    nothing_changes(&["--owner", "nobody"], &[State::Written]);
}
