//! Ids to positions.

use rustc_hash::FxHashMap;

use crate::scenario::{DepartureIdx, Level, PlaceIdx, Scenario, SponsorIdx, UnitIdx};

/// Where each id stands in its list.
#[derive(Debug)]
pub(super) struct Ids<'a> {
    units: FxHashMap<&'a str, usize>,
    departures: FxHashMap<&'a str, usize>,
    sponsors: FxHashMap<&'a str, usize>,
    places: FxHashMap<&'a str, usize>,
    quotas: FxHashMap<&'a str, usize>,
    levels: FxHashMap<&'a str, usize>,
}

impl<'a> Ids<'a> {
    pub(super) fn new(scenario: &'a Scenario, levels: &'a [Level]) -> Self {
        Self {
            units: positions(scenario.units.iter().map(|unit| unit.id.as_str())),
            departures: positions(scenario.departures.iter().map(|departure| departure.id.as_str())),
            sponsors: positions(scenario.sponsors.iter().map(String::as_str)),
            places: positions(scenario.places.iter().map(|place| place.id.as_str())),
            quotas: positions(scenario.quotas.iter().map(|quota| quota.name.as_str())),
            levels: positions(levels.iter().map(|level| level.name.as_str())),
        }
    }

    pub(super) fn unit(&self, id: &str) -> Option<UnitIdx> {
        self.units.get(id).copied().map(UnitIdx::new)
    }

    pub(super) fn departure(&self, id: &str) -> Option<DepartureIdx> {
        self.departures.get(id).copied().map(DepartureIdx::new)
    }

    pub(super) fn sponsor(&self, name: &str) -> Option<SponsorIdx> {
        self.sponsors.get(name).copied().map(SponsorIdx::new)
    }

    pub(super) fn place(&self, id: &str) -> Option<PlaceIdx> {
        self.places.get(id).copied().map(PlaceIdx::new)
    }

    pub(super) fn quota(&self, name: &str) -> Option<usize> {
        self.quotas.get(name).copied()
    }

    pub(super) fn level(&self, name: &str) -> Option<usize> {
        self.levels.get(name).copied()
    }
}

fn positions<'a>(ids: impl Iterator<Item = &'a str>) -> FxHashMap<&'a str, usize> {
    ids.enumerate().map(|(position, id)| (id, position)).collect()
}
