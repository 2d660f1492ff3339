//! A scenario and its baseline, with what the rules ask of them again and again looked up once.

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};

use super::levels;
use super::openings::Openings;
use super::report::Subject;
use super::take::{self, Take};
use super::ties::QuotaCounts;
use crate::scenario::{
    Baseline, Date, Departure, DepartureIdx, FamilyUnit, Level, LinkKind, PlaceIdx, Scenario, UnitIdx, Was,
};

/// A scenario, and the baseline if there is one, made ready to judge any number of plans.
#[derive(Debug)]
pub struct Case<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) baseline: Option<&'a Baseline>,
    /// The levels of a solve, the one that a baseline adds included.
    pub(super) levels: Vec<Level>,
    /// How many of them are priority levels.
    pub(super) priority: usize,
    /// Per level and unit: see [`levels::base`].
    pub(super) worth: Vec<Vec<i128>>,
    /// Per quota: whom it counts.
    pub(super) quotas: Vec<QuotaCounts>,
    /// Day of arrival, by departure.
    pub(super) arrival: Vec<Date>,
    /// Whole days from `as_of` to departure, at least 0, by departure.
    pub(super) days: Vec<i64>,
    alike: Alike,
    /// Shortest direct travel in seconds.
    travel: FxHashMap<(PlaceIdx, PlaceIdx), i64>,
    /// By unit: whether an adult is in it or in a unit tied to it.
    pub(super) has_adult: Vec<bool>,
    excluded: FxHashSet<(UnitIdx, Option<DepartureIdx>)>,
    openings: OnceLock<Openings>,
}

impl<'a> Case<'a> {
    /// Looks up what the rules ask for.
    #[must_use]
    pub fn new(scenario: &'a Scenario, baseline: Option<&'a Baseline>) -> Self {
        let levels = scenario.levels(baseline);
        let today = scenario.as_of.date();
        let departures = &scenario.departures;
        Self {
            worth: levels.all.iter().map(|level| levels::base(scenario, baseline, &level.measure)).collect(),
            quotas: scenario.quotas.iter().map(|quota| QuotaCounts::new(scenario, quota)).collect(),
            arrival: departures.iter().map(|departure| departure.arrives.date()).collect(),
            days: departures.iter().map(|d| d.departs.date().days_since(today).max(0)).collect(),
            alike: Alike::new(departures),
            travel: travel(scenario),
            has_adult: has_adult(scenario),
            excluded: scenario.exclusions.iter().map(|no| (no.unit, no.departure)).collect(),
            openings: OnceLock::new(),
            priority: levels.priority,
            levels: levels.all,
            scenario,
            baseline,
        }
    }

    pub(super) fn unit(&self, u: UnitIdx) -> &'a FamilyUnit {
        &self.scenario.units[u.index()]
    }

    pub(super) fn departure(&self, d: DepartureIdx) -> &'a Departure {
        &self.scenario.departures[d.index()]
    }

    /// Every unit, in file order.
    pub(super) fn units(&self) -> impl Iterator<Item = UnitIdx> + use<> {
        (0..self.scenario.units.len()).map(UnitIdx::new)
    }

    /// Every departure, in file order.
    pub(super) fn departures(&self) -> impl Iterator<Item = DepartureIdx> + use<> {
        (0..self.scenario.departures.len()).map(DepartureIdx::new)
    }

    /// What the baseline did with the unit.
    pub(super) fn was(&self, u: UnitIdx) -> Was {
        was(self.baseline, u)
    }

    /// Whether the manifest closed before `as_of`.
    pub(super) fn is_locked(&self, d: DepartureIdx) -> bool {
        self.departure(d).manifest_closes < self.scenario.as_of
    }

    /// Whether the unit is on the locked manifest of the departure.
    pub(super) fn is_held(&self, u: UnitIdx, d: DepartureIdx) -> bool {
        self.was(u) == Was::On(d) && self.is_locked(d)
    }

    /// Seconds of ground movement; `None` where no route leads there.
    pub(super) fn travel_seconds(&self, from: PlaceIdx, to: PlaceIdx) -> Option<i64> {
        if from == to { Some(0) } else { self.travel.get(&(from, to)).copied() }
    }

    /// Whether the planner excluded the pair.
    pub(super) fn is_excluded(&self, u: UnitIdx, d: DepartureIdx) -> bool {
        self.excluded.contains(&(u, Some(d))) || self.excluded.contains(&(u, None))
    }

    /// Which departures are open to which units.
    pub(super) fn openings(&self) -> &Openings {
        // Worked out outside of the lock: many threads do it, and one that waits for the others may take up another's work
        // that asks for the openings too.
        if let Some(known) = self.openings.get() {
            return known;
        }
        let new = Openings::new(self);
        self.openings.get_or_init(|| new)
    }

    /// What the unit takes of each departure, worked out when first asked for.
    pub(super) fn takes(&self, u: UnitIdx) -> Takes<'_> {
        Takes { case: self, unit: self.unit(u), known: vec![None; self.alike.kinds] }
    }

    /// The subject of a rule about a pair.
    pub(super) fn pair(&self, u: UnitIdx, d: DepartureIdx) -> Subject {
        let departure = Some(self.departure(d).id.clone());
        Subject { unit: Some(self.unit(u).id.clone()), departure, ..Subject::default() }
    }

    /// The subject of a rule about a departure.
    pub(super) fn on(&self, d: DepartureIdx) -> Subject {
        Subject { departure: Some(self.departure(d).id.clone()), ..Subject::default() }
    }
}

/// What one unit takes of departures, each kind of departure worked out once.
#[derive(Debug)]
pub(super) struct Takes<'a> {
    case: &'a Case<'a>,
    unit: &'a FamilyUnit,
    known: Vec<Option<Take>>,
}

impl Takes<'_> {
    pub(super) fn on(&mut self, d: DepartureIdx) -> Take {
        let kind = self.case.alike.kind[d.index()];
        *self.known[kind].get_or_insert_with(|| take::take(self.unit, self.case.departure(d)))
    }
}

/// Departures that are alike in all that [`take::take`] reads of them.
#[derive(Debug)]
struct Alike {
    /// By departure.
    kind: Vec<usize>,
    /// How many kinds there are.
    kinds: usize,
}

impl Alike {
    fn new(departures: &[Departure]) -> Self {
        let mut kinds = FxHashMap::default();
        let kind_of = |departure: &Departure| {
            let min = departure.vetting.map(|vetting| vetting.min);
            let key = (departure.kind, departure.seats_per_stretcher, departure.bag_kg, min);
            let next = kinds.len();
            *kinds.entry(key).or_insert(next)
        };
        let kind = departures.iter().map(kind_of).collect();
        Self { kind, kinds: kinds.len() }
    }
}

/// What the baseline did with the unit; without one nobody was seated.
pub(super) fn was(baseline: Option<&Baseline>, u: UnitIdx) -> Was {
    baseline.and_then(|plan| plan.was.get(u.index())).copied().unwrap_or(Was::Unseated)
}

/// The shortest direct route in each direction.
fn travel(scenario: &Scenario) -> FxHashMap<(PlaceIdx, PlaceIdx), i64> {
    let mut shortest = FxHashMap::default();
    for route in &scenario.routes {
        let back = (!route.one_way).then_some((route.to, route.from));
        for way in std::iter::once((route.from, route.to)).chain(back) {
            let seconds = shortest.entry(way).or_insert(route.seconds);
            *seconds = route.seconds.min(*seconds);
        }
    }
    shortest
}

/// Spreads "an adult is here" along `same_departure` links until nothing changes.
fn has_adult(scenario: &Scenario) -> Vec<bool> {
    let mut leader: Vec<usize> = (0..scenario.units.len()).collect();
    let tied = scenario.links.iter().filter(|link| link.kind == LinkKind::SameDeparture);
    for pair in tied.flat_map(|link| link.units.windows(2)) {
        let (a, b) = (find(&mut leader, pair[0].index()), find(&mut leader, pair[1].index()));
        leader[a.max(b)] = a.min(b);
    }
    let mut group_has = vec![false; scenario.units.len()];
    for (u, unit) in scenario.units.iter().enumerate() {
        group_has[find(&mut leader, u)] |= unit.persons.iter().any(take::is_adult);
    }
    (0..scenario.units.len()).map(|u| group_has[find(&mut leader, u)]).collect()
}

/// The first of the units that `u` is tied to.
fn find(leader: &mut [usize], mut u: usize) -> usize {
    while leader[u] != u {
        leader[u] = leader[leader[u]];
        u = leader[u];
    }
    u
}
