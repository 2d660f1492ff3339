//! Plans of a scenario whose whole program is too large to be built: of few columns at a time.
//!
//! For a first one there is a plan that breaks some rules (the scout's). What the rules allow of it is found in a program with one
//! departure for each unit, and all for those who are tied together; whoever waits then is seated where seats are left, those first who are worth
//! most, as many at a time as a program of some size holds.

use std::collections::{BTreeMap, HashMap};

use fixedbitset::FixedBitSet;

use super::{Seating, greedy, point};
use crate::classes::{self, Class};
use crate::eligibility::{self, Eligibility};
use crate::model::measure::{Objective, matching};
use crate::model::rows::{RESOURCES, limit, used};
use crate::model::{self, Program};
use crate::scenario::{DepartureIdx, Link, LinkKind, Quota, UnitIdx};

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

/// What is left of a departure's limits, in the order of [`RESOURCES`].
type Room = [i64; RESOURCES.len()];

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
        let helpers = self.helpers(wish);
        let alone = |u: UnitIdx, open: &mut FixedBitSet| match (
            fixed[u.index()].or(wish[u.index()]),
            helpers.get(&u),
        ) {
            (None, Some(some)) => open.intersect_with(some),
            (place, _) => only(open, place),
        };
        let together = |u: UnitIdx, open: &mut FixedBitSet| {
            if !tied.contains(u.index()) || fixed[u.index()].is_some() {
                alone(u, open);
            }
        };
        let first = |program: &Program, wish: &[i64]| greedy::first_plan(program, Some(wish));
        let on = self.among(wish, &together, &first).or_else(|| self.among(wish, &alone, &first))?;
        Some(self.seat_waiting(on))
    }

    /// Some departures for those who wait and help a group to its least, those first who are worth most, as many as a program
    /// has room for.
    fn helpers(&self, on: &Seating) -> HashMap<UnitIdx, FixedBitSet> {
        let scenario = self.eligibility.scenario();
        let has_least = |quota: &&Quota| quota.min.is_some() || quota.min_percent.is_some();
        let quotas: Vec<&Quota> = scenario.quotas.iter().filter(has_least).collect();
        let helps = |u: &UnitIdx| quotas.iter().any(|quota| matching(scenario, &quota.count, *u) > 0);
        let limits = self.room(on, &|_| false);
        let (mut helpers, mut columns) = (HashMap::new(), 0);
        for u in self.waiting(on).into_iter().filter(helps) {
            let some = self.some_departures(&[u], &limits);
            columns += some.count_ones(..);
            if columns > self.most / 8 {
                break;
            }
            helpers.insert(u, some);
        }
        helpers
    }

    /// Whoever waits at a plan, where there is room.
    fn seat_waiting(&self, mut on: Seating) -> Seating {
        let mut waiting = self.waiting(&on).into_iter().peekable();
        while waiting.peek().is_some() {
            let (left, usable) = (self.room(&on, &|_| true), self.usable(&on));
            let (mut some, mut columns) = (HashMap::new(), 0);
            while let Some(u) = waiting.next_if(|_| columns < self.most / 4) {
                let open = self.eligibility.open(u).intersection(&usable);
                let open: FixedBitSet = open.filter(|&d| self.fits(&[u], d, &left[d])).collect();
                columns += open.count_ones(..);
                some.insert(u, open);
            }
            let open_to = |u: UnitIdx, open: &mut FixedBitSet| match some.get(&u) {
                Some(some) => open.intersect_with(some),
                None => only(open, on[u.index()]),
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

    /// Where those who wait and count in a level find room that is empty or taken by others who count neither in it nor
    /// before: some departures for each unit, those who travel with it or not at all beside it, for as many units as a
    /// search holds.
    pub(super) fn openings(&self, on: &Seating, level: usize) -> HashMap<UnitIdx, FixedBitSet> {
        let scenario = self.eligibility.scenario();
        let gain = |level: &Objective, u: UnitIdx| level.sense.sign() * level.uniform(u).unwrap_or(0);
        let counts = |u: UnitIdx| self.objectives[..=level].iter().any(|level| gain(level, u) > 0);
        let room = self.room(on, &counts);
        let (parties, groups) = (eligibility::companions(scenario), eligibility::tied_units(scenario));
        let mut members: BTreeMap<usize, BTreeMap<usize, Vec<UnitIdx>>> = BTreeMap::new();
        for (u, (&party, &group)) in parties.iter().zip(&groups).enumerate().filter(|(u, _)| on[*u].is_none())
        {
            members.entry(party).or_default().entry(group).or_default().push(UnitIdx::new(u));
        }
        let mut openings = HashMap::new();
        let mut columns = 0;
        for u in self.waiting(on).into_iter().filter(|u| gain(&self.objectives[level], *u) > 0) {
            // Each party once.
            let Some(party) = members.remove(&parties[u.index()]) else { continue };
            let some: Vec<FixedBitSet> =
                party.values().map(|group| self.some_departures(group, &room)).collect();
            if some.iter().any(FixedBitSet::is_clear) {
                continue;
            }
            let sizes = party.values().zip(&some).map(|(group, some)| group.len() * some.count_ones(..));
            columns += sizes.sum::<usize>();
            if columns > IN_A_SEARCH {
                break;
            }
            for (group, some) in party.into_values().zip(&some) {
                openings.extend(group.into_iter().map(|u| (u, some.clone())));
            }
        }
        openings
    }

    /// Some of the departures that are open to all of these and have room for them together.
    fn some_departures(&self, group: &[UnitIdx], room: &[Room]) -> FixedBitSet {
        let open = self.eligibility.open(group[0]).ones();
        let is_open = |d: &usize| group.iter().all(|u| self.eligibility.open(*u)[*d]);
        let all: Vec<usize> = open.filter(is_open).filter(|&d| self.fits(group, d, &room[d])).collect();
        // Others for each unit, so that not all want the same seats.
        let some = OPENINGS.min(all.len());
        let evenly = |turn: usize| all[(group[0].index() + turn * all.len() / some) % all.len()];
        (0..some).map(evenly).collect()
    }

    /// Whether there is room for all of these on a departure.
    fn fits(&self, group: &[UnitIdx], d: usize, room: &Room) -> bool {
        let takes = || group.iter().map(|u| self.eligibility.take(*u, DepartureIdx::new(d)));
        let need = |resource| takes().map(|take| used(&take, resource)).sum::<i64>();
        RESOURCES.into_iter().zip(room).all(|(resource, room)| need(resource) <= *room)
    }

    /// What those of a plan who count leave of each departure's limits.
    fn room(&self, on: &Seating, counts: &dyn Fn(UnitIdx) -> bool) -> Vec<Room> {
        let departures = &self.eligibility.scenario().departures;
        let limits = |departure| RESOURCES.map(|resource| limit(departure, resource).unwrap_or(i64::MAX));
        let mut room: Vec<_> = departures.iter().map(limits).collect();
        let aboard = (0..).map(UnitIdx::new).zip(on).filter_map(|(u, d)| Some((u, (*d)?)));
        for (u, d) in aboard.filter(|(u, _)| counts(*u)) {
            let take = self.eligibility.take(u, d);
            for (room, resource) in room[d.index()].iter_mut().zip(RESOURCES) {
                *room -= used(&take, resource);
            }
        }
        room
    }

    /// The departures that are used, or need not be chosen.
    fn usable(&self, on: &Seating) -> FixedBitSet {
        let departures = &self.eligibility.scenario().departures;
        let is_plain = |d: &usize| departures[*d].min_load == 0 && departures[*d].committed;
        let used = on.iter().flatten().map(|d| d.index());
        used.chain((0..departures.len()).filter(is_plain)).collect()
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
    use serde_json::{Value, json};

    use super::super::{Method, Request, Settled, Solution, answer, engine, levels::Loop, linear};
    use super::*;
    use crate::check;
    use crate::model::measure::objectives;
    use crate::plan::ProofKind;
    use crate::scenario::read::read;
    use crate::synth::{PolicyKind, Spec, generate};

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
            let scout = engine::run(&eligibility, &objectives, None, &linear::run, &|| false, &|_| ());
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

    fn person(id: &str, category: &str) -> Value {
        json!({"id": id, "category": category, "age": 30, "vetting": "government_matched", "documents": {"passport": null}})
    }

    fn unit(id: &str, persons: &[Value]) -> Value {
        json!({"id": id, "location": "A", "ready": "2021-08-15T00:00:00Z", "persons": persons})
    }

    fn departure(id: &str, seats: i64, min_load: i64) -> Value {
        json!({
            "id": id, "kind": "charter_flight", "from": "A", "to": "B", "departs": "2021-08-20T00:00:00Z",
            "seats": seats, "min_load": min_load, "committed": false,
        })
    }

    /// A group that lacks its least gets seats of others; who stays keeps the departure full enough.
    #[test]
    fn a_group_gets_its_least() {
        let of = |id: &str, category: &str| unit(id, &[person(&format!("p{id}"), category)]);
        let scenario = json!({
            "format": "airbridge/scenario/1", "name": "drawn", "as_of": "2021-08-14T00:00:00Z",
            "places": [{"id": "A"}, {"id": "B"}], "departures": [departure("D", 3, 3)],
            "units": [of("a", "us_citizen"), of("b", "lpr"), of("c", "lpr"), of("d", "at_risk")],
            "quotas": [{"name": "share", "count": {"category": ["at_risk"]}, "min_percent": 30}],
        });
        let scenario = read(scenario.to_string().as_bytes(), "drawn.json").expect("it is in order").scenario;
        let eligibility = eligibility::assess(&scenario, None);
        let objectives = objectives(&scenario, None, &scenario.levels(None));
        let few = Few { eligibility: &eligibility, objectives: &objectives, alike: 1, most: 100 };
        let d = Some(DepartureIdx::new(0));
        assert_eq!(few.plan(&vec![d, d, d, None]), Some(vec![d, d, None, d]));
    }

    /// Whoever counts brings those along who travel with them or not at all, and those two find the room that they need together.
    #[test]
    fn room_is_made_for_those_who_travel_together() {
        for kind in ["same_departure", "all_or_none"] {
            let scenario = json!({
                "format": "airbridge/scenario/1", "name": "drawn", "as_of": "2021-08-14T00:00:00Z",
                "places": [{"id": "A"}, {"id": "B"}],
                "departures": [departure("D0", 1, 0), departure("D1", 2, 0)],
                "units": [
                    unit("two", &[person("p0", "at_risk"), person("p1", "at_risk")]),
                    unit("one", &[person("p2", "us_citizen")]),
                    unit("tied", &[person("p3", "at_risk")]),
                ],
                "links": [{"kind": kind, "units": ["one", "tied"]}],
            });
            let scenario =
                read(scenario.to_string().as_bytes(), "drawn.json").expect("it is in order").scenario;
            let eligibility = eligibility::assess(&scenario, None);
            let objectives = objectives(&scenario, None, &scenario.levels(None));
            let few = Few { eligibility: &eligibility, objectives: &objectives, alike: 1, most: 100 };
            let on = vec![Some(DepartureIdx::new(1)), None, None];
            let openings = few.openings(&on, 0);
            let of = |u: usize| openings[&UnitIdx::new(u)].ones().collect::<Vec<usize>>();
            // One seat is not enough for both.
            let both = if kind == "same_departure" { vec![1] } else { vec![0, 1] };
            assert_eq!((of(1), of(2)), (both.clone(), both), "{kind}");
        }
    }

    /// What no plan passes beside what one keeps of the levels before is not less than what that one has; often it is less than
    /// what no price is needed for.
    #[test]
    fn bounds_beside_a_plan_hold() {
        let (mut bounds, mut tight) = (0, 0);
        for seed in 1..=8 {
            let spec = Spec { units: 120, departures: 6, seed, ..Spec::default() };
            let text = generate(&spec).to_json();
            let scenario = read(text.as_bytes(), "drawn.json").expect("it is in order").scenario;
            let eligibility = eligibility::assess(&scenario, None);
            let levels = scenario.levels(None);
            let objectives = objectives(&scenario, None, &levels);
            let few = Few { eligibility: &eligibility, objectives: &objectives, alike: 1, most: 100_000 };
            // Those whose number is odd come first, whoever they are.
            let wish = |u: usize| eligibility.open(UnitIdx::new(u)).minimum().map(DepartureIdx::new);
            let wish: Seating = (0..scenario.units.len()).map(|u| wish(u).filter(|_| u % 2 == 1)).collect();
            let on = few.plan(&wish).expect("nothing stands in the way");
            let values: Vec<i64> =
                objectives.iter().map(|level| answer::value(&eligibility, level, &on)).collect();
            for (level, objective) in objectives.iter().enumerate() {
                let kept = &values[..level];
                let Some((bound, _)) = engine::bound_beside(&eligibility, &objectives, &linear::run, kept)
                else {
                    continue;
                };
                let sign = objective.sense.sign();
                assert!(sign * values[level] <= sign * bound, "{seed}: {level} {} {bound}", values[level]);
                bounds += 1;
                tight += usize::from(sign * bound < sign * objective.free_bound(&eligibility));
            }
        }
        assert!(bounds > tight && tight > 0, "{bounds} bounds, {tight} tight");
    }

    /// Where such a bound is what the plan has, its proof is one for the checker.
    #[test]
    fn bounds_beside_a_plan_are_certified() {
        let mut certified = 0;
        for seed in 1..=8 {
            let policy = PolicyKind::Categories;
            let spec = Spec { units: 120, departures: 6, seed, policy, ..Spec::default() };
            let text = generate(&spec).to_json();
            let scenario = read(text.as_bytes(), "drawn.json").expect("it is in order").scenario;
            let (eligibility, levels) = (eligibility::assess(&scenario, None), scenario.levels(None));
            let objectives = objectives(&scenario, None, &levels);
            let found = engine::run(&eligibility, &objectives, None, &linear::run, &|| false, &|_| ());
            let on = found.expect("its levels are the engine's").on;
            let values: Vec<i64> =
                objectives.iter().map(|level| answer::value(&eligibility, level, &on)).collect();
            let settled = |level: usize| {
                let (bound, certificate) =
                    engine::bound_beside(&eligibility, &objectives, &linear::run, &values[..level])
                        .expect("its levels are the engine's");
                let is_closed = bound == values[level];
                let proof = if is_closed { ProofKind::Certified } else { ProofKind::None };
                let certificate = Some(certificate).filter(|_| is_closed);
                Settled { best: values[level], bound, proof, certificate, witness: on.clone() }
            };
            let settled: Vec<Settled> = (0..objectives.len()).map(settled).collect();
            certified += settled.iter().filter(|settled| settled.proof == ProofKind::Certified).count();
            let digest = format!("blake3:{}", "0".repeat(64));
            let solution = Solution::Found { on: on.clone(), levels: settled };
            let plan = answer::plan(&eligibility, None, &levels, &digest, solution);
            let report = check::check(&scenario, &digest, None, &plan);
            assert!(report.is_clean(), "{seed}: {:?}", report.violations);
        }
        assert!(certified > 8, "{certified} levels certified");
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
                grant: &|_| (),
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
