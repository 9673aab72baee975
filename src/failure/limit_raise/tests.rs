//! How every system's words become fixes.

use super::*;
use crate::failure::reasons;
use crate::sysv::remedy::families;

const NOW: Limits = Limits { semmsl: 60, semmns: 60, semopm: 2, semmni: 10 };
const ENOUGH: Limits = Limits { semmsl: 61, semmns: 120, semopm: 3, semmni: 20 };

fn words_of(system: &str) -> &'static Remedies {
    families::ALL.into_iter().find(|(name, _)| *name == system).unwrap().1
}

fn shown(fixes: &[Fix]) -> Vec<String> {
    fixes.iter().map(|fix| fix.to_string().trim_start_matches("as root (0): ").into()).collect()
}

/// What raises every limit on a system.
fn raised(system: &str, may_change: bool) -> Vec<String> {
    let words = words_of(system);
    shown(&LimitRaise::here(words, &changed(words, NOW, ENOUGH), Some(may_change)).fixes())
}

#[test]
fn every_system_raises_its_limits_in_its_own_way() {
    for (system, expected) in [
        (
            "Linux",
            &[
                "sysctl -w kernel.sem='61 120 3 20'  # until the next boot; a file in /etc/sysctl.d/ makes it permanent",
            ][..],
        ),
        (
            "FreeBSD",
            &[
                "sysctl kern.ipc.semmsl=61  # until the next boot; a line in /etc/sysctl.conf makes it permanent",
                "put kern.ipc.semmns=120 and kern.ipc.semopm=3 and kern.ipc.semmni=20 into /boot/loader.conf, and boot again",
            ],
        ),
        (
            "DragonFly",
            &[
                "sysctl kern.ipc.semmsl=61  # until the next boot; a line in /etc/sysctl.conf makes it permanent",
                "put kern.ipc.semmns=120 and kern.ipc.semmni=20 into /boot/loader.conf, and boot again",
            ],
        ),
        (
            "NetBSD",
            &[
                "sysctl -w kern.ipc.semmns=120 kern.ipc.semmni=20  # until the next boot; a line in /etc/sysctl.conf makes it permanent",
                "build a kernel with options SEMMNS=61: it sets SEMMSL, too",
            ],
        ),
        (
            "OpenBSD",
            &[
                "sysctl kern.seminfo.semmsl=61 kern.seminfo.semmns=120 kern.seminfo.semopm=3 kern.seminfo.semmni=20  # until the next boot; a line in /etc/sysctl.conf makes it permanent",
            ],
        ),
        (
            "Cygwin",
            &[
                "put kern.ipc.semmsl 61 and kern.ipc.semmns 120 and kern.ipc.semopm 3 and kern.ipc.semmni 20 into /etc/cygserver.conf, and start cygserver again, which removes every set: cygrunsrv -E cygserver && cygrunsrv -S cygserver",
            ],
        ),
    ] {
        assert_eq!(raised(system, true), expected, "{system}");
    }
    assert!(raised("macOS", true)[2].ends_with("sudo sysctl -w kern.sysv.semmni=20"));
    assert!(raised("illumos", true)[1].contains("process.max-sem-ops -r -v 3 -i process"));
}

#[test]
fn another_user_becomes_root_as_the_system_has_it() {
    let first = |system| raised(system, false).remove(0);
    assert!(first("Linux").starts_with("sudo sysctl -w kernel.sem="));
    assert!(first("OpenBSD").starts_with("doas sysctl kern.seminfo.semmsl="));
    let words = words_of("NetBSD");
    let raise = LimitRaise::here(words, &changed(words, NOW, ENOUGH), Some(false));
    assert!(raise.here.is_none(), "it is another user's command");
}

#[test]
fn limits_that_nobody_may_change_here_have_no_command() {
    let words = words_of("Linux");
    let raise = LimitRaise::here(words, &changed(words, NOW, ENOUGH), None);
    assert_eq!(raise.fixes(), []);
}

#[test]
fn limits_that_take_a_reboot_are_raised_before_anything_else() {
    let create = || Fix::from(ShellCommand::semlock("create"));
    let enough = Limits { semmni: 20, ..NOW };
    let before = |system| {
        let words = words_of(system);
        let raise = LimitRaise::here(words, &changed(words, NOW, enough), Some(true));
        shown(&raise.before(Vec::new(), create()))
    };
    assert_eq!(
        before("FreeBSD"),
        ["put kern.ipc.semmni=20 into /boot/loader.conf, and boot again", "semlock create"]
    );
    assert_eq!(
        before("OpenBSD"),
        [
            "sysctl kern.seminfo.semmni=20 && semlock create  # a line in /etc/sysctl.conf makes the limit permanent"
        ]
    );
}

#[test]
fn a_limit_on_undo_entries_is_raised_where_there_is_one() {
    let raised = |system, limit| shown(&raise_by(words_of(system), limit)).join("\n");
    for (system, processes, entries) in [
        ("Linux", "", ""),
        ("illumos", "", ""),
        (
            "FreeBSD",
            "raise kern.ipc.semmnu in /boot/loader.conf, and boot again",
            "raise kern.ipc.semume in /boot/loader.conf, and boot again",
        ),
        (
            "NetBSD",
            "raise kern.ipc.semmnu: sysctl -w kern.ipc.semmnu=NUMBER",
            "build a kernel with options SEMUME=NUMBER",
        ),
        (
            "OpenBSD",
            "raise kern.seminfo.semmnu: sysctl kern.seminfo.semmnu=NUMBER",
            "build a kernel with option SEMUME=NUMBER",
        ),
        (
            "unknown",
            "raise SEMMNU as your system's manual says",
            "raise SEMUME as your system's manual says",
        ),
    ] {
        assert_eq!(raised(system, Limit::Semmnu), processes, "{system}");
        assert_eq!(raised(system, Limit::Semume), entries, "{system}");
    }
}

#[test]
fn the_manual_names_the_settings_of_every_system() {
    let remedy = |limit| match limit {
        Limit::Semmsl => reasons::SEMMSL.remedy,
        Limit::Semmns => reasons::SEMMNS.remedy,
        Limit::Semopm => reasons::SEMOPM.remedy,
        Limit::Semmni => reasons::SEMMNI.remedy,
        Limit::Semmnu => reasons::NO_UNDO.remedy,
        Limit::Semume => reasons::SEMUME.remedy,
    };
    for (system, words) in families::ALL {
        // Those without a dot are constants of the kernel.
        for setting in words.settings.iter().filter(|setting| setting.name.contains('.')) {
            for &limit in setting.limits {
                let remedy = remedy(limit);
                assert!(remedy.contains(system) && remedy.contains(setting.name), "{setting:?}");
            }
        }
    }
}

/// Names that only some systems have.
#[test]
fn no_system_is_given_the_words_of_another() {
    let own = [
        ("kernel.sem", &["Linux"][..]),
        ("/etc/sysctl.d", &["Linux"]),
        ("ipcmni_extend", &["Linux"]),
        ("CONFIG_SYSVIPC", &["Linux"]),
        ("SELinux", &["Linux"]),
        ("/proc", &[]),
        ("kern.ipc.", &["FreeBSD", "DragonFly", "NetBSD", "Cygwin"]),
        ("/boot/loader.conf", &["FreeBSD", "DragonFly"]),
        ("kldload", &["FreeBSD"]),
        ("jail", &["FreeBSD", "DragonFly"]),
        ("modload sysv_ipc", &["NetBSD"]),
        ("SYSVSEM", &["DragonFly", "NetBSD", "OpenBSD"]),
        ("kern.seminfo", &["OpenBSD"]),
        ("doas", &["OpenBSD"]),
        ("kern.sysv", &["macOS"]),
        ("sandbox", &["macOS"]),
        ("max-sem-", &["illumos"]),
        ("pfexec", &["illumos"]),
        ("cygserver", &["Cygwin"]),
        ("your system's manual", &["unknown"]),
    ];
    for (system, words) in families::ALL {
        let text = format!("{words:?}");
        for (name, systems) in own {
            assert_eq!(text.contains(name), systems.contains(&system), "{system}: {name}");
        }
    }
}
