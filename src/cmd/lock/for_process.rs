//! `lock` without COMMAND: starts a holder that keeps the lock for another process.

use std::io;
use std::sync::Arc;

use nix::errno::Errno;

use super::acquire;
use super::request::LockRequest;
use crate::cmd::shared::called;
use crate::cmd::shared::progress::ProgressStyle;
use crate::exit::Exit;
use crate::failure::{Failure, Fix, tell};
use crate::holder::{self, HolderArgs, LockSpec, Started};
use crate::system::{self, Handle, Pid, Unfit};
use crate::sysv::Wait;

/// Has the lock kept for the process with the `stated` pid, or else for the caller. A
/// holder that did not get the lock gives the exit status, and has reported any error.
pub(super) fn lock(
    request: &Arc<LockRequest>,
    lock: LockSpec,
    stated: Option<i32>,
    style: impl Fn() -> ProgressStyle,
) -> Result<Exit, Failure> {
    let (pid, owner) = owner(stated, request)?;
    let args = HolderArgs { owner: pid.raw(), namespace: holder::namespace(), lock };
    let what = format!("hold a lock for process {pid}");
    match start(request, &args, owner, &style).map_err(|error| not_started(&what, &error))?? {
        Started::Holding => {
            announce_owner(request, pid, style());
            Ok(Exit::Done)
        }
        Started::Ended(Some(status)) if status == i32::from(Exit::Busy.code()) => Ok(Exit::Busy),
        // It neither reported an error nor has the lock.
        Started::Ended(Some(0)) => Err(lost(&what, "has ended")),
        Started::Ended(Some(status)) => Ok(u8::try_from(status).map_or(Exit::System, Exit::Chosen)),
        Started::Ended(None) => Err(lost(&what, "was killed")),
        Started::OwnerGone => Err(Failure::new(Exit::Usage, format!("{what}: it has ended"))),
    }
}

/// Starts the holder, and monitors its wait: ends it if the wait can never end.
fn start(
    request: &Arc<LockRequest>,
    args: &HolderArgs,
    owner: Handle,
    style: impl Fn() -> ProgressStyle,
) -> io::Result<Result<Started, Failure>> {
    let holder = holder::start(args, owner)?;
    if args.lock.wait() != Wait::Not
        && let Some(endless) = acquire::monitor(request, style()).until(&holder.pollable())
    {
        return Ok(Err(endless));
    }
    holder.finish().map(Ok)
}

/// The process that the lock is kept for.
fn owner(stated: Option<i32>, request: &LockRequest) -> Result<(Pid, Handle), Failure> {
    if let Some(pid) = stated.and_then(Pid::new) {
        return opened(pid, Handle::open(pid), request);
    }
    let unknown =
        |why: &str| unowned(format!("hold a lock for the calling process: {why}"), request);
    let caller = system::caller().map_err(|gap| unknown(&gap.to_string()))?;
    let Some(caller) = caller else {
        return Err(unknown("it has ended, or runs in another terminal session"));
    };
    if let Some(unfit) = caller.unfit() {
        let who = called(caller.pid());
        let what = format!("hold a lock for the calling process, {who}: {}", reason(unfit));
        return Err(unowned(what, request));
    }
    opened(caller.pid(), caller.handle, request)
}

fn opened(
    pid: Pid,
    handle: io::Result<Handle>,
    request: &LockRequest,
) -> Result<(Pid, Handle), Failure> {
    let what = format!("hold a lock for process {pid}");
    handle.map(|handle| (pid, handle)).map_err(|error| match error.raw_os_error() {
        Some(errno) if errno == Errno::ESRCH as i32 => {
            unowned(format!("{what}: there is no such process (ESRCH)"), request)
                .errno(Errno::ESRCH)
        }
        _ => not_started(&what, &error),
    })
}

fn reason(unfit: Unfit) -> &'static str {
    match unfit {
        Unfit::Dispatcher => "it runs one command after another, and continues after this one",
        Unfit::Daemon => "it is a daemon",
        Unfit::Reaper => "it adopts orphaned processes, so it may not have called this one",
        Unfit::Followed => {
            "strace -f or ltrace -f waits for the process that would keep the lock, and that process waits for it"
        }
        Unfit::NoParent => "its parent cannot be seen: it may be outside this container",
    }
}

/// There is no process to keep the lock for. A shell puts its pid for `$$`.
fn unowned(what: String, request: &LockRequest) -> Failure {
    let lock = |more: &str| request.lock().to_string() + more;
    Failure::new(Exit::Usage, what)
        .fix(Fix::from(lock(" --for $$")).note("in the script that is to hold the lock"))
        .fix(Fix::from(lock(" -- COMMAND")).note("holds it while COMMAND runs"))
}

fn not_started(what: &str, error: &io::Error) -> Failure {
    let failure = Failure::io(what, error);
    match error.raw_os_error() {
        Some(errno) if errno == Errno::ENOSYS as i32 => failure
            .cause("this kernel lacks a call that a holder needs: socketpair(2)")
            .fix("semlock lock SESSION -- COMMAND"),
        _ => failure,
    }
}

fn lost(what: &str, how: &str) -> Failure {
    Failure::new(Exit::System, format!("{what}: the process that was to keep it {how}"))
}

fn announce_owner(request: &LockRequest, owner: Pid, style: ProgressStyle) {
    if style != ProgressStyle::Silent {
        let mode = request.claim.mode().name();
        tell(&format!("{} is {mode}-locked for {}", request.names(), called(owner)));
    }
}
