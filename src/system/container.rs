//! Whether this is a container, whose limits are set where it is started.

use std::fs;
use std::path::Path;

/// What started the container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Container {
    /// A pod of Kubernetes.
    Kubernetes,
    /// Docker, or what passes for it.
    Docker,
    /// Podman, Buildah or CRI-O.
    Podman,
    /// What the container interface of systemd calls it: `lxc`, `systemd-nspawn` and so on.
    Other(String),
}

/// The container that this process is in, as far as it has marks that say so.
/// `root` is `/`, but for tests.
pub fn container(root: &Path) -> Option<Container> {
    let has = |path: &str| root.join(path).exists();
    if has("run/secrets/kubernetes.io/serviceaccount")
        || has("var/run/secrets/kubernetes.io/serviceaccount")
        || std::env::var_os("KUBERNETES_SERVICE_HOST").is_some()
    {
        Some(Container::Kubernetes)
    } else if has("run/.containerenv") {
        Some(Container::Podman)
    } else if has(".dockerenv") {
        Some(Container::Docker)
    } else {
        let name = fs::read_to_string(root.join("run/systemd/container")).ok()?;
        Some(Container::Other(name.trim().to_owned())).filter(|_| !name.trim().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_container_is_known_by_its_mark() {
        let root = std::env::temp_dir().join(format!("container-{}", std::process::id()));
        fs::create_dir_all(root.join("run/systemd")).unwrap();
        assert_eq!(container(&root), None);
        fs::write(root.join("run/systemd/container"), "lxc\n").unwrap();
        let lxc = container(&root);
        fs::write(root.join(".dockerenv"), "").unwrap();
        let docker = container(&root);
        fs::write(root.join("run/.containerenv"), "").unwrap();
        let podman = container(&root);
        fs::create_dir_all(root.join("run/secrets/kubernetes.io/serviceaccount")).unwrap();
        let kubernetes = container(&root);
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(lxc, Some(Container::Other("lxc".into())));
        assert_eq!(docker, Some(Container::Docker));
        assert_eq!(podman, Some(Container::Podman));
        assert_eq!(kubernetes, Some(Container::Kubernetes));
    }
}
