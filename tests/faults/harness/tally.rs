//! The sum of the runs.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::calls;
use super::fault::What;
use super::forms::FORMS;
use super::tracer::End;
use super::verdict::Wrong;
use super::worker::Outcome;

/// How many of a hundred faults may not happen, because a run does not come to that call.
const MISSED: usize = 5;

/// How many runs are shown in which something is wrong.
const SHOWN: usize = 60;

#[derive(Default)]
struct OfForm {
    errors: usize,
    kills: usize,
    missed: usize,
}

pub struct Tally {
    seed: u64,
    pub time: Duration,
    /// How many faults there are.
    pub known: usize,
    forms: BTreeMap<usize, OfForm>,
    left_out: BTreeMap<i64, usize>,
    ends: BTreeMap<String, usize>,
    wrong: BTreeMap<Wrong, usize>,
    details: Vec<String>,
}

impl Tally {
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            time: Duration::ZERO,
            known: 0,
            forms: BTreeMap::new(),
            left_out: BTreeMap::new(),
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
            of_form.missed += 1;
            return;
        }
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
        let missed = self.sum(|form| form.missed);
        let happened = self.sum(|form| form.errors + form.kills);
        self.wrong.is_empty() && happened > 0 && missed * 100 <= (missed + happened) * MISSED
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (&form, OfForm { errors, kills, missed }) in &self.forms {
            let name = FORMS[form].name;
            writeln!(f, "faults: {name}: {errors} errors, {kills} kills, {missed} not reached")?;
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
        let [errors, kills, missed] = [
            self.sum(|form| form.errors),
            self.sum(|form| form.kills),
            self.sum(|form| form.missed),
        ];
        write!(
            f,
            "faults: {} runs of {} in {:.0} s: {errors} errors, {kills} kills, {missed} not reached; {} wrong (SEMLOCK_SEED={})",
            errors + kills + missed,
            self.known,
            self.time.as_secs_f64(),
            self.details.len(),
            self.seed
        )
    }
}
