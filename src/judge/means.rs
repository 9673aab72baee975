//! Whether the code of a process can use sets.

use std::fmt;

use crate::system::{self, Entry, Process, Processes, Shell, Text};
use crate::sysv::{SetInfo, Uid};

/// How a process could use a set.
#[derive(Clone, Debug)]
pub(super) enum Means {
    /// A file that it has mapped has the calls.
    Calls(Text),
    /// Whether it has the calls cannot be determined, for this reason.
    Unclear(String),
    /// It is a shell that runs a script, and may call programs that have the calls.
    Script,
}

/// Why a process that could use a set does not keep it, but is mentioned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotCounted {
    /// It does what a person types.
    InteractiveShell,
    /// It is part of the user's login, and only root may look into it.
    Login,
}

/// Whether a process has the means to use a set.
pub(super) enum HasMeans {
    Yes(Means),
    /// Probably not.
    NotCounted(NotCounted),
    No,
}

/// The parts of a login that only root may look into: they become the user, or start a
/// process that does. The kernel keeps 15 bytes of a name.
const LOGIN: [&[u8]; 17] = [
    b"sshd",
    b"sshd-session",
    b"sshd-auth",
    b"(sd-pam)",
    b"su",
    b"sudo",
    b"doas",
    b"login",
    b"runuser",
    b"cron",
    b"crond",
    b"atd",
    b"gdm3",
    b"gdm-session-wor",
    b"lightdm",
    b"sddm",
    b"sddm-helper",
];

/// Whether and how a process could use a set. `uid` is the user that semlock runs as.
pub(super) fn has_means(
    process: &Process,
    set: &SetInfo,
    processes: &Processes,
    uid: Uid,
) -> HasMeans {
    // Only root can give a process of root its name.
    let is_true = process.credentials.ipc_owner || is_own_of(set, uid);
    let may_be_login = uid != Uid::ROOT && set.is_private() && is_true;
    match processes.code(process) {
        Entry::Is(code) => match code.semop_calls(set.key, set.nsems) {
            system::SemopCalls::Found(file) => HasMeans::Yes(Means::Calls(file.clone())),
            system::SemopCalls::Unknown(why) => HasMeans::Yes(Means::Unclear(why.to_string())),
            system::SemopCalls::None => shell(process, set),
        },
        // It may have had children in the meantime.
        Entry::Gone => HasMeans::Yes(Means::Unclear("has ended since".into())),
        Entry::Unreadable(_) if may_be_login && is_part_of_a_login(process) => {
            HasMeans::NotCounted(NotCounted::Login)
        }
        Entry::Unreadable(errno) => {
            let why = format!("cannot be inspected ({errno:?})");
            HasMeans::Yes(Means::Unclear(why))
        }
    }
}

/// Whether an ancestor is seen to have semaphore calls, or may have them.
pub(super) fn may_have_calls(process: &Process, set: &SetInfo, processes: &Processes) -> bool {
    match processes.code(process) {
        Entry::Is(code) => {
            !matches!(code.semop_calls(set.key, set.nsems), system::SemopCalls::None)
        }
        Entry::Unreadable(_) if process.credentials.ipc_owner => !is_part_of_a_login(process),
        Entry::Gone | Entry::Unreadable(_) => true,
    }
}

/// By its name; or it is a shell of root that has become a user by su(1).
fn is_part_of_a_login(process: &Process) -> bool {
    let name = process.name.as_bytes();
    LOGIN.contains(&name) || process.credentials.ipc_owner && Shell::is_name(name)
}

fn shell(process: &Process, set: &SetInfo) -> HasMeans {
    if !process.credentials.uids.iter().any(|&uid| is_own_of(set, uid)) {
        return HasMeans::No;
    }
    match process.executable().shell {
        Shell::No => HasMeans::No,
        Shell::Interactive => HasMeans::NotCounted(NotCounted::InteractiveShell),
        Shell::Script => HasMeans::Yes(Means::Script),
    }
}

/// Whether a user created a set and has not given it away: as ipcmk(1) does for a
/// script, with a key that nobody else knows.
fn is_own_of(set: &SetInfo, uid: Uid) -> bool {
    (set.permissions.uid, set.permissions.cuid) == (uid, uid)
}

impl fmt::Display for Means {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Calls(file) => write!(f, "{} calls semop(2)", FileName(file)),
            Self::Unclear(why) => {
                write!(f, "whether it calls semop(2) cannot be determined: it {why}")
            }
            Self::Script => f.write_str("it is a shell that runs a script"),
        }
    }
}

/// The last part of a path.
struct FileName<'a>(&'a Text);

impl fmt::Display for FileName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.0.to_string();
        f.write_str(path.rsplit('/').next().unwrap_or_default())
    }
}
