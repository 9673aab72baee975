//! What `remove` is asked to do.

use anyhow::Result;

use crate::cli::RemoveArgs;
use crate::cmd::shared::key;
use crate::cmd::shared::selection::{self, Selection};
use crate::judge::{Ignored, LazyJudge};
use crate::system::Pid;
use crate::system::accounts::AccountNames;
use crate::sysv::{Access, Credentials, Key, SetInfo};

pub(super) struct RemoveRequest<'a> {
    pub(super) args: &'a RemoveArgs,
    pub(super) dry_run: bool,
    pub(super) selection: Selection,
    /// The key of the application's block.
    pub(super) application_key: Key,
    pub(super) names: AccountNames,
    pub(super) credentials: Credentials,
}

impl<'a> RemoveRequest<'a> {
    pub(super) fn new(args: &'a RemoveArgs) -> Result<Self> {
        Ok(Self {
            args,
            dry_run: true,
            selection: Selection::of(&args.many, args.idle)?,
            application_key: key(None)?,
            names: AccountNames::default(),
            credentials: Credentials::own(),
        })
    }

    /// The sets that are selected now.
    pub(super) fn selected(&mut self) -> Result<Vec<SetInfo>> {
        let sets = self.selection.sets()?;
        self.names = account_names(&sets);
        Ok(sets)
    }

    pub(super) fn judging(&self) -> LazyJudge {
        LazyJudge::new(&ignored(&self.args.ignore), self.args.idle.map(selection::signed))
    }

    /// Whether this user may remove a set.
    pub(super) fn owns(&self, info: &SetInfo) -> bool {
        info.permissions.allow(&self.credentials, Access::Own)
    }

    /// Whether a set is at the key of the application's block.
    pub(super) fn is_application(&self, info: &SetInfo) -> bool {
        info.key == self.application_key
    }
}

/// The names of the users and groups of sets.
pub(super) fn account_names<'a>(sets: impl IntoIterator<Item = &'a SetInfo>) -> AccountNames {
    let sets: Vec<_> = sets.into_iter().copied().collect();
    let (users, groups) = selection::account_ids(&sets);
    AccountNames::of(&users, &groups)
}

/// `--ignore`: a number is a pid, anything else a name.
fn ignored(words: &[String]) -> Vec<Ignored> {
    let one = |word: &String| {
        let pid = word.parse().ok().and_then(Pid::new);
        pid.map_or_else(|| Ignored::Name(word.clone().into_bytes()), Ignored::Pid)
    };
    words.iter().map(one).collect()
}
