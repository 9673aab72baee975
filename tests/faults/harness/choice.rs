//! Which calls of a form have their faults.

use std::collections::BTreeMap;

use super::fault::Fault;
use super::tracer::Call;

/// How many calls from one place have their faults, besides the first.
const OTHERS: usize = 1;

/// Which calls from one place are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    Every,
    /// The first, and some of the others.
    Few,
}

impl Choice {
    /// The calls that are chosen, and how many calls of each number there are besides them.
    pub fn of(
        self,
        calls: &[Call],
        random: &mut fastrand::Rng,
    ) -> (Vec<Call>, BTreeMap<i64, usize>) {
        let mut places: BTreeMap<_, Vec<Call>> = BTreeMap::new();
        for &call in calls {
            places.entry((call.number, call.place)).or_default().push(call);
        }
        let (mut chosen, mut left_out) = (Vec::new(), BTreeMap::new());
        for ((number, _), alike) in places {
            let of_place = self.of_place(&alike, random);
            *left_out.entry(number).or_default() += alike.len() - of_place.len();
            chosen.extend(of_place);
        }
        (chosen, left_out)
    }

    fn of_place(self, alike: &[Call], random: &mut fastrand::Rng) -> Vec<Call> {
        match alike {
            [first, others @ ..] if self == Self::Few => {
                let others = random.choose_multiple(others, OTHERS);
                [first].into_iter().chain(others).copied().collect()
            }
            _ => alike.to_vec(),
        }
    }
}

pub fn faults_of(calls: &[Call]) -> impl Iterator<Item = Fault> {
    calls.iter().flat_map(|call| Fault::all_of(call.task, call.number, call.nth))
}
