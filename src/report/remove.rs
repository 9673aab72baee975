//! What `semlock remove` removed and what it kept.

use std::fmt;

use serde::Serialize;

use crate::system::Text;
use crate::words::{counted, named};

/// The answer of `semlock remove`.
#[derive(Clone, Debug, Serialize)]
pub struct RemoveReport {
    /// The version of this document's form: 1.
    pub schema: u32,
    /// Whether this is what would be done, and nothing was.
    pub dry_run: bool,
    /// The sets that are gone.
    pub removed: Vec<JudgedSet>,
    /// Those of the ones asked for that are still there.
    pub kept: Vec<JudgedSet>,
    /// What nobody can see, so that no verdict tells it.
    pub notes: Vec<String>,
}

/// A set and what is thought of it.
#[derive(Clone, Debug, Serialize)]
pub struct JudgedSet {
    /// The id that the kernel gave the set.
    pub semid: i32,
    /// The key; 0 for a private set.
    pub key: i32,
    /// The key as ipcs(1) shows it.
    pub key_hex: String,
    /// How many semaphores.
    pub nsems: u32,
    /// The owner.
    pub uid: u32,
    /// The owner's name.
    pub user: Option<Text>,
    /// `in-use`, `idle`, `orphaned` or `unknown`.
    pub verdict: &'static str,
    /// What the verdict rests on, and why the set was kept.
    pub evidence: Vec<String>,
}

/// In one line.
impl fmt::Display for JudgedSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { semid, key, key_hex, nsems, uid, user, verdict, evidence } = self;
        write!(f, "semid {semid}, ")?;
        match key {
            0 => f.write_str("no key, ")?,
            _ => write!(f, "key {key} ({key_hex}), ")?,
        }
        let (semaphores, owner) = (counted(*nsems, "semaphore"), named(user.as_ref(), *uid));
        write!(f, "{semaphores}, owner {owner}: {verdict}: {}", evidence.join("; "))
    }
}
