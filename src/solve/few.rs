//! Plans of a scenario whose whole program is too large to be built: of few columns at a time.
//!
//! For a first one there is a plan that breaks some rules (the scout's). What the rules allow of it is found in a program with one
//! departure for each unit, and all for those who are tied together; whoever waits then is seated where seats are left, those first who are worth
//! most, as many at a time as a program of some size holds.

use std::collections::HashMap;

use fixedbitset::FixedBitSet;

use super::{Seating, greedy, point};
use crate::classes::{self, Class};
use crate::eligibility::Eligibility;
use crate::model::measure::Objective;
use crate::model::{self, Program};
use crate::scenario::{Departure, DepartureIdx, Link, LinkKind, UnitIdx};

/// Departures that are open to a unit that waits, and columns of all such units, where a search looks for their seats.
const OPENINGS: usize = 16;
const IN_A_SEARCH: usize = 10_000;

/// What such a plan is made from.
pub(super) struct Few<'f> {
    pub(super) eligibility: &'f Eligibility<'f>,
    pub(super) objectives: &'f [Objective],
    /// In how many of them the units of a class are alike.
    pub(super) alike: usize,
    /// Columns of a program, at most.
    pub(super) most: usize,
}

/// What is left open to a unit.
type Narrow<'n> = &'n dyn Fn(UnitIdx, &mut FixedBitSet);

/// From a point to a better one.
type Way<'w> = &'w dyn Fn(&Program, &[i64]) -> Option<Vec<i64>>;

impl Few<'_> {
    /// A plan that obeys the rules, near a seating that may not; `None` where this simple way finds none.
    pub(super) fn plan(&self, wish: &Seating) -> Option<Seating> {
        let scenario = self.eligibility.scenario();
        let units = || (0..scenario.units.len()).map(UnitIdx::new);
        let mut fixed: Seating = units().map(|u| self.eligibility.held(u)).collect();
        for pin in &scenario.pins {
            fixed[pin.unit.index()] = Some(pin.departure);
        }
        let is_tie = |link: &&Link| matches!(link.kind, LinkKind::SameDeparture | LinkKind::AllOrNone);
        let links = scenario.links.iter().filter(is_tie);
        let tied: FixedBitSet = links.flat_map(|link| &link.units).map(|u| u.index()).collect();
        let alone = |u: UnitIdx, open: &mut FixedBitSet| only(open, fixed[u.index()].or(wish[u.index()]));
        let together = |u: UnitIdx, open: &mut FixedBitSet| {
            if !tied.contains(u.index()) || fixed[u.index()].is_some() {
                alone(u, open);
            }
        };
        let first = |program: &Program, wish: &[i64]| greedy::first_plan(program, Some(wish));
        let on = self.among(wish, &together, &first).or_else(|| self.among(wish, &alone, &first))?;
        Some(self.seat_waiting(on))
    }

    /// Whoever waits at a plan, where there are seats.
    fn seat_waiting(&self, mut on: Seating) -> Seating {
        let mut waiting = self.waiting(&on).into_iter().peekable();
        while waiting.peek().is_some() {
            let with_room = self.with_room(&on);
            let (mut some, mut columns) = (FixedBitSet::with_capacity(on.len()), 0);
            while let Some(u) = waiting.next_if(|_| columns < self.most / 4) {
                columns += self.eligibility.open(u).intersection_count(&with_room);
                some.insert(u.index());
            }
            let open_to = |u: UnitIdx, open: &mut FixedBitSet| match on[u.index()] {
                None if some[u.index()] => open.intersect_with(&with_room),
                place => only(open, place),
            };
            let top_up = |program: &Program, point: &[i64]| Some(greedy::top_up(program, &[], point));
            on = self.among(&on, &open_to, &top_up).unwrap_or(on);
        }
        on
    }

    /// Who waits at a plan, those who are worth most first.
    fn waiting(&self, on: &Seating) -> Vec<UnitIdx> {
        let worth = |u: &UnitIdx| -> Vec<i64> {
            self.objectives.iter().map(|level| level.sense.sign() * -level.uniform(*u).unwrap_or(0)).collect()
        };
        let mut waiting: Vec<UnitIdx> =
            (0..on.len()).map(UnitIdx::new).filter(|u| on[u.index()].is_none()).collect();
        waiting.sort_by_cached_key(worth);
        waiting
    }

    /// Where those who wait and count in a level find seats that are empty or taken by others who count neither in it nor
    /// before: of each unit some departures, for as many units as a search holds.
    pub(super) fn openings(&self, on: &Seating, level: usize) -> HashMap<UnitIdx, FixedBitSet> {
        let gain = |level: &Objective, u: UnitIdx| level.sense.sign() * level.uniform(u).unwrap_or(0);
        let counts = |u: UnitIdx| self.objectives[..=level].iter().any(|level| gain(level, u) > 0);
        let room = self.room(on, &counts);
        let mut openings = HashMap::new();
        let mut columns = 0;
        for u in self.waiting(on).into_iter().filter(|u| gain(&self.objectives[level], *u) > 0) {
            let fits = |d: &usize| self.eligibility.take(u, DepartureIdx::new(*d)).seats <= room[*d];
            let all: Vec<usize> = self.eligibility.open(u).ones().filter(fits).collect();
            // Some of them, others for each unit, so that not all want the same seats.
            let evenly = |turn: usize| all[(u.index() + turn * all.len() / OPENINGS) % all.len()];
            let some: FixedBitSet = (0..OPENINGS.min(all.len())).map(evenly).collect();
            columns += some.count_ones(..);
            if columns > IN_A_SEARCH {
                break;
            }
            if !some.is_clear() {
                openings.insert(u, some);
            }
        }
        openings
    }

    /// The seats of each departure that those of a plan who count leave.
    fn room(&self, on: &Seating, counts: &dyn Fn(UnitIdx) -> bool) -> Vec<i64> {
        let departures = &self.eligibility.scenario().departures;
        let mut room: Vec<i64> = departures.iter().map(Departure::usable_seats).collect();
        let aboard = (0..).map(UnitIdx::new).zip(on).filter_map(|(u, d)| Some((u, (*d)?)));
        for (u, d) in aboard.filter(|(u, _)| counts(*u)) {
            room[d.index()] -= self.eligibility.take(u, d).seats;
        }
        room
    }

    /// The departures with seats left that are used, or need not be chosen.
    fn with_room(&self, on: &Seating) -> FixedBitSet {
        let departures = &self.eligibility.scenario().departures;
        let left = self.room(on, &|_| true);
        let mut is_used = vec![false; left.len()];
        on.iter().flatten().for_each(|d| is_used[d.index()] = true);
        let is_plain = |departure: &Departure| departure.min_load == 0 && departure.committed;
        (0..left.len()).filter(|&d| left[d] > 0 && (is_used[d] || is_plain(&departures[d]))).collect()
    }

    /// Where a way leads to from a seating, where only some departures are open to each unit.
    pub(super) fn among(&self, seating: &Seating, narrow: Narrow, way: Way) -> Option<Seating> {
        let mut eligibility = self.eligibility.clone();
        eligibility.narrow(narrow);
        let classes = classes::group(&eligibility, &self.objectives[..self.alike]);
        if columns(&eligibility, &classes) > self.most {
            return None;
        }
        let program = model::build(&eligibility, &classes, self.objectives);
        let is_open = |(u, d): (UnitIdx, &Option<DepartureIdx>)| d.filter(|d| eligibility.open(u)[d.index()]);
        let seating: Seating = (0..).map(UnitIdx::new).zip(seating).map(is_open).collect();
        let point = way(&program, &point(&eligibility, &classes, &program, &seating))?;
        Some(classes::expand(eligibility.scenario(), &classes, &program.places(&point)))
    }
}

/// Leaves one departure open, if it is.
pub(super) fn only(open: &mut FixedBitSet, departure: Option<DepartureIdx>) {
    let is_open = departure.filter(|d| open[d.index()]);
    open.clear();
    open.extend(is_open.map(DepartureIdx::index));
}

/// How many columns of units the program over these classes has.
pub(super) fn columns(eligibility: &Eligibility, classes: &[Class]) -> usize {
    classes.iter().map(|class| eligibility.open(class.representative()).count_ones(..)).sum()
}

#[cfg(test)]
mod tests {
    use super::super::{Loop, Method, Request, answer, engine, linear};
    use super::*;
    use crate::eligibility;
    use crate::model::measure::objectives;
    use crate::scenario::read::read;
    use crate::synth::{Spec, generate};

    /// A plan of few columns is one of the whole program; it keeps who had a place and could, and seats others.
    #[test]
    fn a_plan_of_few_columns_obeys_every_rule() {
        let (mut kept, mut added) = (0, 0);
        for (seed, most) in (1..=12).flat_map(|seed| [(seed, 100_000), (seed, 120)]) {
            let spec = Spec { units: 60, departures: 8, seed, all_rules: true, ..Spec::default() };
            let text = generate(&spec).to_json();
            let scenario = read(text.as_bytes(), "drawn.json").expect("it is in order").scenario;
            let eligibility = eligibility::assess(&scenario, None);
            let levels = scenario.levels(None);
            let objectives = objectives(&scenario, None, &levels);
            let scout = engine::run(&eligibility, &objectives, None, &linear::run, &|| false);
            let wish = scout.expect("its levels are the engine's").on;
            let few =
                Few { eligibility: &eligibility, objectives: &objectives, alike: levels.priority, most };
            let Some(on) = few.plan(&wish) else { continue };
            let classes = classes::singletons(&eligibility);
            let program = model::build(&eligibility, &classes, &objectives);
            let point = point(&eligibility, &classes, &program, &on);
            assert!(program.is_feasible(&[], &point), "{seed}: {:?}", program.broken_row(&[], &point));
            let count = |of: &dyn Fn(&Option<DepartureIdx>) -> bool| {
                on.iter().zip(&wish).filter(|(on, wish)| on.is_some() && of(wish)).count()
            };
            kept += count(&|wish| wish.is_some());
            added += count(&|wish| wish.is_none());
        }
        assert!(kept > 0 && added > 0, "{kept} kept, {added} added");
    }

    /// Whoever counts gets seats of those who do not, and nobody gets off for nothing.
    #[test]
    fn room_is_made_for_those_who_count() {
        let mut gained = 0;
        for seed in 1..=8 {
            let spec = Spec { units: 60, departures: 6, seed, all_rules: true, ..Spec::default() };
            let text = generate(&spec).to_json();
            let scenario = read(text.as_bytes(), "drawn.json").expect("it is in order").scenario;
            let eligibility = eligibility::assess(&scenario, None);
            let levels = scenario.levels(None);
            let objectives = objectives(&scenario, None, &levels);
            let first = |u: UnitIdx| objectives[0].uniform(u).unwrap_or(0) > 0;
            let few = Few {
                eligibility: &eligibility,
                objectives: &objectives,
                alike: levels.priority,
                most: 100_000,
            };
            // Whoever does not count in the first level comes first, wherever that is.
            let wish = |u: usize| eligibility.open(UnitIdx::new(u)).minimum().map(DepartureIdx::new);
            let wish: Seating =
                (0..scenario.units.len()).map(|u| wish(u).filter(|_| !first(UnitIdx::new(u)))).collect();
            let Some(before) = few.plan(&wish) else { continue };
            let request = Request {
                scenario: &scenario,
                baseline: None,
                method: Method::Auto,
                runner: &linear::run,
                stop: &|| false,
                progress: &|_| {},
            };
            let mut solving = Loop::new(&request, &eligibility, objectives.clone(), levels.priority);
            solving.on = Some(before.clone());
            solving.make_room(0);
            let after = solving.on.expect("there was one");
            let classes = classes::singletons(&eligibility);
            let program = model::build(&eligibility, &classes, &objectives);
            let point = point(&eligibility, &classes, &program, &after);
            assert!(program.is_feasible(&[], &point), "{seed}: {:?}", program.broken_row(&[], &point));
            let values = |on: &Seating| -> Vec<i64> {
                let value = |level: &Objective| level.sense.sign() * answer::value(&eligibility, level, on);
                objectives[..levels.priority].iter().map(value).collect()
            };
            assert!(values(&after) >= values(&before), "{seed}: {:?} {:?}", values(&before), values(&after));
            gained += values(&after)[0] - values(&before)[0];
        }
        assert!(gained > 0, "nothing gained");
    }
}
