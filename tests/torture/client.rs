//! The clients: which locks they take, in which form, and which statuses they may have.

use std::process::Command;

use fastrand::Rng;
use semlock::session::slot_of;

use crate::arena::Arena;
use crate::phase::Kind;

/// The last falls on the slot of the first.
pub const SESSIONS: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "q"];
pub const NSEMS: u16 = 32;
/// Every slot or session.
const ALL: u64 = 0xffff_ffff;

/// What a client locks.
pub struct Locks {
    pub arguments: Vec<String>,
    pub form: &'static str,
    /// As the witness has it.
    pub word: u64,
}

/// The bit of a session. Two sessions may share a slot, but only as long as the size of the
/// block stays the same.
pub fn bit(session: &str, kind: Kind) -> u64 {
    match kind {
        Kind::Application => slot_of(session.as_bytes(), NSEMS).unwrap().index().into(),
        Kind::Replacements => {
            SESSIONS.iter().position(|&one| one == session).unwrap_or(SESSIONS.len()) as u64
        }
    }
}

pub fn word(sessions: &[&str], kind: Kind, reads: bool) -> u64 {
    let bits = sessions.iter().fold(0, |bits, session| bits | 1 << bit(session, kind));
    if reads { bits << 32 } else { bits }
}

fn some_sessions(random: &mut Rng) -> Vec<&'static str> {
    let number = if random.u8(..5) == 0 { random.usize(2..4) } else { 1 };
    let mut sessions = SESSIONS;
    random.shuffle(&mut sessions);
    sessions[..number].to_vec()
}

impl Locks {
    /// A lock in some form. One that must wait for many others gives up at last.
    pub fn any(kind: Kind, random: &mut Rng) -> Self {
        let mode = if random.u8(..5) < 3 { "-s" } else { "-x" };
        match random.u8(..40) {
            0 => Self::all(mode),
            1..4 => Self::slot(mode, kind, random),
            4..8 => Self::sessions(&["--drain"], kind, random),
            8..11 => Self::sessions(&[mode, "-n"], kind, random),
            11..14 => Self::sessions(&[mode, "-w", "0.02"], kind, random),
            _ => Self::sessions(&[mode], kind, random),
        }
    }

    fn all(mode: &str) -> Self {
        let (form, word) = match mode {
            "-s" => ("acquisitions of --all -s", ALL << 32),
            _ => ("acquisitions of --all --drain", ALL),
        };
        let mode = if mode == "-s" { mode } else { "--drain" };
        Self { arguments: words(&[mode, "-w", "0.5", "--all"]), form, word }
    }

    /// In a block of another size, it could be any session's.
    fn slot(mode: &str, kind: Kind, random: &mut Rng) -> Self {
        if kind == Kind::Replacements {
            return Self::sessions(&[mode], kind, random);
        }
        let slot = random.u64(..u64::from(NSEMS / 2));
        let word = if mode == "-s" { 1 << slot << 32 } else { 1 << slot };
        let arguments = words(&[mode, "--slot", &slot.to_string()]);
        Self { arguments, form: "acquisitions by --slot", word }
    }

    pub fn sessions(options: &[&str], kind: Kind, random: &mut Rng) -> Self {
        let sessions = some_sessions(random);
        let mut arguments = words(options);
        arguments.extend(sessions.iter().map(|session| format!("--session={session}")));
        let form = match (options[0], sessions.len()) {
            ("--drain", _) => "acquisitions by --drain",
            (_, 1) => "acquisitions of one session",
            _ => "acquisitions of several sessions",
        };
        Self { arguments, form, word: word(&sessions, kind, options[0] == "-s") }
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

/// How a script keeps a lock, and which form that is.
const HOW: [(&str, &str); 4] = [
    ("unlock", "acquisitions kept and unlocked"),
    ("for", "acquisitions kept by --for and unlocked"),
    ("end", "acquisitions kept until the script ends"),
    ("other", "acquisitions kept for another process"),
];

pub fn perl(arena: &Arena, entry: usize, random: &mut Rng) -> (Command, &'static str) {
    let mut perl = arena.script("perl", "client.pl");
    let numbers = [entry as u64, 500, random.u64(..1 << 31), NSEMS.into()];
    perl.args(numbers.map(|number| number.to_string()));
    perl.args(SESSIONS.map(|one| format!("{one}={}", bit(one, Kind::Application))));
    (perl, "acquisitions by Perl")
}

pub fn command(
    arena: &Arena,
    entry: usize,
    kind: Kind,
    random: &mut Rng,
) -> (Command, &'static str) {
    let locks = Locks::any(kind, random);
    let mut command = arena.semlock(["lock"]);
    command.args(&locks.arguments);
    if kind == Kind::Replacements && random.u8(..20) == 0 {
        command.args(["--create", "--quiet"]);
    }
    let pause = random.u16(..300).to_string();
    let word = locks.word.to_string();
    command.args(["--", "witness", "visit", &entry.to_string(), &word, "self", &pause]);
    (command, locks.form)
}

pub fn script(
    arena: &Arena,
    entry: usize,
    kind: Kind,
    random: &mut Rng,
) -> (Command, &'static str) {
    let (how, form) = HOW[random.usize(..HOW.len())];
    let mode = ["-s", "-x", "--drain"][random.usize(..3)];
    let locks = Locks::sessions(&[mode], kind, random);
    let mut script = arena.script("sh", "script.sh");
    let pause = random.u16(..300).to_string();
    script.args([how, &entry.to_string(), &locks.word.to_string(), &pause, mode]);
    script.args(&locks.arguments[1..]);
    (script, form)
}
