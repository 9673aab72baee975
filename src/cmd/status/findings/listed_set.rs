//! One of the sets that `status --all` lists.

use crate::judge::Judgement;
use crate::sysv::SetInfo;

/// A set that was asked for.
pub(in crate::cmd::status) struct ListedSet {
    pub namespace: Option<String>,
    pub row: SetInfo,
    /// None if nothing that is shown depends on it.
    pub judgement: Option<Box<Judgement>>,
}
