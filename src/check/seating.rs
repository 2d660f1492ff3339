//! Who is where, by unit and by departure, and the load that makes.

use super::case::Case;
use super::report::{Figure, Violation};
use super::take::{self, Take};
use crate::rule::Rule;
use crate::scenario::{DepartureIdx, UnitIdx};

/// A list of assignments, turned round.
#[derive(Debug)]
pub(super) struct Seating {
    /// By unit: where it is.
    of: Vec<Option<DepartureIdx>>,
    /// By departure: who is aboard.
    aboard: Vec<Vec<UnitIdx>>,
    /// By departure: what they take together.
    loads: Vec<Take>,
}

impl Seating {
    /// Seats the units in turn; a unit named again stays where it was first, and that is a violation.
    pub(super) fn new(case: &Case<'_>, pairs: &[(UnitIdx, DepartureIdx)]) -> (Self, Vec<Violation>) {
        let departures = case.scenario.departures.len();
        let mut seating = Self {
            of: vec![None; case.scenario.units.len()],
            aboard: vec![Vec::new(); departures],
            loads: vec![Take::default(); departures],
        };
        let again = |&&(u, d): &&(UnitIdx, DepartureIdx)| !seating.seat(case, u, d);
        let twice: Vec<_> = pairs.iter().filter(again).copied().collect();
        let violation = |(u, d)| Violation::new(Rule::Unit, case.pair(u, d), Figure::Number(2), 1_i128);
        (seating, twice.into_iter().map(violation).collect())
    }

    /// Seats a unit; false where it has a seat already.
    fn seat(&mut self, case: &Case<'_>, u: UnitIdx, d: DepartureIdx) -> bool {
        let free = self.of[u.index()].is_none();
        if free {
            self.of[u.index()] = Some(d);
            self.aboard[d.index()].push(u);
            self.loads[d.index()].add(&take::take(case.unit(u), case.departure(d)));
        }
        free
    }

    /// Where the unit is.
    pub(super) fn of(&self, u: UnitIdx) -> Option<DepartureIdx> {
        self.of[u.index()]
    }

    /// Who is aboard.
    pub(super) fn aboard(&self, d: DepartureIdx) -> &[UnitIdx] {
        &self.aboard[d.index()]
    }

    /// What all aboard take.
    pub(super) fn load(&self, d: DepartureIdx) -> &Take {
        &self.loads[d.index()]
    }

    /// Every seated unit and its departure, by unit.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (UnitIdx, DepartureIdx)> + '_ {
        self.of.iter().enumerate().filter_map(|(u, d)| d.map(|d| (UnitIdx::new(u), d)))
    }
}
