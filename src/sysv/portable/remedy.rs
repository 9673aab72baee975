//! A system that nothing is known about.

use crate::sysv::remedy::{Absence, Change, Limit, Remedies, Setting};

pub(crate) const REMEDIES: Remedies = Remedies {
    place: "this system",
    settings: &[
        unknown("SEMMSL", &[Limit::Semmsl]),
        unknown("SEMMNS", &[Limit::Semmns]),
        unknown("SEMOPM", &[Limit::Semopm]),
        unknown("SEMMNI", &[Limit::Semmni]),
        unknown("SEMMNU", &[Limit::Semmnu]),
        unknown("SEMUME", &[Limit::Semume]),
    ],
    semop_enospc: &[Limit::Semmnu, Limit::Semume],
    as_root: None,
    // A semid is an int.
    max_sets: i32::MAX.unsigned_abs(),
    more_sets: None,
    absent: Absence { cause: "this system has no System V semaphores", fix: None },
    policy: "a security policy",
};

const fn unknown(name: &'static str, limits: &'static [Limit]) -> Setting {
    let manual = "raise NAME as your system's manual says";
    Setting { name, limits, change: Change::Words(manual) }
}
