//! What `semlock status` shows, as OpenMetrics text for Prometheus' textfile
//! collector. The number of series does not depend on the number of sets.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::{MetricType, TypedMetric};
use prometheus_client::registry::Registry;

use super::{
    Finding, FindingKind, LimitsReport, OwnerReport, SemaphoresReport, SetsReport, SlotReport,
    SlotState, StatusReport,
};
use crate::judge::Verdict;
use crate::system::printable;

/// The names of all metrics, each behind `semlock_`, with what they tell. All are gauges.
pub const METRICS: [(&str, &str); 21] = [
    ("sets_used", "Existing semaphore sets"),
    ("sets_limit", "Largest number of semaphore sets (SEMMNI)"),
    ("semaphores_used", "Semaphores in all sets"),
    ("semaphores_limit", "Largest number of semaphores in all sets (SEMMNS)"),
    ("set_size_limit", "Largest number of semaphores in one set (SEMMSL)"),
    ("operations_limit", "Largest number of operations in one semop call (SEMOPM)"),
    ("sets", "Semaphore sets by verdict"),
    ("owner_sets", "Semaphore sets by owner, for the owners that have the most"),
    ("owner_semaphores", "Semaphores by owner, for the owners that have the most"),
    ("findings", "Findings, by kind"),
    ("block_slots", "Slots of the block"),
    ("block_effective_slots", "Slots that long session ids can fall on"),
    ("block_readers", "Read locks that are held"),
    ("block_writers", "Write locks that are held"),
    ("block_persistent", "Locks that no process holds, on purpose"),
    ("block_waiting", "Processes that wait for a lock"),
    ("block_longest_wait_seconds", "Longest time that a process has waited for a lock"),
    ("block_abandoned", "Abandoned write locks"),
    ("block_deadlocks", "Cycles of processes that wait for each other"),
    ("set_semaphores", "Semaphores of the set"),
    ("set_waiting", "Processes that wait on the set"),
];

type Labels = Vec<(&'static str, String)>;

/// The gauges of a family, in the order of their labels. The library's own family has a
/// random order, so that the file would change each time.
#[derive(Debug)]
struct Gauges(BTreeMap<Labels, i64>);

impl TypedMetric for Gauges {
    const TYPE: MetricType = MetricType::Gauge;
}

impl EncodeMetric for Gauges {
    fn encode(&self, mut encoder: MetricEncoder) -> fmt::Result {
        self.0.iter().try_for_each(|(labels, &value)| {
            ConstGauge::new(value).encode(encoder.encode_family(labels)?)
        })
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

/// Families of gauges below one prefix.
struct Metrics(Registry);

impl Metrics {
    fn new() -> Self {
        Self(Registry::with_prefix("semlock"))
    }

    /// Adds a family of the table. A help text gets its full stop from the library.
    fn add(&mut self, name: &str, samples: impl IntoIterator<Item = (Labels, i64)>) {
        let known = METRICS.iter().find(|(known, _)| *known == name);
        let (name, help) = *known.expect("a metric that the manual lists");
        self.0.register(name, help, Gauges(samples.into_iter().collect()));
    }

    /// Adds how many there are of each kind of finding; 0 where there are none.
    fn add_findings(&mut self, findings: &[Finding], labels: &Labels) {
        let number = |kind| {
            let number = findings.iter().filter(|finding| finding.kind == kind).count();
            i64::try_from(number).unwrap_or(i64::MAX)
        };
        let sample = |kind: FindingKind| {
            let mut labels = labels.clone();
            labels.push(("kind", kind.name().into()));
            (labels, number(kind))
        };
        self.add("findings", FindingKind::ALL.map(sample));
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let mut text = String::new();
        encode(&mut text, &self.0).map_err(|fmt::Error| io::Error::other("no metrics"))?;
        out.write_all(text.as_bytes())
    }
}

impl SetsReport {
    /// Writes usage, limits, verdicts and the owners of most sets; for each
    /// namespace if several were asked for.
    pub(crate) fn write_metrics(&self, out: &mut impl Write) -> io::Result<()> {
        let mut metrics = Metrics::new();
        let limits = self.all_limits();
        let mut limit = |name: &str, of: fn(&LimitsReport) -> Option<u32>| {
            let told = limits
                .iter()
                .filter_map(|(labels, limits)| Some((labels.clone(), of(limits)?.into())));
            metrics.add(name, told.collect::<Vec<_>>());
        };
        limit("sets_used", |limits| Some(limits.sets_used));
        limit("sets_limit", |limits| limits.semmni);
        limit("semaphores_used", |limits| Some(limits.semaphores_used));
        limit("semaphores_limit", |limits| limits.semmns);
        limit("set_size_limit", |limits| limits.semmsl);
        limit("operations_limit", |limits| limits.semopm);
        metrics.add("sets", self.by_verdict());
        metrics.add_findings(&self.overview.findings, &Vec::new());
        let name = |owner: &OwnerReport| match &owner.user {
            Some(user) => user.to_string(),
            None => owner.uid.to_string(),
        };
        let owners =
            || self.overview.owners.iter().map(|owner| (vec![("owner", name(owner))], owner));
        metrics.add("owner_sets", owners().map(|(labels, owner)| (labels, owner.sets.into())));
        metrics.add(
            "owner_semaphores",
            owners().map(|(labels, owner)| (labels, owner.semaphores.into())),
        );
        metrics.write(out)
    }

    fn all_limits(&self) -> Vec<(Labels, LimitsReport)> {
        match &self.overview.namespaces {
            None => vec![(Vec::new(), self.limits)],
            Some(namespaces) => namespaces
                .iter()
                .filter_map(|namespace| {
                    Some((
                        vec![("ipc_namespace", printable(&namespace.ipc_namespace).into_owned())],
                        namespace.limits?,
                    ))
                })
                .collect(),
        }
    }

    fn by_verdict(&self) -> Vec<(Labels, i64)> {
        let number = |verdict: Verdict| {
            let sets = self.sets.iter().filter(|set| set.verdict == verdict).count();
            i64::try_from(sets).unwrap_or(i64::MAX)
        };
        let labels = |verdict: Verdict| vec![("verdict", verdict.name().into())];
        Verdict::ALL.map(|verdict| (labels(verdict), number(verdict))).to_vec()
    }
}

impl StatusReport {
    /// In seconds; None where a process waits and it is not known since when.
    fn longest_wait(&self) -> Option<i64> {
        let mut longest = 0;
        for slot in self.slots.iter().flatten().filter(|slot| slot.waiting > 0) {
            let waiters = slot.waiters.as_deref()?;
            for waiter in waiters {
                longest = longest.max(self.time.duration_since(waiter.since?).as_secs());
            }
            if slot.unnamed_waiters() > 0 {
                return None;
            }
        }
        Some(longest)
    }

    /// Writes what the slots of the block add up to.
    pub(crate) fn write_metrics(&self, out: &mut impl Write) -> io::Result<()> {
        let mut metrics = Metrics::new();
        let key: Labels = vec![("key", self.block.set.key.to_string())];
        let one = |number: i64| [(key.clone(), number)];
        metrics.add("block_slots", one(self.block.slots.into()));
        metrics.add("block_effective_slots", one(self.block.effective_slots.into()));
        metrics.add_findings(&self.findings, &key);
        let Some(slots) = &self.slots else { return metrics.write(out) };
        let sum = |of: fn(&SlotReport) -> i32| slots.iter().map(|slot| i64::from(of(slot))).sum();
        metrics.add("block_readers", one(sum(|slot| slot.readers)));
        metrics.add("block_writers", one(sum(|slot| slot.writer.into())));
        metrics.add("block_persistent", one(sum(|slot| slot.persistent)));
        metrics.add("block_waiting", one(sum(|slot| slot.waiting)));
        if let Some(seconds) = self.longest_wait() {
            metrics.add("block_longest_wait_seconds", one(seconds));
        }
        let abandoned = |slot: &SlotReport| (slot.state == SlotState::Abandoned).into();
        metrics.add("block_abandoned", one(sum(abandoned)));
        if let Some(deadlocks) = &self.deadlocks {
            let number = i64::try_from(deadlocks.len()).unwrap_or(i64::MAX);
            metrics.add("block_deadlocks", one(number));
        }
        metrics.write(out)
    }
}

impl SemaphoresReport {
    /// Writes the size of the set, the number of waiting processes, and the findings.
    pub(crate) fn write_metrics(&self, out: &mut impl Write) -> io::Result<()> {
        let mut metrics = Metrics::new();
        let set = &self.set.set;
        let labels: Labels = vec![("key", set.key.to_string()), ("semid", set.semid.to_string())];
        metrics.add_findings(&self.findings, &labels);
        metrics.add("set_semaphores", [(labels.clone(), set.shape.nsems.into())]);
        metrics.add("set_waiting", self.waiting.map(|waiting| (labels, waiting.into())));
        metrics.write(out)
    }
}
