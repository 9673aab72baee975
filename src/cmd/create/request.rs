//! The block that `create` is asked for, and the result.

use anyhow::Result;
use nix::errno::Errno;

use crate::cli::CreateArgs;
use crate::cmd::shared::{self, Name};
use crate::exit::Exit;
use crate::failure::{self, Failure, RequestedPermissions, Warnings};
use crate::session::{Block, BlockSpec, DEFAULT_MODE};
use crate::system::accounts::{self, Owner};
use crate::system::{has_group, has_user};
use crate::sysv::{Call, DEFAULT_NSEMS, Error, Gid, Key, Set, Uid};
use crate::view::ReplacedBlock;

/// The block as it is requested.
pub(super) struct BlockRequest {
    pub key: Key,
    pub nsems: Option<u16>,
    pub wanted: RequestedPermissions,
}

/// The block as it is now.
pub(super) struct BlockResult {
    pub block: Block,
    /// Its shape if it was created; None if it existed before.
    pub created: Option<BlockSpec>,
    /// The block that it replaced.
    pub replaced: Option<ReplacedBlock>,
    pub warnings: Warnings,
}

impl BlockRequest {
    pub(super) fn of(args: &CreateArgs) -> Result<Self> {
        let key = shared::key(args.key)?;
        let owner = args.owner.as_deref().map(owner).transpose()?;
        let Owner { uid, gid } = owner.unwrap_or_default();
        let wanted = RequestedPermissions { mode: args.mode, uid, gid, owner: args.owner.clone() };
        Ok(Self { key, nsems: args.nsems, wanted })
    }

    /// The requested shape. What is not requested is as in `old`, else the default.
    pub(super) fn spec(&self, old: Option<BlockSpec>) -> BlockSpec {
        let old = old.unwrap_or_else(|| BlockSpec {
            nsems: DEFAULT_NSEMS,
            uid: Uid::own(),
            gid: Gid::own(),
            mode: DEFAULT_MODE,
        });
        BlockSpec {
            nsems: self.nsems.unwrap_or(old.nsems),
            uid: self.wanted.uid.unwrap_or(old.uid),
            gid: self.wanted.gid.unwrap_or(old.gid),
            mode: self.wanted.mode.unwrap_or(old.mode),
        }
    }

    /// The error of a call that should have created it.
    pub(super) fn refused(&self, what: &str, error: Error) -> Failure {
        let is_mapped =
            self.wanted.uid.is_none_or(has_user) && self.wanted.gid.is_none_or(has_group);
        if (error.call, error.errno) == (Call::Semctl("IPC_SET"), Errno::EINVAL) && !is_mapped {
            return not_mapped(self.key, format!(": {error}"));
        }
        Failure::creating(what, error, &self.wanted)
    }
}

impl BlockResult {
    pub(super) fn created(block: Block, spec: BlockSpec) -> Self {
        let warnings = failure::before_creating(spec.nsems, spec.mode, spec.uid);
        Self { block, created: Some(spec), replaced: None, warnings }
    }

    /// A block that existed.
    pub(super) fn found(block: Block) -> Self {
        Self { block, created: None, replaced: None, warnings: Warnings::new() }
    }
}

fn owner(text: &str) -> Result<Owner, Failure> {
    accounts::parse_owner(text).map_err(|error| {
        let exit = if error.is_mistake() { Exit::CannotCreate } else { Exit::System };
        Failure::new(exit, format!("use {text:?} as the owner: {error}"))
    })
}

/// The kernel has no such user or group, as it said or would say.
pub(super) fn not_mapped(key: Key, said: impl std::fmt::Display) -> Failure {
    let what = format!("give {} to its owner{said}", Name::Key(key));
    Failure::new(Exit::CannotCreate, what)
        .cause("there is no such user or group id in this user namespace")
}

/// Whether there is a set at the key. For a set larger than SEMMSL, which may have been
/// lowered, semget(2) fails with EINVAL instead of EEXIST.
pub(super) fn is_taken(key: Key, error: Error) -> bool {
    error.errno == Errno::EEXIST || error.errno == Errno::EINVAL && Set::open(key).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sysv::{Subject, own_table};

    fn request(uid: Option<u32>) -> BlockRequest {
        let uid = uid.map(Uid::new);
        let wanted = RequestedPermissions { uid, ..RequestedPermissions::default() };
        BlockRequest { key: Key::new(5), nsems: None, wanted }
    }

    #[test]
    fn what_is_not_requested_is_as_it_was_or_the_default() {
        let (uid, gid) = (Uid::new(7), Gid::new(8));
        let old = BlockSpec { nsems: 6, uid, gid, mode: 0o777 };
        let shape = |spec: BlockSpec| (spec.nsems, spec.uid, spec.gid, spec.mode);
        assert_eq!(shape(request(None).spec(Some(old))), (6, uid, gid, 0o777));
        let usual = (DEFAULT_NSEMS, Uid::own(), Gid::own(), DEFAULT_MODE);
        assert_eq!(shape(request(None).spec(None)), usual);
        let wanted = RequestedPermissions {
            mode: Some(0o750),
            uid: Some(Uid::new(1)),
            gid: Some(Gid::new(2)),
            owner: None,
        };
        let all = BlockRequest { nsems: Some(4), wanted, ..request(None) };
        assert_eq!(shape(all.spec(Some(old))), (4, Uid::new(1), Gid::new(2), 0o750));
    }

    #[test]
    fn an_owner_that_this_user_namespace_does_not_have_is_the_reason_of_a_refusal() {
        let refused = |uid, call, errno| {
            let error = Error { call, errno, subject: Subject::default() };
            request(uid).refused("create", error).to_string()
        };
        let why = "there is no such user or group id in this user namespace";
        let change = Call::Semctl("IPC_SET");
        assert!(!refused(None, change, Errno::EINVAL).contains(why));
        assert!(!refused(Some(Uid::own().raw()), change, Errno::EINVAL).contains(why));
        let nobody = u32::MAX - 1;
        if !has_user(Uid::new(nobody)) {
            let told = refused(Some(nobody), change, Errno::EINVAL);
            assert!(told.starts_with("cannot give block 5 (0x00000005) to its owner: "), "{told}");
            assert!(told.contains(why), "{told}");
            assert!(!refused(Some(nobody), Call::Semget, Errno::EINVAL).contains(why));
            assert!(!refused(Some(nobody), change, Errno::EPERM).contains(why));
        }
    }

    #[test]
    fn a_key_is_taken_if_the_kernel_says_so_or_a_set_is_there() {
        own_table::enter();
        let key = Key::new(5);
        let is_taken = |errno| super::is_taken(key, Error::of_semget(errno));
        assert!(is_taken(Errno::EEXIST));
        assert!(!is_taken(Errno::EINVAL) && !is_taken(Errno::ENOSPC));
        Set::create(key, 2, 0o600).unwrap();
        assert!(is_taken(Errno::EINVAL) && !is_taken(Errno::ENOSPC));
    }
}
