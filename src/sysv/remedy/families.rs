//! The words of every system, for tests.

#![allow(clippy::duplicate_mod, reason = "a system has its own words twice here")]

use super::Remedies;

#[path = "../cygwin/remedy.rs"]
mod cygwin;
#[path = "../darwin/remedy.rs"]
mod darwin;
#[path = "../bsd/dragonfly/remedy.rs"]
mod dragonfly;
#[path = "../bsd/freebsd/remedy.rs"]
mod freebsd;
#[path = "../linux/remedy.rs"]
#[allow(dead_code, reason = "only its remedies are compared")]
mod linux;
#[path = "../bsd/netbsd/remedy.rs"]
mod netbsd;
#[path = "../bsd/openbsd/remedy.rs"]
mod openbsd;
#[path = "../portable/remedy.rs"]
mod portable;
#[path = "../solaris/remedy.rs"]
mod solaris;

pub(crate) const ALL: [(&str, &Remedies); 9] = [
    ("Linux", &linux::REMEDIES),
    ("FreeBSD", &freebsd::REMEDIES),
    ("DragonFly", &dragonfly::REMEDIES),
    ("NetBSD", &netbsd::REMEDIES),
    ("OpenBSD", &openbsd::REMEDIES),
    ("macOS", &darwin::REMEDIES),
    ("illumos", &solaris::REMEDIES),
    ("Cygwin", &cygwin::REMEDIES),
    ("unknown", &portable::REMEDIES),
];
