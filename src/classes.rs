//! Interchangeable units: a reduction beside its inverse.
//!
//! **The reduction.** Two units are interchangeable where swapping their places in any plan changes no
//! row and no level: the same departures are open to both, they take the same of each, have the same
//! coefficients in every quota and every level at hand, the same sponsor where an allotment asks for
//! it, and neither is named by a link, a pin or a locked manifest. All the columns of such units are
//! equal (their `unit` rows apart), so only *how many* of a class board each departure matters.
//!
//! **No optimum is lost.** A plan gives counts by summing; counts give a plan by handing the places of
//! a class to its members in a fixed order ([`expand`]), and both have the same value in every level
//! and obey the same rows. The property test `classes_lose_nothing` holds the two programs equal.
//!
//! **Prices carry over.** A class's column has the reduced cost of each of its members' columns, and
//! FORMAT's bound has the `unit` rows built in, unit by unit: a price vector for the classes is, as it
//! stands, a price vector for the units.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::eligibility::Eligibility;
use crate::model::measure::{Objective, matching};
use crate::scenario::{DepartureIdx, Scenario, SponsorIdx, UnitIdx};

/// Units that are interchangeable; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// In the order in which they are given places: by id.
    pub members: Vec<UnitIdx>,
}

impl Class {
    /// Any member: they are alike.
    #[must_use]
    pub fn representative(&self) -> UnitIdx {
        self.members[0]
    }

    /// How many members.
    #[must_use]
    pub fn size(&self) -> i64 {
        i64::try_from(self.members.len()).expect("lists are shorter than 2^63")
    }
}

/// Every unit with an open departure as a class of its own: no reduction.
#[must_use]
pub fn singletons(eligibility: &Eligibility) -> Vec<Class> {
    units_with_a_departure(eligibility).map(|unit| Class { members: vec![unit] }).collect()
}

/// Groups the units that have an open departure into classes, as far as `objectives` see them alike.
/// The classes are in the order of their first member in the file.
#[must_use]
pub fn group(eligibility: &Eligibility, objectives: &[Objective]) -> Vec<Class> {
    let scenario = eligibility.scenario();
    let single = singled_out(eligibility);
    let allotted = allotted_sponsors(scenario);
    let mut position: FxHashMap<Vec<i64>, usize> = FxHashMap::default();
    let mut classes: Vec<Class> = Vec::new();
    for unit in units_with_a_departure(eligibility) {
        let key = key(eligibility, objectives, &single, &allotted, unit);
        let at = *position.entry(key).or_insert(classes.len());
        match classes.get_mut(at) {
            Some(class) => class.members.push(unit),
            None => classes.push(Class { members: vec![unit] }),
        }
    }
    for class in &mut classes {
        class.members.sort_by(|a, b| scenario.units[a.index()].id.cmp(&scenario.units[b.index()].id));
    }
    classes
}

fn units_with_a_departure<'e>(eligibility: &'e Eligibility<'_>) -> impl Iterator<Item = UnitIdx> + use<'e> {
    let units = eligibility.scenario().units.len();
    (0..units).map(UnitIdx::new).filter(|&unit| !eligibility.open(unit).is_clear())
}

/// Units that a link, a pin or a locked manifest names.
fn singled_out(eligibility: &Eligibility) -> FxHashSet<UnitIdx> {
    let scenario = eligibility.scenario();
    let linked = scenario.links.iter().flat_map(|link| link.units.iter().copied());
    let pinned = scenario.pins.iter().map(|pin| pin.unit);
    let held = (0..scenario.units.len()).map(UnitIdx::new).filter(|&unit| eligibility.held(unit).is_some());
    linked.chain(pinned).chain(held).collect()
}

fn allotted_sponsors(scenario: &Scenario) -> FxHashSet<SponsorIdx> {
    let allotments = scenario.departures.iter().flat_map(|departure| &departure.allotments);
    allotments.map(|allotment| allotment.sponsor).collect()
}

/// Everything that decides a unit's columns, as integers.
fn key(
    eligibility: &Eligibility,
    objectives: &[Objective],
    single: &FxHashSet<UnitIdx>,
    allotted: &FxHashSet<SponsorIdx>,
    unit: UnitIdx,
) -> Vec<i64> {
    let int = |index: usize| i64::try_from(index).expect("positions are below 2^63");
    if single.contains(&unit) {
        return vec![-1, int(unit.index())];
    }
    let scenario = eligibility.scenario();
    let family = &scenario.units[unit.index()];
    let sponsor = family.sponsor.filter(|sponsor| allotted.contains(sponsor));
    let mut key =
        vec![int(eligibility.set_position(unit)), sponsor.map_or(-1, |sponsor| int(sponsor.index()))];
    eligibility.profile(unit).key(&mut key);
    for quota in &scenario.quotas {
        key.push(matching(scenario, &quota.count, unit));
        key.push(quota.among.as_ref().map_or(0, |among| matching(scenario, among, unit)));
    }
    for objective in objectives {
        objective.key(eligibility, unit, &mut key);
    }
    key
}

/// Undoes the reduction: hands the places of each class to its members, by departure time and unit id.
/// `places` has, per class, how many board each departure.
#[must_use]
pub fn expand(
    scenario: &Scenario,
    classes: &[Class],
    places: &[Vec<(DepartureIdx, i64)>],
) -> Vec<Option<DepartureIdx>> {
    let mut on = vec![None; scenario.units.len()];
    for (class, places) in classes.iter().zip(places) {
        let mut places = places.clone();
        places.sort_by_key(|&(d, _)| {
            let departure = &scenario.departures[d.index()];
            (departure.departs, departure.id.as_str())
        });
        let seats = places.iter().flat_map(|&(d, count)| (0..count).map(move |_| d));
        for (&unit, departure) in class.members.iter().zip(seats) {
            on[unit.index()] = Some(departure);
        }
    }
    on
}
