//! `--sessions`: which of many session names fall on the slots that are shown.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;

use crate::failure::Failure;
use crate::session::slot_of;
use crate::system::{self, Text};
use crate::view::{SessionNames, StatusReport};

/// A file, directory or standard input with session names.
pub(super) struct SessionNameFile {
    path: OsString,
    /// The names from standard input, which can be read only once.
    kept: Option<Vec<Text>>,
}

impl SessionNameFile {
    pub(super) fn at(path: &OsStr) -> Self {
        Self { path: path.into(), kept: None }
    }

    /// Adds to each slot of a report the names that fall on it.
    pub(super) fn add_to(&mut self, report: &mut StatusReport) -> Result<(), Failure> {
        let Some(nsems) = u16::try_from(report.block.set.shape.nsems).ok() else { return Ok(()) };
        let listed = report.slots.iter().flatten().map(|slot| (slot.slot, Vec::new()));
        let mut found: BTreeMap<u16, Vec<Text>> = listed.collect();
        let mut names = SessionNames::default();
        self.each(|name| {
            names.total += 1;
            let Ok(slot) = slot_of(name.as_bytes(), nsems) else { return names.without_slot += 1 };
            if let Some(here) = found.get_mut(&slot.index()) {
                here.push(name);
            }
        })
        .map_err(|error| self.unreadable(&error))?;
        for slot in report.slots.iter_mut().flatten() {
            slot.sessions = found.remove(&slot.slot).map(sorted);
        }
        report.session_names = Some(names);
        Ok(())
    }

    fn each(&mut self, each: impl FnMut(Text)) -> io::Result<()> {
        if self.path != "-" {
            return system::each_name(&self.path, each);
        }
        if self.kept.is_none() {
            let mut names = Vec::new();
            system::each_name(&self.path, |name| names.push(name))?;
            self.kept = Some(names);
        }
        self.kept.iter().flatten().cloned().for_each(each);
        Ok(())
    }

    fn unreadable(&self, error: &io::Error) -> Failure {
        let path = match self.path.as_encoded_bytes() {
            b"-" => "standard input".into(),
            _ => format!("{:?}", self.path),
        };
        Failure::io(&format!("read session ids from {path}"), error)
    }
}

fn sorted(mut names: Vec<Text>) -> Vec<Text> {
    names.sort_unstable();
    names.dedup();
    names
}
