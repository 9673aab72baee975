//! The control groups of this process, and the machine's memory.

use std::path::{Component, Path};

use super::{available, groups};
use crate::fuzz::{Input, Targets};

impl Targets {
    pub(crate) fn cgroup(data: &[u8]) {
        let text = String::from_utf8_lossy(data);
        for group in groups(&text) {
            assert!(group.starts_with("/sys/fs/cgroup"), "{group:?}");
            assert!(!group.components().any(|part| part == Component::ParentDir), "{group:?}");
        }
        let path = text.replace('\n', "").replace("..", "").replace("./", "");
        let inner: Vec<_> = groups(&format!("1:name=systemd:/x\n0::/{path}\n")).collect();
        let outer = Path::new("/sys/fs/cgroup");
        assert_eq!(inner.last().map(AsRef::as_ref), Some(outer));
        assert!(inner.is_sorted_by(|one, next| one.parent() == Some(next)));
        let _ = available(data);
        let kibibytes = Input::new(data).u64() >> 10;
        let memory = format!("MemTotal:  9 kB\nMemFree:  1 kB\nMemAvailable:   {kibibytes} kB\n");
        assert_eq!(available(memory.as_bytes()), Some(kibibytes << 10));
    }
}
