//! Programs and libraries that are known by the names of their files.

use super::maps;
use crate::sysv::Key;

/// Which sets a file can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UsableSets {
    /// Any.
    Any,
    /// Those with a key.
    Keyed,
    /// The cookies of device-mapper: a key with this prefix, one semaphore.
    DeviceMapper,
    /// PHP's: the semaphore, the number of its users, and a lock for both.
    Php,
}

/// Libraries that use only sets of one kind, whatever their callers ask for.
///
/// - libdevmapper: `dm_udev_create_cookie` chooses the key; the others refuse one
///   without the prefix: libdm-common.c.
/// - libasound: dmix, dsnoop and dshare refuse a key of 0: pcm_direct.c.
/// - libnspr4: `PR_OpenSemaphore` has the key from ftok(3): ptsynch.c.
/// - sysvsem.so: `sem_get` creates and opens three: ext/sysvsem/sysvsem.c.
const USES: [(&[u8], UsableSets); 4] = [
    (b"libdevmapper.so", UsableSets::DeviceMapper),
    (b"libasound.so", UsableSets::Keyed),
    (b"libnspr4.so", UsableSets::Keyed),
    (b"sysvsem.so", UsableSets::Php),
];

/// libffi itself, and libraries that use it only for functions that are described to them
/// or registered with them: GLib, GObject introspection and its bindings for Python and
/// JavaScript, p11-kit, Wayland, LLVM.
const DESCRIBED: [&[u8]; 9] = [
    b"libffi.",
    b"libffi-",
    b"libgobject-2.0.so",
    b"libgirepository-",
    b"_gi.",
    b"libgjs.so",
    b"libp11-kit.so",
    b"libwayland-",
    b"libLLVM",
];

/// Runtimes whose programs can call any function, with a built-in foreign-function
/// interface that no symbol shows: JNA and JFFI for Java, Mono, Deno, Bun. JNA and JFFI
/// unpack theirs to a file with a number in its name.
const RUNTIMES: [(&[u8], &[u8]); 9] = [
    (b"libjnidispatch", b""),
    (b"jna", b".tmp"),
    (b"libjffi", b""),
    (b"jffi", b".so"),
    (b"libmono", b""),
    (b"mono-sgen", b""),
    (b"mono-boehm", b""),
    (b"deno", b"deno"),
    (b"bun", b"bun"),
];

/// Programs that run programs for another system or processor, and make their calls.
const EMULATORS: [&[u8]; 6] =
    [b"qemu-", b"box64", b"box86", b"FEXInterpreter", b"FEXLoader", b"FEX"];

/// Programs of qemu that do not run other programs. The semaphores of a virtual machine are
/// not in this kernel.
const NO_EMULATORS: [&[u8]; 12] = [
    b"qemu-system-",
    b"qemu-img",
    b"qemu-io",
    b"qemu-nbd",
    b"qemu-ga",
    b"qemu-storage-daemon",
    b"qemu-pr-helper",
    b"qemu-vmsr-helper",
    b"qemu-bridge-helper",
    b"qemu-edid",
    b"qemu-keymap",
    b"qemu-trace-",
];

impl UsableSets {
    /// The sets that the file at this path can use, if it calls semop(2) at all.
    pub(super) fn used_by(path: &[u8]) -> Self {
        let name = maps::file_name(path);
        let known = USES.iter().find(|(start, _)| name.starts_with(start));
        known.map_or(Self::Any, |&(_, sets)| sets)
    }

    /// Whether a set with this key and number of semaphores is one of them.
    pub(super) fn include(self, key: Key, nsems: u32) -> bool {
        match self {
            Self::Any => true,
            Self::Keyed => key != Key::PRIVATE,
            Self::DeviceMapper => key.raw() >> 16 == 0x0D4D && nsems == 1,
            // semget(2) may open a larger set than the one asked for.
            Self::Php => nsems == 3 || key != Key::PRIVATE && nsems > 3,
        }
    }
}

/// Whether the file uses libffi only for functions that are described to it.
pub(super) fn calls_what_it_describes(path: &[u8]) -> bool {
    let name = maps::file_name(path);
    DESCRIBED.iter().any(|start| name.starts_with(start))
}

/// Whether the file is a runtime whose programs can call any function.
pub(super) fn is_foreign_runtime(path: &[u8]) -> bool {
    let name = maps::file_name(path);
    RUNTIMES.iter().any(|(start, end)| name.starts_with(start) && name.ends_with(end))
}

/// Whether the file is an emulator.
pub(super) fn is_emulator(path: &[u8]) -> bool {
    let name = maps::file_name(path);
    let one_of = |names: &[&[u8]]| names.iter().any(|start| name.starts_with(start));
    one_of(&EMULATORS) && !one_of(&NO_EMULATORS)
}

#[cfg(test)]
mod tests {
    use super::{UsableSets, calls_what_it_describes, is_emulator, is_foreign_runtime};
    use crate::sysv::Key;

    #[test]
    fn some_libraries_use_only_sets_of_one_kind() {
        let (private, cookie, other) = (Key::PRIVATE, Key::new(0x0D4D_1234), Key::new(31818));
        let sets = [(private, 1), (cookie, 1), (other, 1), (cookie, 3), (private, 3), (other, 32)];
        for (path, usable) in [
            (&b"/usr/bin/perl"[..], [true; 6]),
            (b"/lib/libdevmapper.so.1.02.1", [false, true, false, false, false, false]),
            (b"/lib/libasound.so.2.0.0", [false, true, true, true, false, true]),
            (b"/lib/libnspr4.so (deleted)", [false, true, true, true, false, true]),
            (b"/usr/lib/php/20220829/sysvsem.so", [false, false, false, true, true, true]),
            (b"/usr/lib/php/20220829/xsysvsem.so", [true; 6]),
        ] {
            let used = UsableSets::used_by(path);
            assert_eq!(sets.map(|(key, nsems)| used.include(key, nsems)), usable, "{used:?}");
        }
    }

    #[test]
    fn emulators_and_runtimes_are_known_by_their_file_names() {
        for (name, emulator) in [
            (&b"/usr/bin/qemu-aarch64-static"[..], true),
            (b"/usr/bin/qemu-x86_64 (deleted)", true),
            (b"/usr/bin/qemu-system-x86_64", false),
            (b"/usr/sbin/qemu-ga", false),
            (b"/usr/lib/qemu-/module.so", false),
            (b"/usr/bin/box64", true),
        ] {
            assert_eq!(is_emulator(name), emulator, "{}", name.escape_ascii());
        }
        for (name, runtime) in [
            (&b"/tmp/jna-1/jna123.tmp (deleted)"[..], true),
            (b"/usr/lib/jni/libjnidispatch.system.so", true),
            (b"/tmp/jffi77.so", true),
            (b"/usr/bin/mono-sgen", true),
            (b"/usr/bin/deno", true),
            (b"/usr/bin/bunzip2", false),
            (b"/usr/lib/libmonosgen-2.0.so.1", true),
        ] {
            assert_eq!(is_foreign_runtime(name), runtime, "{}", name.escape_ascii());
        }
        for (name, described) in [
            (&b"/usr/lib/libffi.so.8.1.2"[..], true),
            (b"/venv/cffi.libs/libffi-af4ed708.so.6", true),
            (b"/usr/lib/libgobject-2.0.so.0.7400.6", true),
            (b"/usr/lib/python3/_ctypes.cpython-311.so", false),
            (b"/usr/lib/php/ffi.so", false),
        ] {
            assert_eq!(calls_what_it_describes(name), described, "{}", name.escape_ascii());
        }
    }
}
