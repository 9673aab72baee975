//! What is there before and after a run: sets with their values, and processes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;

use semlock::sysv::{Set, SetInfo, all_sets};

/// Numbers for the sets that were there before a run, by their semids, which change
/// whenever they are created again.
pub type Roles = BTreeMap<i32, usize>;

/// A set, as far as a run may change it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SetState {
    /// Nothing for one that the run has created.
    pub role: Option<usize>,
    pub key: i32,
    pub owner: (u32, u32),
    pub nsems: u32,
    pub mode: u16,
    pub values: Vec<u16>,
}

impl SetState {
    fn of(info: &SetInfo, roles: &Roles) -> Option<Self> {
        let permissions = info.permissions;
        Some(Self {
            role: roles.get(&info.semid.raw()).copied(),
            key: info.key.raw(),
            owner: (permissions.uid.raw(), permissions.gid.raw()),
            nsems: info.nsems,
            mode: permissions.mode,
            values: Set::from_id(info.semid).values().ok()?,
        })
    }

    /// Whether each of its semaphores is as in one of two states of the set.
    fn is_mixed_of(&self, before: &Self, done: &Self) -> bool {
        let others = [before, done].map(|set| Self { values: self.values.clone(), ..set.clone() });
        let is_either = |at: usize, value| [before, done].iter().any(|set| set.values[at] == value);
        others.contains(self)
            && self.values.iter().enumerate().all(|(at, &value)| is_either(at, value))
    }

    /// The set, without its locks, and not given to its owner yet.
    fn begun(&self) -> [Self; 3] {
        let free = Self { values: vec![0; self.values.len()], ..self.clone() };
        [self.clone(), free.clone(), Self { owner: (0, 0), ..free }]
    }
}

/// The roles of the sets that there are.
pub fn roles() -> Roles {
    let mut sets = all_sets().unwrap();
    sets.sort_by_key(|set| (set.key.raw(), set.permissions.uid, set.nsems, set.semid));
    sets.iter().enumerate().map(|(role, set)| (set.semid.raw(), role)).collect()
}

/// The sets of the namespace.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Table(pub Vec<SetState>);

impl Table {
    pub fn now(roles: &Roles) -> Self {
        let sets = all_sets().unwrap();
        let mut sets: Vec<_> = sets.iter().filter_map(|set| SetState::of(set, roles)).collect();
        sets.sort();
        Self(sets)
    }

    fn find(&self, role: Option<usize>) -> Option<&SetState> {
        self.0.iter().find(|set| set.role == role)
    }

    fn new_sets(&self) -> impl Iterator<Item = &SetState> {
        self.0.iter().filter(|set| set.role.is_none())
    }

    /// Whether there is no lock in any set.
    pub fn is_free(&self) -> bool {
        self.0.iter().all(|set| set.values.iter().all(|&value| value == 0))
    }

    /// Whether every semaphore is as before or as `done` has it.
    pub fn is_mixed_of(&self, before: &Self, done: &Self) -> bool {
        let sets = self.0.iter().zip(before.0.iter().zip(&done.0));
        self.0.len() == before.0.len()
            && self.0.len() == done.0.len()
            && sets.into_iter().all(|(set, (before, done))| set.is_mixed_of(before, done))
    }

    /// Whether every set is as before or as `done` has it. A new set may be without
    /// its locks, and without its owner.
    pub fn is_between(&self, before: &Self, done: &Self) -> bool {
        let as_before_or_done = |set: &SetState| {
            let now = self.find(set.role);
            now == Some(set) || now == done.find(set.role)
        };
        let is_expected = |set: &SetState| {
            let is_begun = |done: &SetState| done.begun().contains(set);
            done.new_sets().any(is_begun)
        };
        before.0.iter().all(as_before_or_done)
            && self.new_sets().all(is_expected)
            && self.new_sets().count() <= done.new_sets().count()
    }
}

/// Short: only values that are not 0.
impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for SetState { role, key, owner, nsems, mode, values } in &self.0 {
            let raised = values.iter().enumerate().filter(|(_, value)| **value != 0);
            let raised: Vec<_> = raised.collect();
            write!(f, "[{role:?} {key:#x} {nsems} {mode:o} {owner:?} {raised:?}]")?;
        }
        Ok(())
    }
}

/// The processes of the pid namespace; zombies, too.
pub fn processes() -> BTreeSet<i32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}
