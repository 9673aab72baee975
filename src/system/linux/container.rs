//! The container that this process is in. A container's sysctls are set where it is started.

use std::env;
use std::fs;
use std::path::Path;

/// What started the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Container {
    /// A pod of Kubernetes.
    Kubernetes,
    /// Docker, or a program compatible with it.
    Docker,
    /// Podman, Buildah or CRI-O.
    Podman,
    /// LXC's own tools, or Proxmox.
    Lxc,
    /// LXD.
    Lxd,
    /// Incus.
    Incus,
    /// systemd-nspawn, which has no setting for the limits.
    Nspawn {
        /// Whether it has a user namespace of its own.
        own_users: bool,
    },
    /// Something else.
    Other,
}

/// How a sysctl is set where the container that this process is in is started. None outside
/// of a container, and in one that is not known.
pub(crate) fn setting_of_container(name: &str, value: &str) -> Option<String> {
    container(Path::new("/"))?.setting(name, value)
}

impl Container {
    fn setting(self, name: &str, value: &str) -> Option<String> {
        match self {
            Self::Docker | Self::Podman => {
                let program = if self == Self::Docker { "docker" } else { "podman" };
                Some(format!("start the container with {program} run --sysctl {name}='{value}'"))
            }
            Self::Kubernetes => Some(format!(
                "in the pod's spec, set securityContext: {{sysctls: [{{name: {name}, value: '{value}'}}]}}; start the kubelet with --allowed-unsafe-sysctls={name}"
            )),
            Self::Lxc => Some(format!(
                "on the host, add this line to the container's configuration and restart the container: lxc.sysctl.{name} = {value}"
            )),
            Self::Lxd | Self::Incus => {
                let program = if self == Self::Lxd { "lxc" } else { "incus" };
                Some(format!(
                    "on the host, with this container's name for NAME: {program} config set NAME linux.sysctl.{name}='{value}' && {program} restart NAME"
                ))
            }
            Self::Nspawn { own_users } => {
                let users = if own_users { " --user" } else { "" };
                Some(format!(
                    "on the host as root, with this container's name for NAME (lasts until it stops): nsenter --target \"$(machinectl show NAME --property=Leader --value)\"{users} --ipc sysctl -w {name}='{value}'"
                ))
            }
            Self::Other => None,
        }
    }
}

/// The container that this process is in, if it can be recognized. `root` is `/` except in
/// tests.
fn container(root: &Path) -> Option<Container> {
    let has = |path: &str| root.join(path).exists();
    if has("run/secrets/kubernetes.io/serviceaccount")
        || has("var/run/secrets/kubernetes.io/serviceaccount")
        || env::var_os("KUBERNETES_SERVICE_HOST").is_some()
    {
        Some(Container::Kubernetes)
    } else if has("dev/incus/sock") {
        // Checked before .dockerenv, which an image may contain.
        Some(Container::Incus)
    } else if has("dev/lxd/sock") {
        Some(Container::Lxd)
    } else if has("run/.containerenv") {
        Some(Container::Podman)
    } else if has(".dockerenv") {
        Some(Container::Docker)
    } else {
        by_name(&name(root)?, root)
    }
}

/// The name by systemd's container interface: from systemd, from the container manager, or
/// from the environment of the first process.
fn name(root: &Path) -> Option<String> {
    let read = |path: &str| fs::read_to_string(root.join(path)).ok();
    let of_first = || {
        let environment = fs::read(root.join("proc/1/environ")).ok()?;
        let mut variables = environment.split(|&byte| byte == 0);
        let name = variables.find_map(|variable| variable.strip_prefix(b"container="))?;
        String::from_utf8(name.to_vec()).ok()
    };
    let name = read("run/systemd/container").or_else(|| read("run/host/container-manager"));
    let name = name.or_else(of_first)?.trim().to_owned();
    (!name.is_empty()).then_some(name)
}

fn by_name(name: &str, root: &Path) -> Option<Container> {
    match name {
        // A virtual machine.
        "wsl" => None,
        "lxc" | "lxc-libvirt" => Some(Container::Lxc),
        "systemd-nspawn" => Some(Container::Nspawn { own_users: has_own_users(root) }),
        "docker" => Some(Container::Docker),
        "podman" => Some(Container::Podman),
        _ => Some(Container::Other),
    }
}

/// Whether user ids here are other ids on the host: user_namespaces(7).
fn has_own_users(root: &Path) -> bool {
    let map = fs::read_to_string(root.join("proc/self/uid_map")).unwrap_or_default();
    let words: Vec<_> = map.split_whitespace().collect();
    !words.is_empty() && words != ["0", "0", "4294967295"]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::own_root;

    #[test]
    fn every_container_has_its_own_setting() {
        let start = |container: Container| container.setting("kernel.sem", "1 2 3 4").unwrap();
        assert!(start(Container::Podman).ends_with("podman run --sysctl kernel.sem='1 2 3 4'"));
        assert!(start(Container::Kubernetes).contains("{name: kernel.sem, value: '1 2 3 4'}"));
        assert!(start(Container::Lxc).contains("lxc.sysctl.kernel.sem = 1 2 3 4"));
        assert!(start(Container::Lxd).contains("lxc config set NAME linux.sysctl.kernel.sem="));
        assert!(start(Container::Incus).contains("='1 2 3 4' && incus restart NAME"));
        let nspawn = |own_users| start(Container::Nspawn { own_users });
        assert!(nspawn(false).contains("--value)\" --ipc sysctl -w kernel.sem='1 2 3 4'"));
        assert!(nspawn(true).contains("--value)\" --user --ipc sysctl"));
    }

    #[test]
    fn each_kind_of_container_is_recognized() {
        let root = env::temp_dir().join(format!("container-{}", std::process::id()));
        let marked = |path: &str, text: &str| {
            let file = root.join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, text).unwrap();
            container(&root)
        };
        assert_eq!(container(&root), None);
        assert_eq!(marked("proc/1/environ", "A=1\0container=lxc\0B=2\0"), Some(Container::Lxc));
        let nspawn = |own_users| Some(Container::Nspawn { own_users });
        assert_eq!(marked("run/host/container-manager", "systemd-nspawn\n"), nspawn(false));
        assert_eq!(marked("proc/self/uid_map", " 0 0 4294967295\n"), nspawn(false));
        assert_eq!(marked("proc/self/uid_map", " 0 524288 65536\n"), nspawn(true));
        assert_eq!(marked("run/systemd/container", "podman\n"), Some(Container::Podman));
        assert_eq!(marked("run/systemd/container", "docker\n"), Some(Container::Docker));
        assert_eq!(marked("run/systemd/container", "wsl\n"), None);
        assert_eq!(marked("run/systemd/container", "rkt\n"), Some(Container::Other));
        assert_eq!(marked(".dockerenv", ""), Some(Container::Docker));
        assert_eq!(marked("run/.containerenv", ""), Some(Container::Podman));
        assert_eq!(marked("dev/lxd/sock", ""), Some(Container::Lxd));
        assert_eq!(marked("dev/incus/sock", ""), Some(Container::Incus));
        let kubernetes = ["run", "var/run"].map(|place| {
            fs::remove_dir_all(root.join("run")).unwrap();
            marked(&format!("{place}/secrets/kubernetes.io/serviceaccount/token"), "")
        });
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(kubernetes, [Some(Container::Kubernetes); 2]);
    }

    #[test]
    fn the_setting_is_that_of_the_container_of_this_process() {
        let setting = || setting_of_container("kernel.sem", "1 2 3 4");
        assert!(setting().is_none_or(|text| text.contains("kernel.sem")), "of this machine");
        assert_eq!(own_root::with_files(&[("etc/hostname", "")], setting), None);
        let in_docker = own_root::with_files(&[(".dockerenv", "")], setting);
        assert!(in_docker.unwrap().contains("docker run --sysctl kernel.sem='1 2 3 4'"));
    }
}
