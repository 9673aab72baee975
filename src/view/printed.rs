//! Whatever a report contains, a terminal gets no control characters, and a record is a line.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use fastrand::Rng;
use jiff::Timestamp;
use serde::Serialize;

use super::set_header::{Hex, Octal};
use super::*;
use crate::hostile::{Texts, assert_harmless};
use crate::judge::{Rule, Verdict, WaitReason};
use crate::system::{Pid, Text};
use crate::sysv::{Gid, Semid, Uid};

/// Random structure, and the texts in it.
struct Maker<'a> {
    rng: &'a mut Rng,
    texts: &'a mut Texts,
}

impl Maker<'_> {
    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.rng.bool().then(|| make(self))
    }

    fn some<T>(&mut self, most: usize, make: impl Fn(&mut Self) -> T) -> Vec<T> {
        (0..self.rng.usize(..=most)).map(|_| make(self)).collect()
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.rng.usize(..all.len())]
    }

    fn string(&mut self) -> String {
        self.texts.string()
    }

    fn strings(&mut self) -> Vec<String> {
        self.some(3, Self::string)
    }

    fn text(&mut self) -> Text {
        self.texts.text()
    }

    fn command(&mut self) -> Option<Text> {
        self.maybe(Self::text)
    }

    fn pid(&mut self) -> Pid {
        Pid::new(self.rng.i32(1..99_999)).unwrap()
    }

    fn time(&mut self) -> Option<Timestamp> {
        self.maybe(|maker| Timestamp::from_second(maker.rng.i64(0..2_000_000_000)).unwrap())
    }

    /// With and without colours, headings and an end of the line.
    fn options(&mut self) -> RenderOptions {
        RenderOptions {
            colour: self.rng.bool(),
            headless: self.rng.bool(),
            for_programs: self.rng.bool(),
            ..RenderOptions::plain()
        }
    }

    fn shape(&mut self) -> SetShape {
        SetShape {
            nsems: self.rng.u32(1..999),
            mode: Octal(0o700),
            uid: Uid::new(self.rng.u32(..9)),
            user: self.command(),
            gid: Gid::new(7),
            group: self.command(),
        }
    }

    fn header(&mut self) -> SetHeader {
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

    fn finding(&mut self) -> Finding {
        let kind = self.one_of(&FindingKind::ALL);
        let (details, fix) = (self.strings(), self.strings());
        Finding { kind, subject: self.string(), details, fix }
    }

    fn findings(&mut self) -> Vec<Finding> {
        self.some(3, Self::finding)
    }

    fn holder(&mut self) -> HolderReport {
        HolderReport {
            pid: self.pid(),
            owner: self.maybe(Self::pid),
            is_for_elsewhere: self.rng.u8(..) == 0,
            mode: self.one_of(&["read", "write"]),
            command: self.command(),
            sessions: self.some(3, Self::text),
            since: self.time(),
        }
    }

    fn waiter(&mut self) -> WaiterReport {
        WaiterReport {
            pid: self.pid(),
            owner: self.maybe(Self::pid),
            is_for_elsewhere: self.rng.u8(..) == 0,
            wants: Some("read"),
            command: self.command(),
            since: self.time(),
            unread: None,
        }
    }

    fn slot(&mut self) -> SlotReport {
        SlotReport {
            slot: self.rng.u16(..100),
            state: self.one_of(&SlotState::ALL),
            readers: self.rng.i32(..3).max(0),
            writer: self.rng.bool(),
            persistent: 0,
            waiting: self.rng.i32(0..3),
            sempid: self.maybe(|maker| maker.pid().raw()),
            command: self.command(),
            started: self.time(),
            since: self.time(),
            holders: Some(self.some(2, Self::holder)),
            waiters: self.maybe(|maker| maker.some(2, Self::waiter)),
            sessions: self.maybe(|maker| maker.some(9, Self::text)),
        }
    }

    fn link(&mut self) -> Link {
        let reasons = [WaitReason::Slot(1), WaitReason::Owner, WaitReason::Child];
        Link {
            pid: self.pid(),
            command: self.command(),
            reason: self.one_of(&reasons),
            is_semlocks: false,
        }
    }

    fn session(&mut self) -> SessionReport {
        SessionReport {
            session: self.string(),
            slot: 3,
            state: self.one_of(&SlotState::ALL),
            persistent_for: self.maybe(|_| PersistentFor::Slot),
            shares_with: self.strings(),
        }
    }

    /// With so many slots at most: a table of more than 200 lines is drawn in another way.
    fn block(&mut self, slots: usize) -> StatusReport {
        let mut slots = self.some(slots, Self::slot);
        slots.sort_by_key(|slot| slot.slot);
        slots.dedup_by_key(|slot| slot.slot);
        StatusReport {
            schema: 1,
            time: Timestamp::UNIX_EPOCH,
            block: BlockHeader {
                set: self.header(),
                slots: 100,
                effective_slots: 1,
                ipc_namespace: self.maybe(Self::string),
            },
            slots: Some(slots),
            deadlocks: self.maybe(|maker| vec![Deadlock(vec![maker.link(), maker.link()])]),
            sessions: self.maybe(|maker| maker.some(3, Self::session)),
            session_names: self.maybe(|_| SessionNames { total: 4, without_slot: 1 }),
            unseen: self.strings(),
            findings: self.findings(),
        }
    }

    fn semaphores(&mut self) -> SemaphoresReport {
        let semaphore = |maker: &mut Self| SemaphoreReport {
            semnum: maker.rng.u32(..99),
            semval: maker.rng.u16(..2),
            semncnt: 0,
            semzcnt: 0,
            sempid: 7,
            command: maker.command(),
        };
        let waiter = |maker: &mut Self| SetWaiter {
            pid: maker.pid(),
            command: maker.command(),
            operations: None,
            waits_for: None,
        };
        SemaphoresReport {
            schema: 1,
            time: Timestamp::UNIX_EPOCH,
            set: LocatedSet { set: self.header(), ipc_namespace: self.maybe(Self::string) },
            not_a_block: self.maybe(Self::string),
            semaphores: Some(self.some(9, semaphore)),
            waiting: Some(3),
            waiters: Some(self.some(3, waiter)),
            verdict: self.one_of(&Verdict::ALL),
            evidence: self.strings(),
            kept_by: self.some(2, Self::pid),
            findings: self.findings(),
        }
    }

    fn set(&mut self) -> SetReport {
        SetReport {
            ipc_namespace: self.maybe(Self::string),
            set: self.header(),
            sempid: None,
            program: self.command(),
            waiting: None,
            verdict: self.one_of(&Verdict::ALL),
            evidence: self.strings(),
            kept_by: self.some(2, Self::pid),
        }
    }

    fn sets(&mut self) -> SetsReport {
        let summary = |maker: &mut Self| SummaryReport {
            uid: Uid::new(3),
            user: maker.command(),
            program: maker.command(),
            sets: 1,
            semaphores: 2,
            orphaned: None,
        };
        let owner = |maker: &mut Self| OwnerReport {
            uid: Uid::new(maker.rng.u32(..)),
            user: maker.command(),
            sets: 1,
            semaphores: 2,
        };
        let namespace = |maker: &mut Self| NamespaceReport {
            ipc_namespace: maker.string(),
            pid: maker.pid(),
            command: maker.command(),
            limits: Some(LimitsReport::default()),
        };
        SetsReport {
            schema: 1,
            time: Timestamp::UNIX_EPOCH,
            limits: LimitsReport::default(),
            sets: self.some(250, Self::set),
            overview: SetsOverview {
                summary: self.some(12, summary),
                owners: self.some(5, owner),
                namespaces: self.maybe(|maker| maker.some(3, namespace)),
                notes: self.strings(),
                findings: self.findings(),
            },
        }
    }

    fn removal(&mut self) -> RemoveReport {
        let judged = |maker: &mut Self| {
            let by = maker.string();
            let rules = [Rule::MayBeUsed(maker.pid()), Rule::UsedLast(maker.pid()), Rule::Awaited];
            let (rule, failed) = (maker.one_of(&rules), maker.string());
            let by_rule = RemoveReason::Rule { rule, by, without_them: Rule::Orphaned };
            JudgedSet {
                set: maker.header(),
                program: maker.command(),
                verdict: maker.one_of(&Verdict::ALL),
                evidence: maker.strings(),
                kept_by: maker.some(2, Self::pid),
                reason: maker.maybe(|_| by_rule).unwrap_or(RemoveReason::Failed(failed)),
            }
        };
        RemoveReport {
            schema: 1,
            dry_run: self.rng.bool(),
            removed: self.some(3, judged),
            kept: self.some(3, judged),
            notes: self.strings(),
        }
    }
}

type Written = std::io::Result<()>;

/// Everything that is written of one report, with the options of one reader.
#[track_caller]
fn assert_renders(what: &str, write: impl Fn(&mut Maker, &RenderOptions, &mut Vec<u8>) -> Written) {
    assert_harmless(what, |rng, texts| {
        let mut maker = Maker { rng, texts };
        let options = maker.options();
        let mut out = Vec::new();
        write(&mut maker, &options, &mut out).unwrap();
        String::from_utf8(out).expect("what is written is UTF-8")
    });
}

/// What programs get: the document on one line, and in several.
fn write_json(report: &impl Serialize, out: &mut Vec<u8>) -> Written {
    out.extend(crate::json::line(report)?);
    crate::json::write(out, report)
}

/// The files below `src/view` that write, or are shown by themselves. They are tried below.
const TRIED: [&str; 13] = [
    "block/deadlock.rs",
    "block/session_names.rs",
    "block/text.rs",
    "create.rs",
    "finding.rs",
    "metrics.rs",
    "probe.rs",
    "remove/report.rs",
    "remove/text.rs",
    "semaphores/text.rs",
    "set_header.rs",
    "sets/text.rs",
    "text.rs",
];

fn writers(directory: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            writers(&path, found);
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        if source.contains(": &mut impl Write") || source.contains("Display for ") {
            let name = path.strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/src/view"));
            found.push(name.unwrap().display().to_string());
        }
    }
}

#[test]
fn every_file_that_writes_is_tried() {
    let mut found = Vec::new();
    writers(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/view")), &mut found);
    found.retain(|name| name != "printed.rs");
    found.sort();
    assert_eq!(found, TRIED, "add the new file here, and to the renderers below");
}

#[test]
fn no_renderer_prints_a_control_character() {
    assert_renders("block/text.rs", |maker, options, out| {
        let block = maker.block(300);
        block.write_text(out, &[], options)?;
        block.write_text(out, &SlotColumn::ALL, options)?;
        for deadlock in block.deadlocks.iter().flatten() {
            writeln_all(out, deadlock.lines());
        }
        write_json(&block, out)?;
        block.write_metrics(out)
    });
    assert_renders("semaphores/text.rs", |maker, options, out| {
        let set = maker.semaphores();
        set.write_text(out, &[], true, options)?;
        write_json(&set, out)?;
        set.write_metrics(out)
    });
    assert_renders("sets/text.rs", |maker, options, out| {
        let sets = maker.sets();
        sets.write_text(out, &[], options)?;
        sets.write_text(out, &SetColumn::ALL, options)?;
        write_json(&sets, out)?;
        sets.write_metrics(out)
    });
    assert_renders("remove/text.rs", |maker, options, out| {
        let removal = maker.removal();
        let mut groups = removal.groups();
        for group in &mut groups {
            group.fix = maker.strings();
        }
        write_groups(&groups, out, options)?;
        write_steps(&groups, out, options)?;
        writeln_all(out, &groups);
        writeln_all(out, &removal.removed);
        write_json(&removal, out)
    });
    assert_renders("create.rs", |maker, _, out| {
        let (from, to) = (maker.shape(), maker.shape());
        let replaced = ReplacedBlock { semid: Semid::new(1), from, to };
        writeln_all(out, [&replaced]);
        write_json(&replaced, out)
    });
    assert_renders("probe.rs", |maker, options, out| {
        let report = ProbeReport { reason: maker.maybe(Maker::string), ..ProbeReport::default() };
        report.write_table(out, options)?;
        report.write_env(out)?;
        write_json(&report, out)
    });
    assert_renders("frame.rs", |maker, options, out| {
        let heading =
            heading(&maker.text(), Duration::from_secs(2), Timestamp::UNIX_EPOCH, options);
        let (mut body, mut findings) = (Vec::new(), Vec::new());
        maker.block(20).write_text(&mut body, &[], options)?;
        write_findings(&maker.findings(), &mut findings, options)?;
        let [body, findings] = [body, findings].map(|part| String::from_utf8(part).unwrap());
        let frame = Frame { heading, body, left_out: 0, findings };
        writeln_all(out, frame.fit(u16::MAX, u16::MAX));
        Ok(())
    });
}

fn writeln_all<T: std::fmt::Display>(out: &mut Vec<u8>, lines: impl IntoIterator<Item = T>) {
    let mut text = String::new();
    lines.into_iter().for_each(|line| writeln!(text, "{line}").unwrap());
    out.extend(text.bytes());
}
