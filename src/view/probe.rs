//! What `semlock probe-max` found.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value};

use super::table::{Column, ColumnKind, ColumnSpec, Table};
use super::{LimitsReport, RenderOptions, filled};
use crate::words::counted;

/// The answer of `semlock probe-max`. What was not measured is None.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct ProbeReport {
    pub schema: u32,
    pub available: bool,
    /// The largest set that can be created now.
    pub max_nsems: Option<u32>,
    /// The largest power of two of these.
    pub max_power_of_two: Option<u32>,
    /// What keeps a larger set from being created: `SEMMSL`, `SEMMNS`, `SEMMNI` or `memory`.
    pub binding_limit: Option<&'static str>,
    /// How many sets were asked for that exist at the same time.
    pub sets: Option<u32>,
    /// The largest size that so many sets can have now.
    pub max_nsems_each: Option<u32>,
    /// The NSems to choose.
    pub recommended: Option<u16>,
    /// How many slots the sessions can fall on then.
    pub effective_slots: Option<u16>,
    /// The share of sessions that then share a slot with another that is open.
    pub collisions: Option<f64>,
    /// How much longer the first lock of a process takes than with 32.
    pub first_lock_cost: Option<f64>,
    /// Why that is recommended.
    pub reason: Option<String>,
    /// Whether `SEM_UNDO` releases the locks of a killed process.
    pub undo: Option<bool>,
    /// Whether a wait can have a time limit.
    pub timed_wait: Option<bool>,
    /// Whether new semaphores are 0.
    pub zeroed: Option<bool>,
    /// How many operations one call can make.
    pub max_operations: Option<u32>,
    /// The highest value of a semaphore.
    pub max_value: Option<u32>,
    /// The limits that the system declares, and their use.
    pub limits: Option<LimitsReport>,
}

/// What was found, and how it is put.
type Row = (String, String);

#[derive(Clone, Copy)]
enum ProbeColumn {
    What,
    Found,
}

impl Column for ProbeColumn {
    type Row = Row;

    fn spec(self) -> ColumnSpec<Row> {
        match self {
            Self::What => ColumnSpec::new(ColumnKind::Word, "", 0, |row, _| row.0.clone().into()),
            Self::Found => ColumnSpec::new(ColumnKind::Word, "", 0, |row, _| row.1.clone().into()),
        }
    }
}

impl ProbeReport {
    /// Writes a line for each thing that was found, and why a size is recommended.
    pub(crate) fn write_table(
        &self,
        out: &mut impl Write,
        options: &RenderOptions,
    ) -> io::Result<()> {
        let rows = self.rows();
        let table = Table::of(&[ProbeColumn::What, ProbeColumn::Found], &rows, options);
        if options.width.is_none_or(|width| table.width() <= width.into()) {
            writeln!(out, "{}", table.draw())?;
        } else {
            for (what, found) in &rows {
                writeln!(out, "{}", filled(&format!("{what}  {found}"), " ", "   ", options))?;
            }
        }
        match &self.reason {
            Some(reason) => writeln!(out, "\n{}", filled(reason, "", "", options)),
            None => Ok(()),
        }
    }

    fn rows(&self) -> Vec<Row> {
        let row = |what: &str, found: String| (what.to_owned(), found);
        let binding = match self.binding_limit {
            Some(limit) => format!(", limited by {limit}"),
            None if self.available => ", and no larger one was tried".into(),
            None => String::new(),
        };
        let available = if self.available { "available" } else { "NOT available" };
        let largest = format!("{}{binding}", known(self.max_nsems));
        let recommended = self.recommended.map_or_else(|| "none".into(), |nsems| nsems.to_string());
        let mut rows = vec![
            row("semaphores", available.into()),
            row("largest set now", largest),
            row("power of two", known(self.max_power_of_two)),
            row("recommended NSems", recommended),
            row("SEM_UNDO after SIGKILL", works(self.undo)),
            row("timed wait", works(self.timed_wait)),
            row("new semaphores are 0", works(self.zeroed)),
            row("operations per call", known(self.max_operations)),
            row("highest value", known(self.max_value)),
        ];
        if let Some(sets) = self.sets {
            let each = match self.max_nsems_each {
                None | Some(0) => "NOT possible".into(),
                Some(nsems) => format!("of up to {} each", counted(nsems, "semaphore")),
            };
            rows.insert(2, (format!("{} at once", counted(sets, "set")), each));
        }
        if self.available && self.limits.is_none() {
            rows.push(row("declared limits", "unknown".into()));
        }
        let usage = self.usage().into_iter();
        rows.extend(usage.map(|(name, used, limit)| row(name, format!("{}{used}", known(limit)))));
        rows
    }

    fn usage(&self) -> Vec<(&'static str, String, Option<u32>)> {
        let Some(limits) = self.limits else { return Vec::new() };
        let used = |number: u32| format!(", {number} in use");
        vec![
            ("SEMMSL", String::new(), limits.semmsl),
            ("SEMMNS", used(limits.semaphores_used), limits.semmns),
            ("SEMMNI", used(limits.sets_used), limits.semmni),
            ("SEMOPM", String::new(), limits.semopm),
        ]
    }

    /// Writes the scalars as `SEMLOCK_NAME=value`, which shells and CI systems
    /// read alike: numbers, words or nothing, which need no quotes.
    pub(crate) fn write_env(&self, out: &mut impl Write) -> io::Result<()> {
        let Value::Object(document) = serde_json::to_value(self)? else { return Ok(()) };
        write_scalars(out, &document)?;
        let Value::Object(mut limits) = serde_json::to_value(self.limits.unwrap_or_default())?
        else {
            return Ok(());
        };
        if self.limits.is_none() {
            limits.values_mut().for_each(|value| *value = Value::Null);
        }
        write_scalars(out, &limits)
    }
}

fn write_scalars(out: &mut impl Write, fields: &Map<String, Value>) -> io::Result<()> {
    let sentence = |name: &str| name == "reason";
    for (name, value) in fields.iter().filter(|(name, _)| !sentence(name)) {
        let value = match value {
            Value::Null if name == "limits" => continue,
            Value::Null => String::new(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            Value::String(word) => word.clone(),
            Value::Array(_) | Value::Object(_) => continue,
        };
        writeln!(out, "SEMLOCK_{}={value}", name.to_uppercase())?;
    }
    Ok(())
}

const UNKNOWN: &str = "not measured";

fn known(value: Option<u32>) -> String {
    value.map_or_else(|| UNKNOWN.into(), |value| value.to_string())
}

fn works(value: Option<bool>) -> String {
    match value {
        Some(true) => "yes".into(),
        Some(false) => "NO".into(),
        None => UNKNOWN.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sysv::{Limits, Usage};

    fn report() -> ProbeReport {
        let limits = Limits { semmsl: 8, semmns: 300, semopm: 32, semmni: 3 };
        ProbeReport {
            schema: 1,
            available: true,
            max_nsems: Some(6),
            max_power_of_two: Some(4),
            binding_limit: Some("SEMMSL"),
            recommended: Some(4),
            effective_slots: Some(2),
            collisions: Some(0.25),
            reason: Some("a reason of more than one word".into()),
            undo: Some(true),
            timed_wait: Some(false),
            max_operations: Some(32),
            max_value: Some(32767),
            limits: Some(LimitsReport::of(Some(limits), Usage { sets: 2, semaphores: 299 })),
            ..ProbeReport::default()
        }
    }

    fn table(report: &ProbeReport, width: Option<u16>) -> String {
        let mut out = Vec::new();
        let options = RenderOptions { width, headless: true, ..RenderOptions::plain() };
        report.write_table(&mut out, &options).unwrap();
        String::from_utf8(out).unwrap()
    }

    const TABLE: &str = " semaphores              available
 largest set now         6, limited by SEMMSL
 power of two            4
 recommended NSems       4
 SEM_UNDO after SIGKILL  yes
 timed wait              NO
 new semaphores are 0    not measured
 operations per call     32
 highest value           32767
 SEMMSL                  8
 SEMMNS                  300, 299 in use
 SEMMNI                  3, 2 in use
 SEMOPM                  32
";

    #[test]
    fn a_line_says_what_was_found_and_what_was_not_measured() {
        let report = report();
        let reason = "\na reason of more than one word\n";
        assert_eq!(table(&report, None), format!("{TABLE}{reason}"));
        let widest = TABLE.lines().map(str::len).max().unwrap().try_into().unwrap();
        assert!(table(&report, Some(widest)).starts_with(TABLE));
        assert_eq!(
            table(&report, Some(widest - 1)).lines().take(2).collect::<Vec<_>>(),
            [" semaphores  available", " largest set now  6, limited by SEMMSL"]
        );
        let unknown = ProbeReport {
            binding_limit: None,
            recommended: None,
            limits: None,
            reason: None,
            ..report
        };
        let shown = table(&unknown, None);
        for line in [
            " largest set now         6, and no larger one was tried\n",
            " recommended NSems       none\n",
            " declared limits         unknown\n",
        ] {
            assert!(shown.contains(line), "{shown}");
        }
        let absent = table(&ProbeReport { available: false, max_nsems: None, ..unknown }, None);
        assert!(
            absent.starts_with(
                " semaphores              NOT available\n largest set now         not measured\n"
            ),
            "{absent}"
        );
        assert!(!absent.contains("declared limits"), "{absent}");
    }

    #[test]
    fn sets_at_once_have_a_line_of_their_own() {
        let third = |max_nsems_each| {
            let report = ProbeReport { sets: Some(2), max_nsems_each, ..report() };
            table(&report, None).lines().nth(2).unwrap().to_owned()
        };
        assert_eq!(third(Some(1)), " 2 sets at once          of up to 1 semaphore each");
        assert_eq!(third(Some(0)), " 2 sets at once          NOT possible");
        assert_eq!(third(None), " 2 sets at once          NOT possible");
    }

    #[test]
    fn the_variables_are_the_scalars_without_the_sentence() {
        let env = |report: &ProbeReport| {
            let mut out = Vec::new();
            report.write_env(&mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            env(&report()),
            "SEMLOCK_AVAILABLE=true
SEMLOCK_BINDING_LIMIT=SEMMSL
SEMLOCK_COLLISIONS=0.25
SEMLOCK_EFFECTIVE_SLOTS=2
SEMLOCK_FIRST_LOCK_COST=
SEMLOCK_MAX_NSEMS=6
SEMLOCK_MAX_NSEMS_EACH=
SEMLOCK_MAX_OPERATIONS=32
SEMLOCK_MAX_POWER_OF_TWO=4
SEMLOCK_MAX_VALUE=32767
SEMLOCK_RECOMMENDED=4
SEMLOCK_SCHEMA=1
SEMLOCK_SETS=
SEMLOCK_TIMED_WAIT=false
SEMLOCK_UNDO=true
SEMLOCK_ZEROED=
SEMLOCK_SEMAPHORES_USED=299
SEMLOCK_SEMMNI=3
SEMLOCK_SEMMNS=300
SEMLOCK_SEMMSL=8
SEMLOCK_SEMOPM=32
SEMLOCK_SEMVMX=32767
SEMLOCK_SETS_USED=2
"
        );
        let unknown = env(&ProbeReport { limits: None, ..report() });
        assert!(unknown.ends_with("SEMLOCK_SEMVMX=\nSEMLOCK_SETS_USED=\n"), "{unknown}");
    }
}
