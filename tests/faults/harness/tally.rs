//! The sum of the runs.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::time::Duration;

use super::calls;
use super::fault::{Fault, What};
use super::forms::FORMS;
use super::tracer::End;
use super::verdict::Wrong;
use super::worker::Outcome;

/// How many runs are shown in which something is wrong.
const SHOWN: usize = 60;

/// How many faults a sample must have tried at least.
const LEAST: usize = 100;

#[derive(Default)]
struct OfForm {
    errors: usize,
    kills: usize,
}

pub struct Tally {
    seed: u64,
    pub time: Duration,
    /// Whether only some faults are tried, as many as there is time for.
    is_sample: bool,
    /// How many faults there are.
    pub known: usize,
    forms: BTreeMap<usize, OfForm>,
    left_out: BTreeMap<i64, usize>,
    /// Faults whose calls have not been made.
    pub missed: HashSet<(usize, Fault)>,
    ends: BTreeMap<String, usize>,
    wrong: BTreeMap<Wrong, usize>,
    details: Vec<String>,
}

impl Tally {
    pub fn new(seed: u64, is_sample: bool) -> Self {
        Self {
            seed,
            is_sample,
            time: Duration::ZERO,
            known: 0,
            forms: BTreeMap::new(),
            left_out: BTreeMap::new(),
            missed: HashSet::new(),
            ends: BTreeMap::new(),
            wrong: BTreeMap::new(),
            details: Vec::new(),
        }
    }

    /// Counts calls that have no faults, by their numbers: others from the same place have.
    pub fn leave_out(&mut self, calls: &BTreeMap<i64, usize>) {
        for (&number, count) in calls {
            *self.left_out.entry(number).or_default() += count;
        }
    }

    pub fn add(&mut self, form: usize, outcome: &Outcome) {
        let name = FORMS[form].name;
        for &wrong in &outcome.wrong {
            *self.wrong.entry(wrong).or_default() += 1;
        }
        if !outcome.wrong.is_empty() {
            let fault = outcome.fault.map_or_else(|| "no fault".into(), |fault| fault.to_string());
            self.details.push(format!("{:?}: {name}: {fault}: {}", outcome.wrong, outcome.details));
        }
        let of_form = self.forms.entry(form).or_default();
        let Some(fault) = outcome.fault else { return };
        if !outcome.happened {
            self.missed.insert((form, fault));
            return;
        }
        self.missed.remove(&(form, fault));
        let is_error = matches!(fault.what, What::Error(_));
        *(if is_error { &mut of_form.errors } else { &mut of_form.kills }) += 1;
        if is_error {
            let end = match outcome.end {
                End::Exit(status) => format!("status {status}"),
                End::Signal(signal) => format!("signal {signal}"),
            };
            *self.ends.entry(end).or_default() += 1;
        }
    }

    fn sum(&self, of: impl Fn(&OfForm) -> usize) -> usize {
        self.forms.values().map(of).sum()
    }

    pub fn is_clean(&self) -> bool {
        let happened = self.sum(|form| form.errors + form.kills);
        let all_reached = self.missed.iter().all(|(_, fault)| calls::is_pause(fault.call));
        let is_enough = if self.is_sample { happened >= LEAST } else { all_reached };
        self.wrong.is_empty() && happened > 0 && is_enough
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (&form, OfForm { errors, kills }) in &self.forms {
            let name = FORMS[form].name;
            writeln!(f, "faults: {name}: {errors} errors, {kills} kills")?;
        }
        for (form, fault) in self.missed.iter().take(SHOWN) {
            writeln!(f, "faults: not reached: {}: {fault}", FORMS[*form].name)?;
        }
        for (end, count) in &self.ends {
            writeln!(f, "faults: {count} errors led to {end}")?;
        }
        let left_out = self.left_out.iter().filter(|(_, count)| **count > 0);
        let left_out: Vec<_> = left_out
            .map(|(&number, count)| format!("{count} of {}", calls::name(number)))
            .collect();
        if !left_out.is_empty() {
            let left_out = left_out.join(", ");
            writeln!(
                f,
                "faults: calls left out, as others from their places are tried: {left_out}"
            )?;
        }
        for detail in self.details.iter().take(SHOWN) {
            writeln!(f, "\nfaults: {detail}")?;
        }
        for (wrong, count) in &self.wrong {
            writeln!(f, "faults: {wrong:?}: {count}")?;
        }
        let (errors, kills) = (self.sum(|form| form.errors), self.sum(|form| form.kills));
        let missed = self.missed.len();
        write!(
            f,
            "faults: {} of {} tried in {:.0} s: {errors} errors, {kills} kills, {missed} not reached; {} wrong (SEMLOCK_SEED={})",
            errors + kills,
            self.known,
            self.time.as_secs_f64(),
            self.details.len(),
            self.seed
        )
    }
}
