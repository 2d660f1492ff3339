//! Which departures are open to which units: one list for all units that share it.

use std::collections::BTreeSet;
use std::hash::Hash;

use fixedbitset::FixedBitSet;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::board;
use super::case::Case;
use crate::scenario::{
    CategoryIdx, Date, DepartureIdx, DocumentIdx, Instant, Person, PlaceIdx, SponsorIdx, UnitIdx, Was,
};

/// The open departures of every unit.
#[derive(Debug)]
pub(super) struct Openings {
    /// Every list that occurs, once.
    lists: Vec<Vec<DepartureIdx>>,
    /// By unit: which of them.
    of: Vec<usize>,
    /// By list: whose it is.
    members: Vec<Vec<UnitIdx>>,
}

/// So many units are looked at before their lists are put together.
const CHUNK: usize = 4096;

impl Openings {
    /// Asks every unit before every departure that others like it reach and that admits others like it.
    pub(super) fn new(case: &Case<'_>) -> Self {
        let reached = Alike::new(case, &|u| way(case, u), board::is_reached);
        let admitted = Alike::new(case, &|u| papers(case, u), board::is_admitted);
        let open_to = |u: UnitIdx| {
            let mut takes = case.takes(u);
            let some = reached.of(u).intersection(admitted.of(u)).map(DepartureIdx::new);
            some.filter(|d| board::is_fit(case, u, *d, &mut takes)).collect()
        };
        let mut openings = Self { lists: Vec::new(), of: Vec::new(), members: Vec::new() };
        let mut known: FxHashMap<Vec<DepartureIdx>, usize> = FxHashMap::default();
        let units: Vec<UnitIdx> = case.units().collect();
        for chunk in units.chunks(CHUNK) {
            let lists: Vec<Vec<DepartureIdx>> = chunk.par_iter().map(|u| open_to(*u)).collect();
            for (u, list) in chunk.iter().zip(lists) {
                let position = *known.entry(list).or_insert_with_key(|list| openings.add(list));
                openings.of.push(position);
                openings.members[position].push(*u);
            }
        }
        openings
    }

    fn add(&mut self, list: &[DepartureIdx]) -> usize {
        self.lists.push(list.to_vec());
        self.members.push(Vec::new());
        self.lists.len() - 1
    }

    /// The units that the departure is open to.
    pub(super) fn to(&self, d: DepartureIdx) -> impl Iterator<Item = UnitIdx> + '_ {
        let open =
            self.lists.iter().zip(&self.members).filter(move |(list, _)| list.binary_search(&d).is_ok());
        open.flat_map(|(_, members)| members.iter().copied())
    }

    /// The departures open to the unit, in file order.
    pub(super) fn of(&self, u: UnitIdx) -> &[DepartureIdx] {
        &self.lists[self.of[u.index()]]
    }
}

/// The departures where some tests hold, which say the same of all units that are alike.
struct Alike {
    /// By unit: which of them.
    of: Vec<usize>,
    departures: Vec<FixedBitSet>,
}

impl Alike {
    /// `key` has all that the test looks at.
    fn new<K: Eq + Hash>(
        case: &Case<'_>,
        key: &dyn Fn(UnitIdx) -> K,
        test: fn(&Case<'_>, UnitIdx, DepartureIdx) -> bool,
    ) -> Self {
        let mut known: FxHashMap<K, usize> = FxHashMap::default();
        let mut first = Vec::new();
        let of = |u: UnitIdx| {
            *known.entry(key(u)).or_insert_with(|| {
                first.push(u);
                first.len() - 1
            })
        };
        let of = case.units().map(of).collect();
        let all =
            |u: &UnitIdx| case.departures().filter(|d| test(case, *u, *d)).map(DepartureIdx::index).collect();
        Self { of, departures: first.par_iter().map(all).collect() }
    }

    fn of(&self, u: UnitIdx) -> &FixedBitSet {
        &self.departures[self.of[u.index()]]
    }
}

/// All that decides what a unit reaches: from where, when, until when, and the locked manifest that it is on.
fn way(case: &Case<'_>, u: UnitIdx) -> (PlaceIdx, Instant, Option<Instant>, Option<DepartureIdx>) {
    let unit = case.unit(u);
    let held = match case.was(u) {
        Was::On(d) if case.is_locked(d) => Some(d),
        Was::On(_) | Was::Unseated | Was::Gone => None,
    };
    (unit.location, unit.ready, unit.latest, held)
}

type Papers<'a> = BTreeSet<(CategoryIdx, Option<u8>, &'a [(DocumentIdx, Option<Date>)])>;

/// All that decides what admits a unit: its sponsor, and what its members are and hold.
fn papers<'a>(case: &Case<'a>, u: UnitIdx) -> (Option<SponsorIdx>, Papers<'a>) {
    let unit = case.unit(u);
    let of = |person: &'a Person| (person.category, person.vetting.rank(), person.documents.as_slice());
    (unit.sponsor, unit.persons.iter().map(of).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::scenario::Baseline;
    use crate::scenario::read::read;
    use crate::synth::{Spec, generate};

    /// Units that are taken for alike are: every pair says the same when it is asked alone, on locked manifests too.
    #[test]
    fn openings_are_what_each_pair_says() {
        let (mut open, mut held) = (0, 0);
        for seed in 1..=6 {
            let spec = Spec { units: 80, departures: 12, seed, all_rules: true, ..Spec::default() };
            let mut value: Value = serde_json::from_str(&generate(&spec).to_json()).expect("it is JSON");
            // Some manifests are locked by then.
            value["as_of"] = value["departures"][4]["departs"].clone();
            let scenario = read(value.to_string().as_bytes(), "drawn.json").expect("it is in order").scenario;
            let departure = |u: usize| scenario.departures[(7 * u) % scenario.departures.len()].id.as_str();
            let was = scenario.units.iter().enumerate().map(|(u, unit)| (unit.id.as_str(), departure(u)));
            let baseline = Baseline::resolve(String::new(), was, &scenario);
            for baseline in [None, Some(&baseline)] {
                let case = Case::new(&scenario, baseline);
                let openings = Openings::new(&case);
                for (u, d) in case.units().flat_map(|u| case.departures().map(move |d| (u, d))) {
                    let is_open = openings.of(u).contains(&d);
                    assert_eq!(is_open, board::barred(&case, u, d).is_empty(), "{seed}: {u:?} {d:?}");
                    assert_eq!(is_open, case.is_open(u, d));
                    open += usize::from(is_open);
                    held += usize::from(is_open && case.is_held(u, d));
                }
            }
        }
        assert!(open > 0 && held > 0, "{open} open, {held} held");
    }
}
