//! The properties, and the search through every state for one that does not have them.

use std::time::Instant;

use stateright::{Checker, HasDiscoveries, Model, Property};

use crate::kernel::{Set, in_words};
use crate::protocol::{Action, Protocol};
use crate::replay::{Call, Lock};
use crate::session::{Flag, Readers};
use crate::state::State;

/// A property of every state that can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// No writer has a lock together with anybody else.
    Exclusion,
    /// When all have ended, the values are what was left in the block, and 0 otherwise.
    NothingLost,
    /// Unless a lock was left in the block, not everybody waits.
    NoDeadlock,
    /// No block is removed while somebody has a lock, or has waited since before the last look.
    KeptInUse,
    /// What a process has counted is still there when its undo takes it away.
    NothingTaken,
    /// No process waits for ever while others go on.
    NoStarvation,
    /// Who has failed to get a lock, or has released one, has nothing in the block.
    GivenBack,
    /// When all have ended, there is a block at the key.
    BlockThere,
}

impl Promise {
    /// Those that every client of the protocol can rely on.
    pub const ALL: [Self; 6] = [
        Self::Exclusion,
        Self::NothingLost,
        Self::NothingTaken,
        Self::NoDeadlock,
        Self::KeptInUse,
        Self::GivenBack,
    ];

    fn property(self) -> Property<Checked> {
        let (name, holds): (_, fn(&Checked, &State) -> bool) = match self {
            Self::Exclusion => ("exclusion", |_, state| excludes(state)),
            Self::NothingLost => ("nothing lost", |_, state| nothing_is_lost(state)),
            Self::NothingTaken => ("nothing taken", |_, state| nothing_is_taken(state)),
            Self::NoDeadlock => ("no deadlock", |checked, state| !is_stuck(checked, state)),
            Self::KeptInUse => ("kept while in use", |_, state| !state.removed_in_use),
            Self::NoStarvation => ("no starvation", |_, state| !state.is_back()),
            Self::GivenBack => ("given back", |_, state| is_given_back(state)),
            Self::BlockThere => {
                ("block there", |_, state| state.at_key.is_some() || !is_at_rest(state))
            }
        };
        Property::always(name, holds)
    }
}

/// A protocol with the promises that it is checked for.
#[derive(Clone, Debug)]
struct Checked {
    protocol: Protocol,
    promises: Vec<Promise>,
}

impl Model for Checked {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        self.protocol.init_states()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.protocol.actions(state, actions);
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        self.protocol.next_state(state, action)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        self.promises.iter().map(|promise| promise.property()).collect()
    }
}

/// Visits every state. Returns how the first broken promise comes about, as short as it can
/// be; None if none is broken.
pub fn broken(name: &str, protocol: &Protocol, promises: &[Promise]) -> Option<Vec<String>> {
    let start = Instant::now();
    let checked = Checked { protocol: protocol.clone(), promises: promises.to_vec() };
    let checker = checked.clone().checker().finish_when(HasDiscoveries::Any).spawn_bfs().join();
    println!(
        "{name}: {} states, depth {}, {:.1} s",
        checker.unique_state_count(),
        checker.max_depth(),
        start.elapsed().as_secs_f64()
    );
    let (property, path) = checker.discoveries().into_iter().next()?;
    let steps = path
        .into_vec()
        .into_iter()
        .filter_map(|(before, action)| action.map(|action| step(&before, action)));
    Some(std::iter::once(format!("not: {property}")).chain(steps).collect())
}

/// A step in words, with the call if it is one.
fn step(before: &State, action: Action) -> String {
    match action {
        Action::Call(process) => match &before.processes[process].next {
            Some(Call::Operate(semid, ops, wait)) => {
                format!("{process}: operate {semid} {} {wait:?}", in_words(ops))
            }
            Some(call) => format!("{process}: {call:?}"),
            None => format!("{process}: ended"),
        },
        other => format!("{other:?}"),
    }
}

fn excludes(state: &State) -> bool {
    let had = state.processes.iter().filter_map(|one| one.has.as_ref());
    let locks: Vec<_> = had.chain(left(state)).collect();
    let mut pairs = locks
        .iter()
        .enumerate()
        .flat_map(|(place, one)| locks[place + 1..].iter().map(move |other| (one, other)));
    pairs.all(|(one, other)| agree(one, other))
}

fn agree(one: &Lock, other: &Lock) -> bool {
    let both_read = !one.writes && !other.writes;
    both_read || !one.slots.iter().any(|slot| other.slots.contains(slot))
}

fn nothing_is_taken(state: &State) -> bool {
    !state.sets.iter().flatten().any(Set::is_clamped)
}

/// At rest, every value is accounted for.
fn nothing_is_lost(state: &State) -> bool {
    let mut sets = state.sets.iter().flatten();
    !is_at_rest(state) || sets.all(|set| is_accounted_for(set, state))
}

fn is_at_rest(state: &State) -> bool {
    state.processes.iter().all(|one| one.next.is_none())
}

/// A process that rests would keep others waiting if its end still had something to undo.
fn is_given_back(state: &State) -> bool {
    let mut processes = state.processes.iter().enumerate();
    processes.all(|(process, running)| {
        let mut sets = state.sets.iter().flatten();
        running.next != Some(Call::Rest) || !sets.any(|set| set.has_undo_of(process))
    })
}

/// Whether its values are those of the locks that were left in the block.
fn is_accounted_for(set: &Set, state: &State) -> bool {
    let values = set.all_values();
    let (readers, writers) = values.split_at(values.len() / 2);
    let mut slots = (0..).zip(readers.iter().zip(writers));
    slots.all(|(slot, (&readers, &writer))| {
        let count = |writes| left(state).filter(|lock| lock.is_on(slot, writes)).count();
        let flags = usize::from(Flag::of(writer).is_persistent());
        let no_other = writer == 0 || flags == 1;
        no_other
            && flags == count(true)
            && Readers::of(readers).live == 0
            && usize::try_from(Readers::of(readers).persistent) == Ok(count(false))
    })
}

/// The locks that were left in the block.
fn left(state: &State) -> impl Iterator<Item = &Lock> {
    state.processes.iter().flat_map(|one| one.left.iter().map(|(lock, _)| lock))
}

fn is_stuck(checked: &Checked, state: &State) -> bool {
    let lives = |process: &usize| state.processes[*process].next.is_some();
    let living: Vec<_> = (0..state.processes.len()).filter(lives).collect();
    let left = state.processes.iter().any(|one| !one.left.is_empty());
    let starts = checked.protocol.endless && living.len() < state.processes.len();
    !starts && !left && !living.is_empty() && living.iter().all(|&process| state.waits(process))
}
