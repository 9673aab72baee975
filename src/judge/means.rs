//! Whether the code of a process can use a set.

use std::fmt;

use crate::system::{self, Entry, Process, Processes, Shell, Text};
use crate::sysv::{SetInfo, Uid};

/// By what a process could use a set.
#[derive(Clone, Debug)]
pub(super) enum Means {
    /// A file that it has mapped has the calls.
    Calls(Text),
    /// That it has none cannot be determined, for this reason.
    Unclear(String),
    /// It is a shell that runs a script, and may call programs that have the calls.
    Script,
}

/// Why a process that could use a set is named, and does not keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotCounted {
    /// A person types what it does.
    InteractiveShell,
    /// It is a part of the user's login that nobody but root may look into.
    Login,
}

/// What is found of a process.
pub(super) enum Ability {
    /// It can use the set.
    Means(Means),
    /// It probably cannot, and is named.
    NotCounted(NotCounted),
    /// It cannot.
    None,
}

/// The parts of a login that nobody but root may look into, by their names, of
/// which the kernel keeps 15 bytes: they change to the user, or start what does.
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

/// What a process could use a set by. `uid` is the user who asks.
pub(super) fn means(process: &Process, set: &SetInfo, processes: &Processes, uid: Uid) -> Ability {
    // Nobody but root can give a process of root its name.
    let is_true = process.credentials.ipc_owner || is_own_of(set, uid);
    let may_be_login = uid != Uid::ROOT && set.is_private() && is_true;
    match processes.code(process) {
        Entry::Is(code) => match code.means(set.key, set.nsems) {
            system::Means::Calls(file) => Ability::Means(Means::Calls(file.clone())),
            system::Means::Undetermined(why) => Ability::Means(Means::Unclear(why.to_string())),
            system::Means::None => shell(process, set),
        },
        // What came of it since it was listed is not known.
        Entry::Gone => Ability::Means(Means::Unclear("has ended since".into())),
        Entry::Unreadable(_) if may_be_login && is_part_of_a_login(process) => {
            Ability::NotCounted(NotCounted::Login)
        }
        Entry::Unreadable(errno) => {
            let why = format!("cannot be looked into ({errno:?})");
            Ability::Means(Means::Unclear(why))
        }
    }
}

/// Whether an ancestor was seen to have semaphore calls, or that it has none could
/// not be determined.
pub(super) fn has_means(process: &Process, set: &SetInfo, processes: &Processes) -> bool {
    match processes.code(process) {
        Entry::Is(code) => !matches!(code.means(set.key, set.nsems), system::Means::None),
        Entry::Unreadable(_) if process.credentials.ipc_owner => !is_part_of_a_login(process),
        Entry::Gone | Entry::Unreadable(_) => true,
    }
}

/// Whether a process has a name that parts of a login have, or is a shell of root
/// that has become a user by su(1).
fn is_part_of_a_login(process: &Process) -> bool {
    let name = process.name.as_bytes();
    LOGIN.contains(&name) || process.credentials.ipc_owner && Shell::is_name(name)
}

fn shell(process: &Process, set: &SetInfo) -> Ability {
    if !process.credentials.uids.iter().any(|&uid| is_own_of(set, uid)) {
        return Ability::None;
    }
    match process.executable().shell {
        Shell::No => Ability::None,
        Shell::Interactive => Ability::NotCounted(NotCounted::InteractiveShell),
        Shell::Script => Ability::Means(Means::Script),
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
            Self::Calls(file) => write!(f, "{} has semaphore calls", FileName(file)),
            Self::Unclear(why) => {
                write!(f, "whether it has semaphore calls cannot be determined: it {why}")
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
