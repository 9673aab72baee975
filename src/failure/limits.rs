//! How limits are raised, and where.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;

use super::capacity::Demand;
use super::fix::Fix;
use super::shell::{self, ShellCommand};
use crate::system::{Container, container};
use crate::sysv::{self, Limits, Usage};

/// The most sets that Linux can number without `ipcmni_extend` on its command
/// line: include/linux/ipc_namespace.h.
pub(crate) const MAX_SETS: u32 = 32768;

/// The largest number in the setting: a C int.
const MAX_NUMBER: u32 = i32::MAX.unsigned_abs();

const SETTING: &str = sysv::LIMITS_FILE;

/// Limits that are sufficient for `demand`. Those on all sets together are at least
/// doubled if they are too low; the others stay as low as possible. None if no limits are.
fn sufficient(limits: Limits, used: Usage, demand: Demand) -> Option<Limits> {
    let semaphores = used.semaphores.checked_add(demand.semaphores())?;
    let doubled = |limit: u32, needed: u32| {
        if needed > limit { needed.max(limit.saturating_mul(2)).min(MAX_NUMBER) } else { limit }
    };
    let sets = used.sets.saturating_add(demand.sets);
    if demand.sets > 0 && sets > MAX_SETS {
        return None;
    }
    Some(Limits {
        semmsl: limits.semmsl.max(demand.nsems),
        semmns: doubled(limits.semmns, semaphores),
        semopm: limits.semopm.max(demand.operations),
        semmni: doubled(limits.semmni, sets).min(limits.semmni.max(MAX_SETS)),
    })
}

/// Raises the limits of this machine or container so that they are sufficient.
pub(super) fn raise_for(demand: Demand) -> Vec<Fix> {
    insufficient(demand).map(LimitRaise::to).map(LimitRaise::fixes).unwrap_or_default()
}

/// Lets the kernel number more sets, if it has run out of numbers.
pub(super) fn extend_numbers(used: Usage, limits: Limits) -> Option<Fix> {
    let is_full = used.sets >= MAX_SETS && limits.semmni == MAX_SETS;
    is_full.then(|| {
        "boot with ipcmni_extend on the kernel's command line: this allows 16777216 sets".into()
    })
}

/// `removal` and `creation`, with the limits raised first if they are insufficient. A
/// container that is started again has nothing to be removed.
pub(super) fn raised_for(demand: Demand, removal: Vec<ShellCommand>, creation: Fix) -> Vec<Fix> {
    match insufficient(demand).map(LimitRaise::to) {
        Some(LimitRaise { here: Some(here), .. }) => {
            vec![creation.after(removal).after([here]).note(permanence("", "the limit"))]
        }
        Some(LimitRaise { outside: Some(outside), .. }) => vec![outside, creation],
        _ => vec![creation.after(removal)],
    }
}

/// Raises SEMMNI and SEMMNS to these numbers, if that is possible.
pub(crate) fn raise_to(semmni: u32, semmns: u32) -> Vec<Fix> {
    match sysv::limits() {
        Ok(limits) if semmni <= MAX_SETS.max(limits.semmni) && semmns <= MAX_NUMBER => {
            LimitRaise::to(Limits { semmns, semmni, ..limits }).fixes()
        }
        _ => Vec::new(),
    }
}

/// How limits can be raised.
struct LimitRaise {
    /// The command in this shell.
    here: Option<ShellCommand>,
    /// What is done where the container is started.
    outside: Option<Fix>,
}

impl LimitRaise {
    fn to(limits: Limits) -> Self {
        let numbers = numbers(limits);
        // Nothing is known of what started another namespace.
        let container = if shell::is_elsewhere() { None } else { container(Path::new("/")) };
        let outside = container.and_then(|container| in_container(container, &numbers));
        Self { here: sysctl(&numbers, outside.is_some()), outside: outside.map(Fix::from) }
    }

    fn fixes(self) -> Vec<Fix> {
        let note = || permanence("until the next boot; ", "it");
        let here = self.here.map(|here| Fix::from(here).note(note()));
        here.into_iter().chain(self.outside).collect()
    }
}

/// The sufficient limits, if the current ones are not.
fn insufficient(demand: Demand) -> Option<Limits> {
    let limits = sysv::limits().ok()?;
    let used = demand.left_of(Usage::of(&sysv::all_sets().ok()?));
    sufficient(limits, used, demand).filter(|&sufficient| sufficient != limits)
}

/// The four numbers in the kernel's order.
pub(super) fn numbers(limits: Limits) -> String {
    let Limits { semmsl, semmns, semopm, semmni } = limits;
    format!("{semmsl} {semmns} {semopm} {semmni}")
}

/// sysctl(8), unless the setting can be changed only where the container is started.
fn sysctl(numbers: &str, in_container: bool) -> Option<ShellCommand> {
    let setting = format!("kernel.sem={numbers}");
    let sysctl = ShellCommand::new(["sysctl", "-w", &setting]).there();
    match OpenOptions::new().write(true).open(SETTING) {
        Ok(_) => Some(sysctl),
        Err(error) if error.kind() == ErrorKind::PermissionDenied && !in_container => {
            Some(sysctl.by_sudo())
        }
        Err(_) => None,
    }
}

/// How long `what` stays, and how it stays for good.
fn permanence(how_long: &str, what: &str) -> String {
    if shell::is_elsewhere() {
        format!("{what} lasts as long as the namespace")
    } else {
        format!("{how_long}a file in /etc/sysctl.d/ makes {what} permanent")
    }
}

/// The setting of the container.
fn in_container(container: Container, numbers: &str) -> Option<String> {
    match container {
        Container::Docker | Container::Podman => {
            let name = if container == Container::Docker { "docker" } else { "podman" };
            Some(format!("start the container with {name} run --sysctl kernel.sem='{numbers}'"))
        }
        Container::Kubernetes => Some(format!(
            "in the pod's spec, set securityContext: {{sysctls: [{{name: kernel.sem, value: '{numbers}'}}]}}; start the kubelet with --allowed-unsafe-sysctls=kernel.sem"
        )),
        Container::Lxc => Some(format!(
            "on the host, add this line to the container's configuration and restart the container: lxc.sysctl.kernel.sem = {numbers}"
        )),
        Container::Lxd | Container::Incus => {
            let name = if container == Container::Lxd { "lxc" } else { "incus" };
            Some(format!(
                "on the host, with this container's name for NAME: {name} config set NAME linux.sysctl.kernel.sem='{numbers}' && {name} restart NAME"
            ))
        }
        Container::Nspawn { own_users } => {
            let users = if own_users { " --user" } else { "" };
            Some(format!(
                "on the host as root, with this container's name for NAME (lasts until it stops): nsenter --target \"$(machinectl show NAME --property=Leader --value)\"{users} --ipc sysctl -w kernel.sem='{numbers}'"
            ))
        }
        Container::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TINY: Limits = Limits { semmsl: 8, semmns: 16, semopm: 8, semmni: 2 };

    fn raised(sets: u32, semaphores: u32, nsems: u32) -> String {
        numbers(sufficient(TINY, Usage { sets, semaphores }, Demand::set(nsems)).unwrap())
    }

    #[test]
    fn only_the_limits_that_bind_are_raised() {
        assert_eq!(raised(0, 0, 8), "8 16 8 2");
        assert_eq!(raised(0, 0, 10), "10 16 8 2");
        assert_eq!(raised(1, 8, 10), "10 32 8 2");
        assert_eq!(raised(2, 4, 8), "8 16 8 4");
        assert_eq!(raised(2, 16, 64), "64 80 8 4");
    }

    #[test]
    fn no_limit_lets_in_more_sets_than_the_kernel_can_number() {
        let used = Usage { sets: MAX_SETS, semaphores: 0 };
        assert_eq!(sufficient(TINY, used, Demand::set(2)), None);
    }

    #[test]
    fn every_container_has_its_own_setting() {
        let start = |container| in_container(container, "1 2 3 4").unwrap();
        assert!(start(Container::Podman).ends_with("podman run --sysctl kernel.sem='1 2 3 4'"));
        assert!(start(Container::Kubernetes).contains("{name: kernel.sem, value: '1 2 3 4'}"));
        assert!(start(Container::Lxc).contains("lxc.sysctl.kernel.sem = 1 2 3 4"));
        assert!(start(Container::Lxd).contains("lxc config set NAME linux.sysctl.kernel.sem="));
        assert!(start(Container::Incus).contains("='1 2 3 4' && incus restart NAME"));
        let nspawn = |own_users| start(Container::Nspawn { own_users });
        assert!(nspawn(false).contains("--value)\" --ipc sysctl -w kernel.sem='1 2 3 4'"));
        assert!(nspawn(true).contains("--value)\" --user --ipc sysctl"));
    }
}
