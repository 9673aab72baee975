//! Sets that are read when they are judged, and processes that are looked up one by one.

use std::process::{Command, Stdio};
use std::thread;

use rustix::thread::{CapabilitySet, capabilities, set_capabilities};

use super::*;
use crate::judge::{LazyJudge, Rule, is_gone, judge_again, judge_listed};
use crate::system::{own_child::OwnChild, own_root};
use crate::sysv::{Set, own_table};

/// Leaves this thread no capability, so that the modes of sets hold for it, too.
fn give_up_capabilities() {
    let mut own = capabilities(None).unwrap();
    own.effective = CapabilitySet::empty();
    set_capabilities(None, own).unwrap();
}

#[test]
fn a_set_is_judged_if_it_is_there_and_may_be_read() {
    own_table::enter();
    let judge = Judge::new(survey(vec![init()]), Holders::default(), options());
    let set = Set::create_private(1, 0o000).unwrap();
    let info = set.info().unwrap();
    let (state, judged) = judge_again(&judge, set.semid()).unwrap();
    assert_eq!(state, SetState::read(set.semid()).ok());
    assert_eq!(judge_listed(&judge, info), Some(judged));
    let removed = Set::create_private(1, 0o600).unwrap();
    let gone = removed.info().unwrap();
    removed.remove().unwrap();
    assert!(judge_again(&judge, gone.semid).is_none() && judge_listed(&judge, gone).is_none());
    give_up_capabilities();
    let refused = judge_listed(&judge, info).unwrap();
    assert_eq!((refused.rule, refused.waiting), (Rule::Unreadable, None));
    assert_eq!(refused.refused.map(|error| error.errno), Some(Errno::EACCES));
    let (state, again) = judge_again(&judge, set.semid()).unwrap();
    assert_eq!((state, again.rule), (None, Rule::Unreadable));
    set.remove().unwrap();
}

fn sleeper() -> OwnChild {
    OwnChild::start(Command::new("cat").stdin(Stdio::piped()))
}

#[test]
fn only_a_process_that_has_ended_is_gone() {
    own_table::enter();
    let set = Set::create_private(1, 0o600).unwrap();
    let mut child = sleeper();
    let named = child.pid();
    for pid in [None, Some(Pid::own()), Some(named)] {
        assert_eq!(is_gone(pid, set), Ok(false), "{pid:?}");
    }
    child.end();
    assert_eq!(is_gone(Some(named), set), Ok(true));
    set.remove().unwrap();
    assert_eq!(is_gone(Some(named), set), Err(Errno::EINVAL), "when it was used is not known");
}

/// Its files are in /proc, and it lives, but this process does not see it there.
#[test]
fn a_process_that_proc_does_not_show_is_not_gone() {
    own_table::enter();
    let set = Set::create_private(1, 0o600).unwrap();
    let child = sleeper();
    let hidden = Some(child.pid());
    assert_eq!(is_gone(hidden, set), Ok(false));
    let gone = own_root::with_files(&[("proc/1/stat", "")], || {
        std::os::unix::fs::symlink(Pid::own().to_string(), "/proc/self").unwrap();
        is_gone(hidden, set)
    });
    assert_eq!(gone, Ok(false));
}

#[test]
fn sets_are_judged_by_the_namespace_that_this_thread_has_entered() {
    own_table::enter();
    let mut perl = Command::new("perl");
    let perl = OwnChild::start(perl.args(["-e", "<STDIN>"]).stdin(Stdio::piped()));
    let user = perl.pid();
    let set = Set::create(Key::new(7), 1, 0o600).unwrap();
    let state = SetState::read(set.semid()).unwrap();
    let mut lazy = LazyJudge::new(&[], Some(SignedDuration::ZERO));
    lazy.moved();
    while !lazy.fresh().judge(&state).kept_by.contains(&user) {
        // It has no C library yet.
        thread::yield_now();
    }
    own_table::enter();
    lazy.moved();
    assert!(!lazy.latest().judge(&state).kept_by.contains(&user), "it is in the other one");
}

#[test]
fn a_survey_is_recent_for_a_moment_and_then_taken_again() {
    let mut lazy = LazyJudge::default();
    assert!(lazy.is_fresh(), "there is none yet");
    let begun = lazy.latest().processes().begun;
    assert!(lazy.is_fresh());
    while lazy.is_fresh() {
        assert!(Timestamp::now().duration_since(begun) < SignedDuration::from_secs(20));
        thread::yield_now();
    }
    assert_eq!(lazy.latest().processes().begun, begun);
    assert!(lazy.fresh().processes().begun > begun && lazy.is_fresh());
}
