//! Which departures are open to which units: one list for all units that share it.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::board;
use super::case::Case;
use crate::scenario::{DepartureIdx, UnitIdx};

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
    /// Asks every unit before every departure.
    pub(super) fn new(case: &Case<'_>) -> Self {
        let mut openings = Self { lists: Vec::new(), of: Vec::new(), members: Vec::new() };
        let mut known: FxHashMap<Vec<DepartureIdx>, usize> = FxHashMap::default();
        let units: Vec<UnitIdx> = case.units().collect();
        for chunk in units.chunks(CHUNK) {
            let lists: Vec<Vec<DepartureIdx>> = chunk.par_iter().map(|u| open_to(case, *u)).collect();
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

fn open_to(case: &Case<'_>, u: UnitIdx) -> Vec<DepartureIdx> {
    let mut takes = case.takes(u);
    case.departures().filter(|d| board::is_open(case, u, *d, &mut takes)).collect()
}
