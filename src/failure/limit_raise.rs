//! How limits are raised, and where, in the words of this system.

#[cfg(test)]
mod tests;

use super::fix::Fix;
use super::shell::{self, ShellCommand};
use super::who::as_root;
use crate::system;
use crate::sysv::remedy::{Change, Limit, Remedies};
use crate::sysv::{self, Limits, REMEDIES};

/// How limits can be raised.
#[derive(Debug, Default)]
pub(super) struct LimitRaise {
    /// The command in this shell, and what makes permanent what it sets.
    here: Option<(ShellCommand, &'static str)>,
    /// What else has to be done first.
    besides: Vec<Fix>,
    /// What is done where the container is started, instead.
    outside: Option<Fix>,
}

/// A setting and its new numbers.
struct Changed {
    name: &'static str,
    numbers: String,
    change: Change,
}

impl LimitRaise {
    /// From the limits `now` to those that are `enough`.
    pub(super) fn of(now: Limits, enough: Limits) -> Self {
        let changed = changed(&REMEDIES, now, enough);
        // Nothing is known of what started another namespace.
        let outside = changed
            .iter()
            .filter(|_| !shell::is_elsewhere())
            .find_map(|one| system::setting_of_container(one.name, &one.numbers));
        // In a container, root cannot either.
        let may_change = sysv::may_change_limits().filter(|&may| may || outside.is_none());
        let here = Self::here(&REMEDIES, &changed, may_change);
        Self { outside: outside.map(Fix::from), ..here }
    }

    /// What is done on this machine, if this user or else root may change limits.
    fn here(words: &Remedies, changed: &[Changed], may_change: Option<bool>) -> Self {
        let besides = line(changed).into_iter().chain(changed.iter().filter_map(Changed::words));
        let besides = besides.collect();
        let Some((command, keeper)) = command(changed) else {
            return Self { besides, ..Self::default() };
        };
        let command = match (may_change, words.as_root) {
            (Some(true), _) => command,
            (Some(false), Some(program)) => command.through(program),
            (Some(false), None) => {
                let fix = as_root(lasting(command, keeper));
                return Self { besides: [vec![fix], besides].concat(), ..Self::default() };
            }
            (None, _) => return Self { besides, ..Self::default() },
        };
        Self { here: Some((command, keeper)), besides, outside: None }
    }

    /// What raises them.
    pub(super) fn fixes(self) -> Vec<Fix> {
        let here = self.here.map(|(command, keeper)| lasting(command, keeper));
        here.into_iter().chain(self.besides).chain(self.outside).collect()
    }

    /// `removal` and `creation`, with the limits raised first. A container that is started
    /// again has nothing to be removed.
    pub(super) fn before(self, removal: Vec<ShellCommand>, creation: Fix) -> Vec<Fix> {
        let creation = match self {
            Self { here: Some((here, keeper)), .. } => {
                creation.after(removal).after([here]).note(permanence("", keeper, "the limit"))
            }
            Self { outside: Some(_), .. } => {
                return self.outside.into_iter().chain([creation]).collect();
            }
            _ => creation.after(removal),
        };
        self.besides.into_iter().chain([creation]).collect()
    }
}

/// Raises a limit whose number is not known.
pub(super) fn raise(limit: Limit) -> Vec<Fix> {
    raise_by(&REMEDIES, limit)
}

fn raise_by(words: &Remedies, limit: Limit) -> Vec<Fix> {
    let settings = words.settings.iter().filter(|setting| setting.limits.contains(&limit));
    let fix = |name: &str, change: Change| match change {
        Change::Command { words, .. } => {
            format!("raise {name}: {} {name}=NUMBER", words.join(" "))
        }
        Change::Line { file, then, .. } => format!("raise {name} in {file}, and {then}"),
        Change::Words(words) => words.replace("NAME", name),
    };
    settings.map(|setting| as_root(fix(setting.name, setting.change).into())).collect()
}

/// The settings that have to change.
fn changed(words: &Remedies, now: Limits, enough: Limits) -> Vec<Changed> {
    let changed = words.settings.iter().filter_map(|setting| {
        let numbers = setting.numbers(enough)?;
        let is_new = setting.numbers(now).as_ref() != Some(&numbers);
        is_new.then_some(Changed { name: setting.name, numbers, change: setting.change })
    });
    changed.collect()
}

/// The command that changes all settings that a command changes.
fn command(changed: &[Changed]) -> Option<(ShellCommand, &'static str)> {
    let by_command = |one: &Changed| match one.change {
        Change::Command { words, keeper } => Some((words, keeper, one.assignment("="))),
        _ => None,
    };
    let mut settings = changed.iter().filter_map(by_command);
    let (words, keeper, first) = settings.next()?;
    let others = settings.map(|(_, _, assignment)| assignment);
    let command = ShellCommand::new(words.iter().copied()).arg(first).args(others);
    Some((command.there(), keeper))
}

/// The lines of a file that change all settings that are in one.
fn line(changed: &[Changed]) -> Option<Fix> {
    let by_line = |one: &Changed| match one.change {
        Change::Line { file, separator, then } => Some((file, then, one.assignment(separator))),
        _ => None,
    };
    let settings: Vec<_> = changed.iter().filter_map(by_line).collect();
    let &(file, then, _) = settings.first()?;
    let lines: Vec<_> = settings.iter().map(|(_, _, line)| line.as_str()).collect();
    let lines = lines.join(" and ");
    Some(as_root(format!("put {lines} into {file}, and {then}").into()))
}

impl Changed {
    fn assignment(&self, separator: &str) -> String {
        format!("{}{separator}{}", self.name, self.numbers)
    }

    fn words(&self) -> Option<Fix> {
        match self.change {
            Change::Words(words) => {
                let words = words.replace("NAME", self.name).replace("NUMBER", &self.numbers);
                Some(as_root(words.into()))
            }
            _ => None,
        }
    }
}

fn lasting(command: ShellCommand, keeper: &str) -> Fix {
    Fix::from(command).note(permanence("until the next boot; ", keeper, "it"))
}

/// How long `what` stays, and what makes it permanent.
fn permanence(how_long: &str, keeper: &str, what: &str) -> String {
    if shell::is_elsewhere() {
        format!("{what} lasts as long as the namespace")
    } else {
        format!("{how_long}{keeper} makes {what} permanent")
    }
}
