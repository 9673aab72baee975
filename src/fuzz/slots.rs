//! Perl computes the slot, too: tests/perl/slots.pl, asked over a pipe.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

use super::{NoSlot, slot_of};
use crate::fuzz::{Input, Targets};

impl Targets {
    pub(crate) fn slots(data: &[u8]) {
        let mut input = Input::new(data);
        let nsems = (input.u16() & !1).max(2);
        let id = input.rest();
        let ours = slot_of(id, nsems);
        if id.is_empty() {
            assert_eq!(ours, Err(NoSlot::Empty));
            return;
        }
        let ours = ours.map_or_else(|_| "dies".into(), |slot| slot.to_string());
        let mut perl = PERL.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(ours, perl.slot(id, nsems), "nsems {nsems}, id {}", id.escape_ascii());
    }
}

static PERL: LazyLock<Mutex<Perl>> = LazyLock::new(|| Mutex::new(Perl::start()));

/// It ends when this process does, which closes the pipe.
struct Perl {
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    _process: Child,
}

impl Perl {
    fn start() -> Self {
        let mut process = Command::new("perl")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/perl/slots.pl"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("perl can be run");
        let questions = process.stdin.take().expect("it is piped");
        let answers = BufReader::new(process.stdout.take().expect("it is piped"));
        Self { questions, answers, _process: process }
    }

    fn slot(&mut self, id: &[u8], nsems: u16) -> String {
        let id = percent_encode(id, NON_ALPHANUMERIC);
        writeln!(self.questions, "{nsems} {id}").expect("perl reads");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("perl answers");
        answer.trim_end().to_owned()
    }
}
