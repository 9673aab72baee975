//! Whatever a report contains, a terminal gets no control characters, and a record is a line.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::made::{Maker, Written, assert_renders};
use super::*;

/// What programs get: the document on one line, and in several.
fn write_json(report: &impl Serialize, out: &mut Vec<u8>) -> Written {
    out.extend(crate::json::line(report)?);
    crate::json::write(out, report)
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
        let sets = maker.sets(250);
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
        for text in &removal.notes {
            write_filled(text, out, options)?;
        }
        write_json(&removal, out)
    });
    assert_renders("busy.rs", |maker, _, out| write_json(&maker.busy(), out));
    assert_renders("create.rs", |maker, _, out| {
        let replaced = maker.replaced();
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
