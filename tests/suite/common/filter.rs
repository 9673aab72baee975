//! Real system call filters, each on a thread that is made for it.

use std::collections::BTreeMap;
use std::env::consts::ARCH;

use nix::errno::Errno;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

/// Does something under a filter that answers `calls` with `action`.
pub fn filtered<T: Send>(
    calls: &[i64],
    action: SeccompAction,
    something: impl FnOnce() -> T + Send,
) -> T {
    under(calls.iter().map(|&call| (call, Vec::new())).collect(), action, something)
}

/// The same, where one command of semctl(2) gives EPERM.
pub fn without_semctl<T: Send>(command: i32, something: impl FnOnce() -> T + Send) -> T {
    semctl_fails(command, Errno::EPERM, something)
}

/// The same, where it gives this errno.
pub fn semctl_fails<T: Send>(command: i32, with: Errno, something: impl FnOnce() -> T + Send) -> T {
    let command = command.unsigned_abs().into();
    let is_it = SeccompCondition::new(2, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, command);
    let rule = SeccompRule::new(vec![is_it.unwrap()]).unwrap();
    let rules = BTreeMap::from([(libc::SYS_semctl, vec![rule])]);
    under(rules, errno(with), something)
}

/// The same, where every question about one set gives EACCES, as of a security
/// module. In a table without other sets before it, its index is its semid.
pub fn without_set<T: Send>(semid: i32, something: impl FnOnce() -> T + Send) -> T {
    let semid = semid.unsigned_abs().into();
    let is_it = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, semid);
    let rule = SeccompRule::new(vec![is_it.unwrap()]).unwrap();
    under(BTreeMap::from([(libc::SYS_semctl, vec![rule])]), errno(Errno::EACCES), something)
}

/// The same, where no process can start a thread.
pub fn without_threads<T: Send>(something: impl FnOnce() -> T + Send) -> T {
    let thread = libc::CLONE_THREAD.unsigned_abs().into();
    let is_thread = SeccompCmpOp::MaskedEq(thread);
    let is_it = SeccompCondition::new(0, SeccompCmpArgLen::Dword, is_thread, thread);
    let rule = SeccompRule::new(vec![is_it.unwrap()]).unwrap();
    let rules = BTreeMap::from([(libc::SYS_clone, vec![rule])]);
    // A filter cannot read the flags of clone3(2). Without it, the C library uses clone(2).
    filtered(&[libc::SYS_clone3], errno(Errno::ENOSYS), || {
        under(rules, errno(Errno::EAGAIN), something)
    })
}

pub fn errno(errno: Errno) -> SeccompAction {
    SeccompAction::Errno((errno as i32).unsigned_abs())
}

fn under<T: Send>(
    rules: BTreeMap<i64, Vec<SeccompRule>>,
    action: SeccompAction,
    something: impl FnOnce() -> T + Send,
) -> T {
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, action, ARCH.try_into().unwrap());
    let filter: BpfProgram = filter.unwrap().try_into().unwrap();
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            seccompiler::apply_filter(&filter).unwrap();
            something()
        });
        thread.join().unwrap()
    })
}
