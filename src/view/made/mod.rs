//! Reports for tests, of any structure, with texts from the test.

mod block;
mod sets;

use fastrand::Rng;
use jiff::Timestamp;

use super::set_header::{Hex, Octal};
use super::{Finding, FindingKind, RenderOptions, ReplacedBlock, SetHeader, SetShape};
use crate::hostile::{Texts, assert_harmless};
use crate::system::{Pid, Text};
use crate::sysv::{Gid, Permissions, Semid, Uid};

pub(crate) use block::{holder, slot, waiter};

/// The permissions of a set that root has created for another user.
pub(crate) fn permissions(mode: u16) -> Permissions {
    let (uid, gid) = (Uid::new(33), Gid::new(34));
    Permissions { uid, gid, cuid: Uid::ROOT, cgid: Gid::new(1), mode }
}

/// The samples of metrics that are not 0.
pub(crate) fn samples(metrics: &str) -> impl Iterator<Item = &str> {
    metrics.lines().filter(|line| !line.starts_with('#') && !line.ends_with(" 0"))
}

/// Random structure, and the texts in it.
pub(crate) struct Maker<'a> {
    pub(super) rng: &'a mut Rng,
    pub(super) texts: &'a mut Texts,
}

impl Maker<'_> {
    pub(crate) fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.rng.bool().then(|| make(self))
    }

    pub(crate) fn some<T>(&mut self, most: usize, make: impl Fn(&mut Self) -> T) -> Vec<T> {
        (0..self.rng.usize(..=most)).map(|_| make(self)).collect()
    }

    pub(crate) fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.rng.usize(..all.len())]
    }

    pub(crate) fn string(&mut self) -> String {
        self.texts.string()
    }

    pub(crate) fn strings(&mut self) -> Vec<String> {
        self.some(3, Self::string)
    }

    pub(crate) fn text(&mut self) -> Text {
        self.texts.text()
    }

    pub(crate) fn command(&mut self) -> Option<Text> {
        self.maybe(Self::text)
    }

    pub(crate) fn pid(&mut self) -> Pid {
        Pid::new(self.rng.i32(1..99_999)).unwrap()
    }

    pub(crate) fn time(&mut self) -> Option<Timestamp> {
        self.maybe(|maker| Timestamp::from_second(maker.rng.i64(0..2_000_000_000)).unwrap())
    }

    /// With and without colours, headings and an end of the line.
    pub(crate) fn options(&mut self) -> RenderOptions {
        RenderOptions {
            colour: self.rng.bool(),
            headless: self.rng.bool(),
            for_programs: self.rng.bool(),
            ..RenderOptions::plain()
        }
    }

    pub(crate) fn shape(&mut self) -> SetShape {
        SetShape {
            nsems: self.rng.u32(1..999),
            mode: Octal(0o700),
            uid: Uid::new(self.rng.u32(..9)),
            user: self.command(),
            gid: Gid::new(7),
            group: self.command(),
        }
    }

    pub(crate) fn replaced(&mut self) -> ReplacedBlock {
        ReplacedBlock { semid: Semid::new(1), from: self.shape(), to: self.shape() }
    }

    pub(crate) fn header(&mut self) -> SetHeader {
        let key = self.rng.i32(..);
        SetHeader {
            key,
            key_hex: Hex(key),
            semid: Semid::new(self.rng.i32(0..)),
            shape: self.shape(),
            cuid: Uid::new(1),
            cuser: self.command(),
            cgid: Gid::new(1),
            cgroup: self.command(),
            otime: self.time(),
            ctime: self.time(),
        }
    }

    pub(crate) fn finding(&mut self) -> Finding {
        let kind = self.one_of(&FindingKind::ALL);
        let (details, fix) = (self.strings(), self.strings());
        Finding { kind, subject: self.string(), details, fix }
    }

    pub(crate) fn findings(&mut self) -> Vec<Finding> {
        self.some(3, Self::finding)
    }
}

pub(crate) type Written = std::io::Result<()>;

/// Everything that is written of one report, with the options of one reader.
#[track_caller]
pub(crate) fn assert_renders(
    what: &str,
    write: impl Fn(&mut Maker, &RenderOptions, &mut Vec<u8>) -> Written,
) {
    assert_harmless(what, |rng, texts| {
        let mut maker = Maker { rng, texts };
        let options = maker.options();
        let mut out = Vec::new();
        write(&mut maker, &options, &mut out).unwrap();
        String::from_utf8(out).expect("what is written is UTF-8")
    });
}
