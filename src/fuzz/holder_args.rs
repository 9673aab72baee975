//! The command line of a holder.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use super::{HolderArgs, LockSpec, NamedSlots};
use crate::fuzz::{Input, Targets};
use crate::session::Mode;
use crate::sysv::Semid;

impl Targets {
    pub(crate) fn holder_args(data: &[u8]) {
        let text = data.strip_suffix(b"\0").unwrap_or(data);
        let words = text.split(|&byte| byte == 0).map(|word| OsStr::from_bytes(word).to_owned());
        let words: Vec<_> = words.collect();
        if let Some(args) = HolderArgs::parse(&words) {
            assert_eq!(command_line(&args), words, "believed, but not written by semlock");
        }
        is_read_as_written(&made_up(Input::new(data)));
    }
}

/// The time is only as exact as a floating-point number of seconds.
fn is_read_as_written(args: &HolderArgs) {
    let written = command_line(args);
    let mut read = HolderArgs::parse(&written).expect("semlock has written it");
    assert_eq!(command_line(&read), written);
    read.lock.wait = args.lock.wait;
    assert_eq!(&read, args);
}

fn command_line(args: &HolderArgs) -> Vec<OsString> {
    [vec!["semlock".into()], args.words()].concat()
}

fn made_up(mut input: Input) -> HolderArgs {
    let flags = input.u8();
    let flag = |bit: u8| flags >> bit & 1 != 0;
    let wait = Duration::new(input.u64() >> 1 >> (flags & 63), input.u32() % 1_000_000_000);
    let (owner, semid) = (input.i32() & i32::MAX, input.i32() & i32::MAX);
    let (namespace, slots) = (input.u32().to_string(), vec![input.u16(); flags.into()]);
    let mut sessions = Vec::new();
    while input.is_left() {
        sessions.push(OsStr::from_bytes(input.before(0)).to_owned());
    }
    let lock = LockSpec {
        semid: Semid::new(semid),
        mode: if flag(0) { Mode::Read } else { Mode::Write },
        drain: flag(1),
        wait: flag(2).then_some(wait),
        json: flag(3),
        slots: NamedSlots { all: flag(4), sessions, slots },
    };
    HolderArgs { owner: owner.max(1), namespace, lock }
}
