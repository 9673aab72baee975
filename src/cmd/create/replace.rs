//! `create --replace`: puts a block in the place of another one that nobody uses.

use anyhow::Result;
use nix::errno::Errno;

use super::request::{BlockRequest, BlockResult, is_taken, not_mapped};
use crate::cmd::shared::{Name, refusal};
use crate::exit::Exit;
use crate::failure::{self, Failure};
use crate::judge::LazyJudge;
use crate::session::{Block, BlockError, BlockSpec, NotVacant, ReplaceOutcome, may_be_block};
use crate::system::accounts::AccountNames;
use crate::system::signals::BlockedSignals;
use crate::system::{has_group, has_user};
use crate::sysv::{Access, Credentials, Error, Semid, Set, SetInfo, SetState};
use crate::view::{ReplacedBlock, SetShape};

/// How often it is tried if other processes remove or create the set in between.
const MAX_ATTEMPTS: usize = 10;

/// Replaces the block at the key. Creates one if there is none, and changes nothing if it
/// is as requested.
pub(super) fn run(request: &BlockRequest) -> Result<BlockResult> {
    let mut replacement = Replacement {
        request,
        what: format!("replace {}", Name::Key(request.key)),
        spec: None,
        gone: None,
        judging: LazyJudge::default(),
    };
    for _ in 0..MAX_ATTEMPTS {
        let answer = replacement.attempt().map_err(|failure| replacement.with_loss(failure))?;
        if let Some(answer) = answer {
            return Ok(replacement.with_old(answer));
        }
    }
    Err(replacement.with_loss(replacement.overtaken()).into())
}

struct Replacement<'a> {
    request: &'a BlockRequest,
    what: String,
    /// The requested shape. What was not requested is as in the first block that was seen.
    spec: Option<BlockSpec>,
    /// The block that was removed.
    gone: Option<Gone>,
    judging: LazyJudge,
}

struct Gone {
    semid: Semid,
    spec: BlockSpec,
    openers: Vec<String>,
}

impl Replacement<'_> {
    /// None if another process created or removed the set in between.
    fn attempt(&mut self) -> Result<Option<BlockResult>, Failure> {
        let Some((block, info)) = self.find()? else { return self.create() };
        let old = BlockSpec::of(block, &info);
        let new = *self.spec.get_or_insert_with(|| self.request.spec(Some(old)));
        self.check_kind(&info, new)?;
        if new == old {
            return Ok(Some(BlockResult::found(block)));
        }
        self.check(&info, old, new)?;
        let openers = self.openers(info);
        // A signal in between takes effect afterwards.
        let blocked =
            BlockedSignals::all().map_err(|errno| Failure::io(&self.what, &errno.into()))?;
        let replaced = block.replace(self.request.key, old, new);
        drop(blocked);
        let answer = match replaced {
            Err(NotVacant::Failed(error)) if error.is_gone() => return Ok(None),
            Err(kept) => return Err(self.kept(block, kept)),
            Ok(ReplaceOutcome::Restored(block, error)) => return Err(self.restored(block, error)),
            Ok(ReplaceOutcome::Missing(error, second)) => {
                return Err(self.lost(&info, error, second));
            }
            Ok(ReplaceOutcome::KeyTaken) => None,
            Ok(ReplaceOutcome::Created(block)) => Some(BlockResult::created(block, new)),
        };
        self.gone.get_or_insert(Gone { semid: info.semid, spec: old, openers });
        Ok(answer)
    }

    /// The block that is there now.
    fn find(&self) -> Result<Option<(Block, SetInfo)>, Failure> {
        let name = Name::Key(self.request.key);
        let found = name.open().and_then(|block| Ok((block, block.set().info()?)));
        match found {
            Ok(found) => Ok(Some(found)),
            Err(BlockError::Sysv(error)) if error.errno == Errno::ENOENT || error.is_gone() => {
                Ok(None)
            }
            Err(error) => Err(name.failure("replace", &error)),
        }
    }

    fn create(&self) -> Result<Option<BlockResult>, Failure> {
        let spec = self.spec.unwrap_or_else(|| self.request.spec(None));
        match spec.create(self.request.key) {
            Ok(block) => Ok(Some(BlockResult::created(block, spec))),
            Err(error) if is_taken(self.request.key, error) => Ok(None),
            Err(error) => {
                Err(self.request.refused(&format!("create {}", Name::Key(self.request.key)), error))
            }
        }
    }

    /// Fails where the set may be another program's.
    fn check_kind(&self, info: &SetInfo, new: BlockSpec) -> Result<(), Failure> {
        if may_be_block(info) {
            return Ok(());
        }
        let what = format!("{}: its mode is {:04o}", self.what, info.permissions.mode);
        let (set, wanted) = (Set::from_id(info.semid), &self.request.wanted);
        Err(failure::module_cannot_open(&what, set, new.nsems.into(), wanted))
    }

    /// Fails where the old block may not be removed, or the new one could not be
    /// created then.
    fn check(&self, info: &SetInfo, old: BlockSpec, new: BlockSpec) -> Result<(), Failure> {
        if !info.permissions.allow(&Credentials::own(), Access::Own) {
            return Err(failure::not_removable(&self.what, info));
        }
        if !has_user(new.uid) || !has_group(new.gid) {
            return Err(not_mapped(self.request.key, format!(", {}:{}", new.uid, new.gid)));
        }
        for BlockSpec { uid, gid, .. } in [new, old] {
            let checked = Set::check_can_give_to(uid, gid);
            checked.map_err(|error| Failure::sysv(&self.what, error))?;
        }
        failure::no_room_to_replace(&self.what, info, new.nsems.into(), &self.request.wanted)
            .map_or(Ok(()), Err)
    }

    /// The processes that may have the block open without a lock.
    fn openers(&mut self, info: SetInfo) -> Vec<String> {
        let state = SetState::of(info);
        state.map_or_else(|_| Vec::new(), |state| refusal::openers(self.judging.fresh(), &state))
    }

    fn kept(&self, block: Block, kept: NotVacant) -> Failure {
        let BlockRequest { key, nsems, wanted } = self.request;
        let again = failure::replace_command(*key, nsems.map(Into::into), wanted);
        match kept {
            NotVacant::Failed(error) => Failure::sysv(&self.what, error),
            NotVacant::Locked => refusal::held(&self.what, block, Name::Key(*key).option(), again),
            NotVacant::WaitedOn => refusal::waited_for(&self.what, block),
        }
    }

    fn restored(&self, block: Block, error: Error) -> Failure {
        let semid = block.set().semid();
        let failure = self.request.refused(&self.what, error);
        failure
            .evidence(format!("semlock created a block like the old one again, with semid {semid}"))
    }

    fn lost(&self, old: &SetInfo, error: Error, second: Error) -> Failure {
        let failure = self.request.refused(&self.what, error);
        failure
            .evidence(format!(
                "there is no block now: a block like the old one could not be created either: {second}"
            ))
            .fix(failure::create_again(old))
    }

    fn overtaken(&self) -> Failure {
        let what = format!(
            "{}: other processes created or removed it in between, {MAX_ATTEMPTS} times",
            self.what
        );
        Failure::new(Exit::Busy, what).cause("its clients are running: stop them first")
    }

    /// Adds that the old block is gone although there is no new one.
    fn with_loss(&self, failure: Failure) -> Failure {
        let gone = self.gone.as_ref().map(|gone| {
            let semid = gone.semid;
            format!("the block with semid {semid} was removed, and another process created one before semlock could")
        });
        failure.all_evidence(gone)
    }

    /// Adds what was replaced, and the processes that may still use the old block.
    fn with_old(self, mut answer: BlockResult) -> BlockResult {
        let Some((gone, new)) = self.gone.zip(self.spec) else { return answer };
        let openers = gone.openers.into_iter();
        answer.warnings.extend(openers.map(|opener| {
            format!("{opener} may have the old block open, and continues without a lock until it opens the new one")
        }));
        let (old, shapes) = (gone.spec, [gone.spec, new]);
        let names = AccountNames::of(&shapes.map(|one| one.uid), &shapes.map(|one| one.gid));
        let [from, to] = [old, new].map(|BlockSpec { nsems, mode, uid, gid }| {
            SetShape::of(nsems.into(), mode, (uid, gid), &names)
        });
        answer.replaced = Some(ReplacedBlock { semid: gone.semid, from, to });
        answer
    }
}
