//! Limits that are reached: how they are raised, and by whom.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;

use super::Fix;
use super::shell::{self, ShellCommand};
use crate::session::WRITE_LOCK_OPERATIONS;
use crate::system::{Container, container};
use crate::sysv::{self, Limits, Usage};

/// The most sets that Linux can number without `ipcmni_extend` on its command
/// line: include/linux/ipc_namespace.h.
pub(crate) const MAX_SETS: u32 = 32768;

/// The largest number that the setting takes: a C int.
const HIGHEST: u32 = i32::MAX.unsigned_abs();

/// The setting on Linux.
const SETTING: &str = "/proc/sys/kernel/sem";

/// What is to be created.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Need {
    /// How many more sets.
    pub sets: u32,
    /// Semaphores of each.
    pub nsems: u32,
    /// Operations at once.
    pub operations: u32,
    /// What is removed before.
    pub freed: Usage,
}

impl Need {
    /// One more set of `nsems` semaphores, in which locks can be taken.
    pub(super) fn set(nsems: u32) -> Self {
        Self { sets: 1, nsems, operations: WRITE_LOCK_OPERATIONS, ..Self::default() }
    }

    /// The semaphores of all of them; as many as there can be, if there are more.
    pub(super) fn semaphores(self) -> u32 {
        self.sets.saturating_mul(self.nsems)
    }
}

/// Limits that let `need` be met, with room for as much again where the sum of
/// all sets counts; what is large enough stays as it is. None if no limits do.
pub(super) fn enough(limits: Limits, used: Usage, need: Need) -> Option<Limits> {
    let semaphores = used.semaphores.checked_add(need.semaphores())?;
    let full = |most: u32, wanted: u32| {
        if wanted > most { wanted.max(most.saturating_mul(2)).min(HIGHEST) } else { most }
    };
    let sets = used.sets.saturating_add(need.sets);
    if need.sets > 0 && sets > MAX_SETS {
        return None;
    }
    Some(Limits {
        semmsl: limits.semmsl.max(need.nsems),
        semmns: full(limits.semmns, semaphores),
        semopm: limits.semopm.max(need.operations),
        semmni: full(limits.semmni, sets).min(limits.semmni.max(MAX_SETS)),
    })
}

/// How this machine or container gets limits that let `need` be met.
pub(super) fn remedies(need: Need) -> Vec<Fix> {
    wanted(need).map(Raise::to).map(Raise::fixes).unwrap_or_default()
}

/// What lets in more sets than the kernel can number, if all these numbers are taken.
pub(super) fn more_numbers(used: Usage, limits: Limits) -> Option<Fix> {
    let is_full = used.sets >= MAX_SETS && limits.semmni == MAX_SETS;
    is_full.then(|| {
        "start the machine with ipcmni_extend on the kernel's command line: it then numbers 16777216 sets".into()
    })
}

/// `removal` and `creation` after what it takes that `need` is met. In a container
/// that is started anew nothing is to be removed.
pub(super) fn met(need: Need, removal: Vec<ShellCommand>, creation: Fix) -> Vec<Fix> {
    match wanted(need).map(Raise::to) {
        Some(Raise { here: Some(here), .. }) => {
            vec![creation.after(removal).after([here]).note(keeper("", "the limit"))]
        }
        Some(Raise { outside: Some(outside), .. }) => vec![outside, creation],
        _ => vec![creation.after(removal)],
    }
}

/// How SEMMNI and SEMMNS get as large as this, unless that is more than can be.
pub(crate) fn raising(semmni: u32, semmns: u32) -> Vec<Fix> {
    match sysv::limits() {
        Ok(limits) if semmni <= MAX_SETS.max(limits.semmni) && semmns <= HIGHEST => {
            Raise::to(Limits { semmns, semmni, ..limits }).fixes()
        }
        _ => Vec::new(),
    }
}

/// Where limits can be raised.
struct Raise {
    here: Option<ShellCommand>,
    outside: Option<Fix>,
}

impl Raise {
    fn to(wanted: Limits) -> Self {
        let numbers = numbers(wanted);
        // Of another namespace it is not known what started it.
        let container = if shell::is_elsewhere() { None } else { container(Path::new("/")) };
        let outside = container.and_then(|container| start(container, &numbers));
        Self { here: sysctl(&numbers, outside.is_some()), outside: outside.map(Fix::from) }
    }

    fn fixes(self) -> Vec<Fix> {
        let note = || keeper("until the next boot; ", "it");
        let here = self.here.map(|here| Fix::from(here).note(note()));
        here.into_iter().chain(self.outside).collect()
    }
}

fn wanted(need: Need) -> Option<Limits> {
    let limits = sysv::limits().ok()?;
    let used = Usage::of(&sysv::all_sets().ok()?);
    let used = Usage {
        sets: used.sets.saturating_sub(need.freed.sets),
        semaphores: used.semaphores.saturating_sub(need.freed.semaphores),
    };
    enough(limits, used, need).filter(|&wanted| wanted != limits)
}

/// The four numbers as the kernel orders them.
pub(super) fn numbers(limits: Limits) -> String {
    let Limits { semmsl, semmns, semopm, semmni } = limits;
    format!("{semmsl} {semmns} {semopm} {semmni}")
}

/// sysctl(8), unless only the container's start can change the setting.
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

/// What keeps `what` is set; without it, it stays `so_long`.
fn keeper(so_long: &str, what: &str) -> String {
    if shell::is_elsewhere() {
        format!("that namespace keeps {what} while it lives")
    } else {
        format!("{so_long}/etc/sysctl.d/ keeps {what}")
    }
}

/// What the container is to be started with.
fn start(container: Container, numbers: &str) -> Option<String> {
    match container {
        Container::Docker | Container::Podman => {
            let name = if container == Container::Docker { "docker" } else { "podman" };
            Some(format!("start the container with: {name} run --sysctl kernel.sem='{numbers}'"))
        }
        Container::Kubernetes => Some(format!(
            "in the pod's spec: securityContext: {{sysctls: [{{name: kernel.sem, value: '{numbers}'}}]}}, and the kubelet's --allowed-unsafe-sysctls=kernel.sem"
        )),
        Container::Lxc => Some(format!(
            "on the host, in the container's configuration, before it is started again: lxc.sysctl.kernel.sem = {numbers}"
        )),
        Container::Lxd | Container::Incus => {
            let name = if container == Container::Lxd { "lxc" } else { "incus" };
            Some(format!(
                "on the host, with this container's name: {name} config set NAME linux.sysctl.kernel.sem='{numbers}' && {name} restart NAME"
            ))
        }
        Container::Nspawn { own_users } => {
            let users = if own_users { " --user" } else { "" };
            Some(format!(
                "on the host as root, with this container's name, and until it stops: nsenter --target \"$(machinectl show NAME --property=Leader --value)\"{users} --ipc sysctl -w kernel.sem='{numbers}'"
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
        numbers(enough(TINY, Usage { sets, semaphores }, Need::set(nsems)).unwrap())
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
        assert_eq!(enough(TINY, used, Need::set(2)), None);
    }

    #[test]
    fn every_container_has_its_own_setting() {
        let start = |container| start(container, "1 2 3 4").unwrap();
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
