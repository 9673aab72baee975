//! `probe-max --at-least` and `--sets`: whether there is room, and what makes some.

use crate::common::remedy::{failure, fixes, is_fixed_by_each_fix, limited};
use semlock::sysv::{Set, all_sets};
use serde_json::json;

#[test]
#[cfg_attr(semlock_portable, ignore = "needs limits that can be read")]
fn a_size_that_does_not_fit_is_refused_with_what_create_would_be_fixed_by() {
    let least = ["probe-max", "--at-least", "250"];
    for (limits, reason) in [("100 1000 10 10", "semmsl"), ("1000 200 10 10", "semmns")] {
        let refused = is_fixed_by_each_fix(|| limited(limits), &least, &least);
        refused
            .exits(1)
            .complains("semlock: cannot create a set of 250 semaphores: the largest that can be created now has ")
            .complains(&format!("  evidence: kernel.sem = {limits}\n"));
        let create = limited(limits).run(["create", "--nsems", "250"]);
        let raises = |fix: &String| fix.contains("sysctl");
        let of_create: Vec<_> = fixes(&create).into_iter().filter(raises).collect();
        let of_probe: Vec<_> = fixes(&refused).into_iter().filter(raises).collect();
        assert_eq!(of_probe, of_create);
        let json = limited(limits).run([&least[..], &["--format", "json"]].concat());
        assert_eq!(json.exits(1).json()["available"], true);
        let error = failure(&json);
        assert_eq!((&error["status"], &error["reason"]), (&json!(1), &json!(reason)));
        assert_eq!(error["fix"], json!(fixes(&refused)));
    }
    limited("100 1000 10 10").run([&least[..], &["-q"]].concat()).exits(1).is_silent();
}

#[test]
fn what_is_required_and_missing_is_said_in_the_format_asked_for() {
    let sandbox = limited("250 1000 10 1");
    Set::create_private(3, 0o600).unwrap();
    let require = ["probe-max", "--require", "undo"];
    sandbox.run(require).exits(1).is_said("semlock: SEM_UNDO could not be measured here\n");
    let json = sandbox.run([&require[..], &["--format", "json"]].concat());
    assert_eq!(failure(&json)["error"], "cannot use: SEM_UNDO could not be measured here");
    let both = sandbox.run([&require[..], &["--at-least", "2", "--format", "json"]].concat());
    let evidence = failure(&both)["evidence"].clone();
    assert!(evidence.as_array().unwrap().contains(&json!("SEM_UNDO could not be measured here")));
}

/// Whether so many sets can be made, by making them.
fn fit(sets: usize, nsems: u32) -> bool {
    let made: Vec<_> = (0..sets).map(|_| Set::create_private(nsems, 0o600)).collect();
    let all = made.iter().all(Result::is_ok);
    made.into_iter().flatten().for_each(|set| set.remove().unwrap());
    all
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs limits that can be read")]
fn the_largest_size_of_several_sets_at_once_is_exact_under_every_limit() {
    for (limits, used, sets, most) in [
        ("20 1000 10 10", 0, 8, 20),
        ("20 136 10 10", 0, 8, 17),
        ("20 135 10 10", 0, 8, 16),
        ("20 136 10 10", 1, 8, 16),
        ("20 136 10 8", 1, 8, 0),
        ("20 136 10 8", 0, 8, 17),
        ("20 5 10 10", 0, 8, 0),
        ("32000 1024000000 500 32000", 0, 1, 32000),
    ] {
        let sandbox = limited(limits);
        for _ in 0..used {
            Set::create_private(1, 0o600).unwrap();
        }
        let asked = sets.to_string();
        let run = ["probe-max", "--format", "json", "--sets", &asked];
        let report = sandbox.run(run).exits(0).json();
        let told = (&report["sets"], &report["max_nsems_each"]);
        assert_eq!(told, (&json!(sets), &json!(most)), "{limits} {used}");
        assert!(most == 0 || fit(sets, most), "{limits} {used}");
        assert!(!fit(sets, most + 1), "{limits} {used}");
        assert_eq!(all_sets().unwrap().len(), used, "a set was left behind");
        let table = sandbox.run(["probe-max", "--sets", &asked]).exits(0).stdout();
        let each = if most == 0 { "NOT possible" } else { &format!(" of up to {most} semaphore") };
        assert!(table.contains(each), "{table}");
    }
}

#[test]
#[cfg_attr(semlock_portable, ignore = "needs limits that can be read")]
fn a_server_that_needs_several_sets_can_ask_for_them() {
    let postgresql = ["probe-max", "--sets", "8", "--at-least", "17"];
    limited("20 136 10 8").run(postgresql).exits(0);
    for limits in ["16 1000 10 10", "20 135 10 8", "20 136 10 7", "8 16 2 2"] {
        is_fixed_by_each_fix(|| limited(limits), &postgresql, &postgresql)
            .exits(1)
            .complains("semlock: cannot create 8 sets of 17 semaphores at the same time: ");
    }
    for wrong in ["0", "32769", "-1", "x"] {
        limited("20 136 10 8").run(["probe-max", "--sets", wrong]).exits(64);
    }
}
