//! How much memory is free.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::system::words::{number, read_file, words};

/// How many bytes of memory the machine and this process's control groups have left. None
/// if that cannot be read.
pub(crate) fn free_memory() -> Option<u64> {
    let machine = available(&read_file("/proc/meminfo").ok()?)?;
    let text = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let left = groups(&text).filter_map(|group| left_in_group(&group));
    Some(left.fold(machine, u64::min))
}

/// The control group in /proc/self/cgroup and those around it. A group outside of this
/// cgroup namespace, `/../NAME`, has no files here: cgroup_namespaces(7).
fn groups(text: &str) -> impl Iterator<Item = PathBuf> {
    let group = text.lines().find_map(|line| line.strip_prefix("0::/")).map(Path::new);
    let is_inside =
        |group: &&Path| group.components().all(|part| matches!(part, Component::Normal(_)));
    let root = Path::new("/sys/fs/cgroup");
    let group = group.filter(is_inside).unwrap_or(Path::new(""));
    group.ancestors().map(|group| root.join(group))
}

/// The machine's available memory, in bytes.
fn available(meminfo: &[u8]) -> Option<u64> {
    let mut lines = meminfo.split(|&byte| byte == b'\n');
    let line = lines.find_map(|line| line.strip_prefix(b"MemAvailable:"))?;
    number::<u64>(words(line).next()?)?.checked_mul(1024)
}

/// What is left of a control group's `memory.max`, counting cached files that the kernel
/// can drop: Documentation/admin-guide/cgroup-v2.rst of Linux.
fn left_in_group(group: &Path) -> Option<u64> {
    let read = |name| fs::read_to_string(group.join(name)).ok();
    let max: u64 = read("memory.max")?.trim().parse().ok()?;
    let used: u64 = read("memory.current")?.trim().parse().ok()?;
    let stat = read("memory.stat")?;
    let files = stat.lines().find_map(|line| line.strip_prefix("inactive_file "));
    let files: u64 = files.and_then(|bytes| bytes.parse().ok()).unwrap_or(0);
    Some(max.saturating_sub(used.saturating_sub(files)))
}

#[cfg(all(any(test, fuzzing), family = "linux"))]
#[path = "../../fuzz/cgroup.rs"]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cached_files_count_as_free_memory() {
        let group = std::env::temp_dir().join(format!("cgroup-{}", std::process::id()));
        fs::create_dir_all(&group).unwrap();
        assert_eq!(left_in_group(&group), None);
        let files =
            [("max", "1000\n"), ("current", "900\n"), ("stat", "anon 7\ninactive_file 300\n")];
        for (name, text) in files {
            fs::write(group.join(format!("memory.{name}")), text).unwrap();
        }
        let some = left_in_group(&group);
        fs::write(group.join("memory.max"), "max\n").unwrap();
        let unlimited = left_in_group(&group);
        fs::remove_dir_all(&group).unwrap();
        assert_eq!((some, unlimited), (Some(400), None));
    }

    #[test]
    fn no_more_memory_is_free_than_the_machine_has_available() {
        let free = free_memory().unwrap();
        let meminfo = fs::read_to_string("/proc/meminfo").unwrap();
        let total = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:")).unwrap();
        let total: u64 = total.split_whitespace().next().unwrap().parse().unwrap();
        // These tests need more themselves.
        assert!((1 << 20..total * 1024).contains(&free), "{free}");
    }
}
