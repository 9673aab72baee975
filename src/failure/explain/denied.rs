//! Permission denied: the mode of the set, its owner, and what was missing.

use nix::errno::Errno;

use crate::exit::Exit;
use crate::failure::error::Failure;
use crate::failure::evidence::{self, caller};
use crate::failure::fix::Fix;
use crate::failure::reasons::{DENIED, NOT_OWNER};
use crate::failure::warning::keeps_the_module_out;
use crate::failure::who::{self, Action};
use crate::sysv::{
    self, Call, Class, Credentials, Error, Permissions, REMEDIES, SetInfo, Subject, Uid,
};
use crate::words::counted;

/// How many of the sets that cannot be read are described.
const MAX_NAMED: usize = 5;

/// EACCES: the mode does not allow it.
pub(super) fn denied(failure: Failure, error: Error) -> Failure {
    let failure = failure.reason(&DENIED);
    let Some(row) = about(error) else {
        return match error.subject.nsems {
            Some(_) => failure.cause(format!(
                "no set has this key, so no mode forbids it: {} does",
                REMEDIES.policy
            )),
            None => failure,
        };
    };
    let failure = failure.evidence(evidence::describe(&row)).evidence(caller());
    let lacking = digit(row.permissions)
        .and_then(|(digit, class)| Some((class, missing(error.call, digit)?)));
    let Some((class, missing)) = lacking else {
        return failure
            .cause(format!("the mode of the set allows it: {} does not", REMEDIES.policy));
    };
    let failure = failure.cause(format!(
        "mode {:04o} gives {class} no permission to {missing}",
        row.permissions.mode
    ));
    let failure =
        failure.all_evidence(keeps_the_module_out(row.permissions.mode, row.permissions.uid));
    failure.all_fixes(who::by_others(&Action::Remove.permitted_users(&row), Fix::again()))
}

/// These sets, each with its error, could not be read to `verb` them. None without sets.
pub(crate) fn unread(verb: &str, sets: &[(SetInfo, Error)]) -> Option<Failure> {
    let &(first, error) = sets.first()?;
    let number = counted(sets.len().try_into().unwrap_or(u32::MAX), "set");
    let what = format!("{verb} {number}");
    if error.errno != Errno::EACCES {
        return Some(Failure::sysv(&what, error));
    }
    let may_read_all =
        |uid: &Uid| sets.iter().all(|(row, _)| Action::Remove.permitted_users(row).contains(uid));
    let users: Vec<_> =
        Action::Remove.permitted_users(&first).into_iter().filter(may_read_all).collect();
    let named = sets.iter().take(MAX_NAMED).map(|(row, _)| evidence::describe(row));
    let more = sets.len().saturating_sub(MAX_NAMED);
    let more = (more > 0).then(|| format!("and {more} more"));
    let failure = Failure::new(Exit::Permission, format!("{what}: {error}")).errno(error.errno);
    Some(
        failure
            .reason(&DENIED)
            .cause("this needs read permission (4)")
            .all_evidence(named.chain(more))
            .evidence(caller())
            .all_fixes(who::by_others(&users, Fix::again())),
    )
}

/// `what` needs the removal of a set that this user does not own.
pub(crate) fn not_removable(what: &str, set: &SetInfo) -> Failure {
    let asked = Subject { semid: Some(set.semid), ..Subject::default() };
    Failure::sysv(
        what,
        Error { call: Call::Semctl("IPC_RMID"), errno: Errno::EPERM, subject: asked },
    )
}

/// EPERM: only its owner may do it.
pub(super) fn not_owner(failure: Failure, error: Error) -> Failure {
    let failure = failure.reason(&NOT_OWNER);
    match about(error) {
        Some(row) => {
            let failure = failure.evidence(evidence::describe(&row)).evidence(caller());
            failure.all_fixes(who::by_others(&who::owners(&row), Fix::again()))
        }
        None => failure,
    }
}

fn about(error: Error) -> Option<SetInfo> {
    let mut rows = sysv::all_sets().ok()?.into_iter();
    let asked = error.subject;
    rows.find(|row| asked.semid.map_or(asked.key == Some(row.key), |semid| semid == row.semid))
}

/// The digit of the mode that applies to this process, and whose it is; None where none
/// applies.
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
        Call::PthreadCreate => 0,
    };
    match needed & !digit {
        0 => None,
        2 => Some("alter (2)"),
        4 => Some("read (4)"),
        _ => Some("read (4) and alter (2)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_digit_of_a_mode_lacks_depends_on_the_call() {
        for (call, digit, lacking) in [
            (Call::Semctl("GETALL"), 4, None),
            (Call::Semctl("GETALL"), 2, Some("read (4)")),
            (Call::Semop, 2, None),
            (Call::Semtimedop, 4, Some("alter (2)")),
            (Call::Semget, 6, None),
            (Call::Semget, 1, Some("read (4) and alter (2)")),
            (Call::PthreadCreate, 0, None),
        ] {
            assert_eq!(missing(call, digit), lacking, "{call:?} {digit}");
        }
    }
}
