//! What may not be done: the mode, the owner, and what was missing.

use nix::errno::Errno;

use super::evidence::counted;
use super::reasons::{DENIED, NOT_OWNER};
use super::{Failure, Fix, evidence};
use crate::exit::Exit;
use crate::system::accounts::AccountNames;
use crate::sysv::{
    self, Access, Call, Class, Credentials, Error, Gid, Permissions, SetInfo, Subject, Uid,
};

/// Who may do everything.

/// How many of the sets that may not be read are described.
const NAMED: usize = 5;

/// EACCES: the mode does not allow it.
pub(super) fn denied(failure: Failure, error: Error) -> Failure {
    let failure = failure.reason(&DENIED);
    let Some(row) = about(error) else {
        return match error.subject.nsems {
            Some(_) => failure.cause(
                "there is no set at the key whose mode could forbid it: a security module (SELinux, AppArmor) does",
            ),
            None => failure,
        };
    };
    let failure = failure.evidence(evidence::describe(&row)).evidence(caller());
    let lacking = digit(row.permissions)
        .and_then(|(digit, class)| Some((class, missing(error.call, digit)?)));
    let Some((class, missing)) = lacking else {
        return failure.cause(
            "the mode of the set allows it: a security module (SELinux, AppArmor) does not",
        );
    };
    let failure = failure.cause(format!(
        "mode {:04o} gives {class} no permission to {missing}",
        row.permissions.mode
    ));
    let failure =
        failure.all_evidence(keeps_the_module_out(row.permissions.mode, row.permissions.uid));
    failure.all_fixes(by_others(&row, Fix::again()))
}

/// That these sets, each with its error, could not be read to `verb` them; None
/// where there is none.
pub(crate) fn unread(verb: &str, sets: &[(SetInfo, Error)]) -> Option<Failure> {
    let &(first, error) = sets.first()?;
    let number = counted(sets.len().try_into().unwrap_or(u32::MAX), "set");
    let what = format!("{verb} {number}");
    if error.errno != Errno::EACCES {
        return Some(Failure::sysv(&what, error));
    }
    let may_read_all = |uid: &Uid| sets.iter().all(|(row, _)| able(row).contains(uid));
    let able: Vec<_> = able(&first).into_iter().filter(may_read_all).collect();
    let named = sets.iter().take(NAMED).map(|(row, _)| evidence::describe(row));
    let more = sets.len().saturating_sub(NAMED);
    let more = (more > 0).then(|| format!("and {more} more"));
    let failure = Failure::new(Exit::Permission, format!("{what}: {error}")).errno(error.errno);
    Some(
        failure
            .reason(&DENIED)
            .cause("it takes read permission (4)")
            .all_evidence(named.chain(more))
            .evidence(caller())
            .all_fixes(by(&able, Fix::again())),
    )
}

/// `fix` for this user, who may remove the set, or for those who may.
pub(crate) fn by_remover(row: &SetInfo, fix: Fix) -> Option<Fix> {
    if may_remove(row) { Some(fix) } else { by_others(row, fix) }
}

/// `fix` for the users who may do with the set what this one may not.
pub(super) fn by_others(row: &SetInfo, fix: Fix) -> Option<Fix> {
    by(&able(row), fix)
}

/// `fix` for root, unless this user is.
pub(crate) fn as_root(fix: Fix) -> Fix {
    match others(&[Uid::ROOT]) {
        Some(root) => fix.by(root),
        None => fix,
    }
}

/// What takes that one may read and alter the set: for those who may, unless this user
/// is one of them.
pub(crate) fn by_those_who_may_alter(set: &SetInfo, fix: Fix) -> Fix {
    let may = [Access::Read, Access::Alter]
        .into_iter()
        .all(|access| set.permissions.allow(&Credentials::own(), access));
    if may { fix } else { by_the_able(set, fix) }
}

/// The same of what takes that one may remove the set, too.
pub(crate) fn by_those_who_may_remove(set: &SetInfo, fix: Fix) -> Fix {
    if may_remove(set) { fix } else { by_the_able(set, fix) }
}

fn by_the_able(set: &SetInfo, fix: Fix) -> Fix {
    match others(&able(set)) {
        Some(others) => fix.by(others),
        None => fix,
    }
}

/// `fix` for each of the users but this one.
fn by(users: &[Uid], fix: Fix) -> Option<Fix> {
    others(users).map(|others| fix.by(others))
}

/// To do `what` takes the removal of a set that this user does not own.
pub(crate) fn not_removable(what: &str, set: &SetInfo) -> Failure {
    let subject = Subject { semid: Some(set.semid), ..Subject::default() };
    Failure::sysv(what, Error { call: Call::Semctl("IPC_RMID"), errno: Errno::EPERM, subject })
}

/// Whether this user may remove the set and, before, look and lock that nobody uses it.
pub(crate) fn may_remove(set: &SetInfo) -> bool {
    may_do_all(set, &Credentials::own())
}

/// `fix`, which removes these sets, for a user who may: root, where this one may not,
/// as root alone sees all that decides whether they may go.
pub(crate) fn removing<'a>(sets: impl IntoIterator<Item = &'a SetInfo>, fix: Fix) -> Fix {
    if sets.into_iter().all(may_remove) { fix } else { fix.by("as root (0)".into()) }
}

fn may_do_all(set: &SetInfo, who: &Credentials) -> bool {
    [Access::Read, Access::Alter, Access::Own]
        .into_iter()
        .all(|access| set.permissions.allow(who, access))
}

/// Who may read, alter and remove a set.
fn able(set: &SetInfo) -> Vec<Uid> {
    let mut users = vec![set.permissions.uid, set.permissions.cuid, Uid::ROOT];
    users.retain(|&uid| may_do_all(set, &Credentials::of_user(uid)));
    users
}

/// EPERM: it is the owner's to do.
pub(super) fn not_owner(failure: Failure, error: Error) -> Failure {
    let failure = failure.reason(&NOT_OWNER);
    match about(error) {
        Some(row) => {
            let owners = [row.permissions.uid, row.permissions.cuid, Uid::ROOT];
            let failure = failure.evidence(evidence::describe(&row)).evidence(caller());
            failure.all_fixes(by(&owners, Fix::again()))
        }
        None => failure,
    }
}

/// Whom the module is refused to, which asks semget(2) for read, write and
/// execute: the owner, or others that may alter the set and so are meant to lock
/// in it. Root is refused nothing.
pub(super) fn keeps_the_module_out(mode: u16, owner: Uid) -> Option<String> {
    let [user, group, others] = [6, 3, 0].map(|shift| mode >> shift & 7);
    let is_for_others = user == 0 && owner == Uid::ROOT && [group, others].contains(&7);
    let is_refused = |digit| digit & 2 != 0 && digit != 7;
    let refused = [
        ("owner", user != 7 && !is_for_others),
        ("group", is_refused(group)),
        ("others", is_refused(others)),
    ];
    let classes: Vec<_> = refused.iter().filter(|class| class.1).map(|class| class.0).collect();
    let classes = classes.join(", ");
    (!classes.is_empty()).then(|| {
        format!("mode {mode:04o} keeps out the Perl module, which asks for read, write and execute (7), for: {classes}")
    })
}

fn about(error: Error) -> Option<SetInfo> {
    let mut rows = sysv::all_sets().ok()?.into_iter();
    let asked = error.subject;
    rows.find(|row| asked.semid.map_or(asked.key == Some(row.key), |semid| semid == row.semid))
}

/// The digit of the mode that counts for this process, and its name; None where
/// no digit counts.
fn digit(set: Permissions) -> Option<(u16, &'static str)> {
    let own = Credentials::own();
    let class = set.classes(&own).next().filter(|_| !own.ipc_owner)?;
    let name = match class {
        Class::Owner => "its owner",
        Class::Group => "its group",
        Class::Others => "others",
    };
    Some((set.digit(class), name))
}

/// What `digit` of a mode lacks for `call`.
fn missing(call: Call, digit: u16) -> Option<&'static str> {
    let needed = match call {
        Call::Semctl(_) => 4,
        Call::Semop | Call::Semtimedop => 2,
        Call::Semget => 6,
    };
    match needed & !digit {
        0 => None,
        2 => Some("alter (2)"),
        4 => Some("read (4)"),
        _ => Some("read (4) and alter (2)"),
    }
}

/// Who this process is.
pub(super) fn caller() -> String {
    let (uid, gid) = (Uid::own(), Gid::own());
    let names = AccountNames::of(&[uid], &[gid]);
    format!(
        "semlock runs as {}, group {}",
        evidence::named(names.user(uid), uid),
        evidence::named(names.group(gid), gid)
    )
}

/// "as www-data (33) or as root (0)": each of the users once, and not this one.
fn others(uids: &[Uid]) -> Option<String> {
    let own = Uid::own();
    let names = AccountNames::of(uids, &[]);
    let mut users: Vec<String> = Vec::new();
    for &uid in uids.iter().filter(|&&uid| uid != own) {
        let user = format!("as {}", evidence::named(names.user(uid), uid));
        if !users.contains(&user) {
            users.push(user);
        }
    }
    (!users.is_empty()).then(|| users.join(" or "))
}
