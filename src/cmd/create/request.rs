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
