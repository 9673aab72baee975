//! SEMMNI and SEMMNS, if they are nearly reached.

use super::listed_set::ListedSet;
use crate::failure::{self, Fix, MAX_SETS};
use crate::sysv::{Resource, Usage};
use crate::view::LimitsReport;

/// How much of the two limits is used, and which of them is nearly reached.
pub(super) struct LimitUsage {
    limits: LimitsReport,
    percent: u8,
    sets: bool,
    semaphores: bool,
}

impl LimitUsage {
    pub(super) fn of(limits: LimitsReport, percent: u8) -> Self {
        let LimitsReport { sets_used, semaphores_used, .. } = limits;
        let is_full =
            |used, limit: Option<u32>| limit.is_some_and(|limit| full(used, limit, percent));
        let sets = is_full(sets_used, limits.semmni);
        let semaphores = is_full(semaphores_used, limits.semmns);
        Self { limits, percent, sets, semaphores }
    }

    /// Which of them are nearly reached; None if neither is.
    pub(super) fn subject(&self) -> Option<String> {
        let LimitsReport { semmni, semmns, sets_used, semaphores_used, .. } = self.limits;
        let part = |is_full: bool, used: u32, limit: Option<u32>, what| {
            let limit = limit.filter(|_| is_full)?;
            Some(format!("{used} of {limit} {what}"))
        };
        let sets = part(self.sets, sets_used, semmni, "sets (SEMMNI)");
        let semaphores = part(self.semaphores, semaphores_used, semmns, "semaphores (SEMMNS)");
        let parts: Vec<_> = sets.into_iter().chain(semaphores).collect();
        (!parts.is_empty()).then(|| format!("{} exist", parts.join(" and ")))
    }

    /// What is nearly used up.
    pub(super) fn resource(&self) -> Resource {
        if self.sets { Resource::Sets } else { Resource::Semaphores }
    }

    /// Whether neither limit is nearly reached without these sets.
    pub(super) fn is_over_without(&self, sets: &[&ListedSet]) -> bool {
        let freed = usage(sets);
        let left = LimitsReport {
            sets_used: self.limits.sets_used.saturating_sub(freed.sets),
            semaphores_used: self.limits.semaphores_used.saturating_sub(freed.semaphores),
            ..self.limits
        };
        let left = Self::of(left, self.percent);
        !left.sets && !left.semaphores
    }

    /// Raises them to twice as much, or to as much as it takes.
    pub(super) fn raised(&self) -> Vec<Fix> {
        let LimitsReport { semmni, semmns, sets_used, semaphores_used, .. } = self.limits;
        let (Some(semmni), Some(semmns)) = (semmni, semmns) else { return Vec::new() };
        let raised = |is_full: bool, used: u32, limit: u32, most: u32| {
            let enough = u64::from(used) * 100 / u64::from(self.percent.max(1)) + 1;
            let enough = u32::try_from(enough).unwrap_or(u32::MAX);
            if is_full { enough.max(limit.saturating_mul(2).min(most)).max(limit) } else { limit }
        };
        let semmni = raised(self.sets, sets_used, semmni, MAX_SETS);
        let semmns = raised(self.semaphores, semaphores_used, semmns, u32::MAX);
        commands_else_words(failure::raise_to(semmni, semmns))
    }
}

/// Advice that is no command, such as to restart a container, only if there is no command.
fn commands_else_words(mut fixes: Vec<Fix>) -> Vec<Fix> {
    if fixes.iter().any(Fix::is_command) {
        fixes.retain(Fix::is_command);
    }
    fixes
}

fn full(used: u32, limit: u32, percent: u8) -> bool {
    u64::from(used) * 100 >= u64::from(limit) * u64::from(percent)
}

/// The sum of these sets.
pub(super) fn usage(sets: &[&ListedSet]) -> Usage {
    Usage::of(sets.iter().map(|found| &found.row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::ShellCommand;

    #[test]
    fn words_are_a_fix_only_where_no_command_is() {
        let words = || Fix::from("start the container with: docker run");
        let command = || Fix::from(ShellCommand::semlock("status"));
        assert_eq!(commands_else_words(vec![command(), words()]), [command()]);
        assert_eq!(commands_else_words(vec![words()]), [words()]);
    }

    #[test]
    fn the_limit_that_is_nearly_reached_decides_what_is_most() {
        let limits = |sets_used, semaphores_used| {
            let (semmni, semmns) = (Some(10), Some(100));
            LimitsReport { semmni, semmns, sets_used, semaphores_used, ..LimitsReport::default() }
        };
        let resource = |limits| LimitUsage::of(limits, 90).resource();
        assert_eq!(resource(limits(9, 1)), Resource::Sets);
        assert_eq!(resource(limits(1, 90)), Resource::Semaphores);
    }
}
