//! Blocks and slots as the user names them.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use anyhow::Result;

use crate::cli::{Sessions, Target};
use crate::exit::Exit;
use crate::failure::{Failure, application_key, reasons, show_all_sets};
use crate::holder::NamedSlots;
use crate::session::{Block, BlockError, Slot, Tag, effective_slots};
use crate::system::printable;
use crate::sysv::{self, Key, REMEDIES, Semid, Set};
use crate::view::BlockSummary;

/// A block as the user named it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Name {
    Key(Key),
    Id(Semid),
}

impl Name {
    pub(crate) fn of(target: &Target) -> Result<Self> {
        match target.id {
            Some(semid) => Ok(Self::Id(Semid::new(semid))),
            None => key(target.key).map(Self::Key),
        }
    }

    /// The options that name it on a command line.
    pub(crate) fn option(self) -> [String; 2] {
        match self {
            Self::Key(key) => ["--key".into(), key.to_string()],
            Self::Id(semid) => ["--id".into(), semid.to_string()],
        }
    }

    pub(crate) fn open(self) -> Result<Block, BlockError> {
        match self {
            Self::Key(key) => Block::open(key),
            Self::Id(semid) => Block::of(Set::from_id(semid)),
        }
    }

    /// The set of this name, whether it is a block or not.
    pub(crate) fn set(self) -> Result<Set, sysv::Error> {
        match self {
            Self::Key(key) => Set::open(key),
            Self::Id(semid) => Ok(Set::from_id(semid)),
        }
    }

    /// Opens the block to `verb` it; the error says that it must exist.
    pub(crate) fn open_to(self, verb: &str) -> Result<Block> {
        self.open().map_err(|error| self.failure(verb, &error).into())
    }

    pub(crate) fn failure(self, verb: &str, error: &BlockError) -> Failure {
        let failure = Failure::block(&format!("{verb} {self}"), error);
        if matches!(self, Self::Id(_)) && failure.why() == Some(&reasons::REMOVED) {
            return failure
                .reason(&reasons::NO_SUCH_ID)
                .cause(format!("there is no set with this semid in {}", REMEDIES.place))
                .without_fixes()
                .all_fixes(show_all_sets());
        }
        failure
    }
}

impl Name {
    /// The set of this name, in words, if it may not be a block.
    pub(crate) fn of_a_set(self) -> String {
        match self {
            Self::Key(key) => format!("set {key} ({key:x})"),
            Self::Id(semid) => format!("set with semid {semid}"),
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(key) => write!(f, "block {key} ({key:x})"),
            Self::Id(semid) => write!(f, "block with semid {semid}"),
        }
    }
}

/// `--key`, else the key of the application's block.
pub(crate) fn key(stated: Option<i32>) -> Result<Key> {
    match stated {
        Some(key) => Ok(Key::new(key)),
        None => Ok(application_key()?),
    }
}

const EVERY: &str = "every slot";

/// A slot, and how the user named it.
#[derive(Debug)]
pub(crate) struct Named {
    pub slot: Slot,
    pub name: String,
    /// The session id; empty if the slot was not named by one.
    pub session: Vec<u8>,
}

impl Named {
    /// The options that name it on a command line.
    pub(crate) fn arguments(&self) -> Vec<OsString> {
        match std::str::from_utf8(&self.session) {
            _ if self.name == EVERY => vec!["--all".into()],
            Ok(session) if !session.is_empty() && printable(session) == session => {
                vec![session_option(session.as_ref())]
            }
            _ => vec!["--slot".into(), self.slot.to_string().into()],
        }
    }

    /// Whether it was named by its number or by `--all`, for any session that falls on it.
    pub(crate) fn is_by_slot(&self) -> bool {
        self.session.is_empty()
    }

    /// Whether this names `other`, too: a session names only itself, a slot names
    /// whatever falls on it.
    pub(crate) fn means(&self, other: &Self) -> bool {
        let by_slot = self.is_by_slot() && self.slot == other.slot;
        by_slot || self.name == other.name
    }
}

impl From<&Sessions> for NamedSlots {
    fn from(sessions: &Sessions) -> Self {
        Self {
            all: sessions.all,
            sessions: sessions.sessions.iter().chain(&sessions.dashed).cloned().collect(),
            slots: sessions.slot.clone(),
        }
    }
}

/// The slots that the user named, in that order.
pub(crate) fn slots(which: &NamedSlots, block: Block) -> Result<Vec<Named>> {
    let every = |slot| Named { slot, name: EVERY.into(), session: Vec::new() };
    let all = block.all_slots().filter(|_| which.all).map(|slot| Ok(every(slot)));
    let by_session = which.sessions.iter().map(|id| session_slot(id, block));
    let by_number = which.slots.iter().map(|&index| numbered_slot(index, block));
    all.chain(by_session).chain(by_number).collect()
}

/// The tags of persistent locks on these slots: of all sessions that fall on a slot, unless
/// the slot was also named as such.
pub(crate) fn tags(named: &[Named]) -> BTreeMap<Slot, Tag> {
    let mut sessions: BTreeMap<Slot, Option<Vec<&[u8]>>> = BTreeMap::new();
    for named in named {
        let here = sessions.entry(named.slot).or_insert_with(|| Some(Vec::new()));
        match here {
            Some(ids) if !named.is_by_slot() => ids.push(&named.session),
            here => *here = None,
        }
    }
    let tag = |ids: Option<Vec<_>>| ids.map_or(Tag::BY_SLOT, Tag::of_sessions);
    sessions.into_iter().map(|(slot, ids)| (slot, tag(ids))).collect()
}

/// The option that names a session, whatever the session id begins with.
pub(crate) fn session_option(id: &OsStr) -> OsString {
    [OsStr::new("--session"), id].join(OsStr::new("="))
}

pub(crate) fn session_slot(id: &OsStr, block: Block) -> Result<Named> {
    let name = format!("session {id:?}");
    let slot = block.slot_of(id.as_bytes()).map_err(|error| Failure::slot(&name, error))?;
    Ok(Named { slot, name, session: id.as_bytes().into() })
}

fn numbered_slot(index: u16, block: Block) -> Result<Named> {
    let slots = block.slots();
    if index >= slots {
        let what = format!("use slot {index}: the block has {slots} slots, 0 to {}", slots - 1);
        let failure = Failure::new(Exit::NoSlot, what).reason(&reasons::NO_SLOT);
        return Err(failure.without_cause().into());
    }
    Ok(Named { slot: Slot::new(index), name: format!("slot {index}"), session: Vec::new() })
}

/// A block, for programs.
pub(crate) fn summary(key: Key, block: Block) -> BlockSummary {
    let nsems = block.nsems();
    BlockSummary {
        key: key.raw(),
        key_hex: format!("{key:x}"),
        semid: block.set().semid(),
        nsems,
        slots: block.slots(),
        effective_slots: effective_slots(nsems),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::DEFAULT_KEY;
    use crate::sysv::own_table;

    fn named(slot: u16, name: &str, session: &str) -> Named {
        Named { slot: Slot::new(slot), name: name.into(), session: session.into() }
    }

    #[test]
    fn a_slot_is_named_on_a_command_line_as_it_was_named() {
        let arguments = |named: Named| {
            let words: Vec<_> = named.arguments().into_iter().collect();
            words.join(OsStr::new(" ")).into_string().unwrap()
        };
        assert_eq!(arguments(named(3, EVERY, "")), "--all");
        assert_eq!(arguments(named(3, "session \"a\"", "a")), "--session=a");
        assert_eq!(arguments(named(3, "slot 3", "")), "--slot 3");
        assert_eq!(arguments(named(3, "x", "a\nb")), "--slot 3");
    }

    #[test]
    fn a_slot_means_its_sessions_and_a_session_only_itself() {
        let (slot, other) = (named(3, "slot 3", ""), named(4, "slot 4", ""));
        let (a, b) = (named(3, "session a", "a"), named(3, "session b", "b"));
        assert!(slot.means(&a) && slot.means(&slot) && a.means(&a));
        assert!(!a.means(&b) && !a.means(&slot) && !other.means(&a));
        assert!(slot.is_by_slot() && !a.is_by_slot());
    }

    #[test]
    fn a_persistent_lock_is_tagged_with_all_sessions_unless_the_slot_was_named() {
        let all = [
            named(3, "a", "a"),
            named(3, "b", "b"),
            named(4, "a", "a"),
            named(4, "slot 4", ""),
            named(5, "slot 5", ""),
            named(5, "a", "a"),
        ];
        let tags = tags(&all);
        assert_eq!(tags[&Slot::new(3)], Tag::of_sessions(vec![&b"a"[..], b"b"]));
        assert_eq!(tags[&Slot::new(4)], Tag::BY_SLOT);
        assert_eq!(tags[&Slot::new(5)], Tag::BY_SLOT);
        assert_eq!(tags.len(), 3);
    }

    #[test]
    fn a_block_is_named_by_its_key_or_its_id() {
        let (key, id) = (Name::Key(Key::new(31818)), Name::Id(Semid::new(5)));
        assert_eq!([key.option(), id.option()], [["--key", "31818"], ["--id", "5"]]);
        assert_eq!(key.to_string(), "block 31818 (0x00007c4a)");
        assert_eq!(id.to_string(), "block with semid 5");
        assert_eq!(key.of_a_set(), "set 31818 (0x00007c4a)");
        assert_eq!(id.of_a_set(), "set with semid 5");
        assert_eq!(super::key(Some(7)).unwrap(), Key::new(7));
    }

    #[test]
    fn a_slot_that_the_block_does_not_have_is_refused() {
        own_table::enter();
        let block = Block::create(DEFAULT_KEY, 8, 0o700).unwrap();
        let which = |slots| NamedSlots { all: false, sessions: Vec::new(), slots };
        let found = slots(&which(vec![3, 0]), block).unwrap();
        let found: Vec<_> = found.iter().map(|one| (one.slot.index(), &*one.name)).collect();
        assert_eq!(found, [(3, "slot 3"), (0, "slot 0")]);
        let refused = slots(&which(vec![4]), block).unwrap_err().to_string();
        assert!(refused.contains("use slot 4: the block has 4 slots, 0 to 3"), "{refused}");
        let all = NamedSlots { all: true, ..which(Vec::new()) };
        assert_eq!(slots(&all, block).unwrap().len(), 4);
        let session = session_slot(OsStr::new("a"), block).unwrap();
        assert_eq!((&*session.name, &*session.session), ("session \"a\"", &b"a"[..]));
        let summary = summary(Key::new(31818), block);
        assert_eq!((summary.key, &*summary.key_hex), (31818, "0x00007c4a"));
        assert_eq!((summary.nsems, summary.slots, summary.effective_slots), (8, 4, 1));
    }

    #[test]
    fn an_id_that_no_set_has_is_another_failure_than_a_key_without_a_block() {
        own_table::enter();
        let failure = |name: Name| name.open_to("show").unwrap_err().downcast::<Failure>().unwrap();
        let missing = failure(Name::Key(Key::new(5)));
        assert_eq!(missing.why(), Some(&reasons::MISSING));
        let gone = failure(Name::Id(Semid::new(5)));
        assert_eq!(gone.why(), Some(&reasons::NO_SUCH_ID));
        assert!(gone.to_string().contains("there is no set with this semid in "), "{gone}");
    }
}
