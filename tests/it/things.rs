//! Units of all sizes on departures where only seats bind: multiple knapsacks and bins, as the literature draws
//! them.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use airbridge::plan::{Plan, ProofKind};
use airbridge::solve::linear::{Fault, HAS_HIGHS, Task};
use airbridge::solve::{Method, Request, solve};
use airbridge::synth::{Spec, generate};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixture::{self, DIGEST};
use crate::oracle::best_by_enumeration;
use crate::properties::config;
use crate::solving::{bests, request, solved};

/// A unit of one person for each thing `(value, seats)`, a departure for each room; a departure not yet committed
/// costs 1 where the levels count it.
fn scenario(things: &[(i64, i64)], rooms: &[i64], levels: &Value) -> Value {
    let unit = |(i, (value, seats)): (usize, &(i64, i64))| {
        json!({
            "id": format!("I{i:03}"), "location": "A", "urgency": value, "extra_seats": seats - 1,
            "persons": [{"id": format!("P{i:03}"), "category": "us_citizen", "age": 30}]
        })
    };
    let departure = |(d, seats): (usize, &i64)| {
        json!({
            "id": format!("K{d:02}"), "kind": "charter_flight", "from": "A", "to": "B", "cost_usd": 1,
            "departs": "2021-10-08T06:00:00Z", "seats": seats, "committed": false
        })
    };
    json!({
        "format": "airbridge/scenario/1", "as_of": "2021-10-07T06:00:00Z", "policy": {"levels": levels},
        "places": [{"id": "A"}, {"id": "B"}],
        "departures": rooms.iter().enumerate().map(departure).collect::<Vec<_>>(),
        "units": things.iter().enumerate().map(unit).collect::<Vec<_>>()
    })
}

/// The same things by what they weigh: a seat for each of them on every departure, which carries no more than it had seats.
fn weighed(mut scenario: Value) -> Value {
    let units = scenario["units"].as_array_mut().expect("there are units");
    for unit in &mut *units {
        let further = unit["extra_seats"].as_i64().expect("each has a size");
        unit["extra_seats"] = 0.into();
        unit["persons"][0]["mass_kg"] = (further + 1).into();
    }
    let seats = units.len();
    for departure in scenario["departures"].as_array_mut().expect("there are departures") {
        departure["payload_kg"] = std::mem::replace(&mut departure["seats"], seats.into());
        departure["bag_kg"] = 0.into();
    }
    scenario
}

fn by_urgency() -> Value {
    json!([{"name": "profit", "maximize": "urgency"}])
}

fn by_departures() -> Value {
    json!([{"name": "all", "maximize": "persons"}, {"name": "fewest", "minimize": "cost"}])
}

/// Numbers that are the same for ever.
struct Draw(u64);

impl Draw {
    fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        low + i64::try_from(self.0 >> 33).expect("31 bits") % (high - low + 1)
    }
}

/// Things of 10 to 1,000 seats in Pisinger's classes, and half of what they take.
fn drawn(class: &str, things: usize, draw: &mut Draw) -> (Vec<(i64, i64)>, i64) {
    let mut thing = |_| {
        let size = draw.between(10, 1000);
        let value = match class {
            "uncorrelated" => draw.between(10, 1000),
            "weakly correlated" => draw.between(size - 100, size + 100).max(1),
            "strongly correlated" => size + 100,
            "in threes" => (size + 2) / 3 * 3,
            _ => size,
        };
        (value, size)
    };
    let things: Vec<(i64, i64)> = (0..things).map(&mut thing).collect();
    let half = things.iter().map(|(_, size)| size).sum::<i64>() / 2;
    (things, half)
}

/// Such things in bins alike by and large that hold half of them.
fn knapsacks(class: &str, things: usize, bins: i64, seed: u64) -> Value {
    let mut draw = Draw(seed);
    let (things, half) = drawn(class, things, &mut draw);
    let mut rooms: Vec<i64> =
        (1..bins).map(|_| draw.between(8 * half / (10 * bins), 12 * half / (10 * bins))).collect();
    rooms.push(half - rooms.iter().sum::<i64>());
    scenario(&things, &rooms, &by_urgency())
}

/// Such things in bins of all sizes that hold half of them.
fn uneven_knapsacks(class: &str, things: usize, bins: i64, seed: u64) -> Value {
    let mut draw = Draw(seed);
    let (things, mut left) = drawn(class, things, &mut draw);
    let mut rooms = Vec::new();
    for _ in 1..bins {
        rooms.push(draw.between(0, left));
        left -= rooms[rooms.len() - 1];
    }
    rooms.push(left);
    scenario(&things, &rooms, &by_urgency())
}

#[track_caller]
fn certified(value: &Value) -> Plan {
    let plan = solved(&fixture::scenario(value), None, Method::Auto);
    for level in &plan.levels {
        assert_eq!(level.proof, Some(ProofKind::Certified), "{level:?}");
    }
    plan
}

#[test]
fn uncorrelated_knapsacks_are_certified() {
    certified(&knapsacks("uncorrelated", 60, 4, 7));
}

/// Weighed they once went another way, on which 40 of them in four knapsacks stayed open for 30 s.
#[test]
fn things_may_be_weighed() {
    let things = knapsacks("uncorrelated", 60, 4, 7);
    assert_eq!(bests(&certified(&weighed(things.clone()))), bests(&certified(&things)));
}

#[test]
fn weakly_correlated_knapsacks_are_certified() {
    certified(&knapsacks("weakly correlated", 60, 4, 7));
}

#[test]
fn strongly_correlated_knapsacks_are_certified() {
    certified(&knapsacks("strongly correlated", 60, 4, 7));
}

#[test]
fn subset_sums_are_certified() {
    certified(&knapsacks("subset sum", 60, 4, 7));
}

#[test]
fn what_all_bins_hold_as_one_is_packed_and_certified() {
    certified(&knapsacks("weakly correlated", 60, 10, 1));
    certified(&knapsacks("subset sum", 50, 10, 1));
    certified(&uneven_knapsacks("weakly correlated", 60, 10, 1));
    certified(&uneven_knapsacks("subset sum", 60, 10, 3));
}

#[test]
fn triplets_are_packed_and_no_bin_is_too_many() {
    let mut draw = Draw(3);
    let triplet = |_| {
        let large = draw.between(380, 490);
        let middle = draw.between(250, (1000 - large) / 2);
        [large, middle, 1000 - large - middle]
    };
    let things: Vec<(i64, i64)> = (0..20).flat_map(triplet).map(|size| (1, size)).collect();
    let plan = certified(&scenario(&things, &[1000; 22], &by_departures()));
    assert_eq!(bests(&plan), [60, 20]);
}

#[test]
fn bins_of_150_are_as_few_as_can_be() {
    let mut draw = Draw(5);
    let things: Vec<(i64, i64)> = (0..40).map(|_| (1, draw.between(20, 100))).collect();
    let all: i64 = things.iter().map(|(_, size)| size).sum();
    let plan = certified(&scenario(&things, &[150; 24], &by_departures()));
    assert_eq!(bests(&plan), [40, (all + 149) / 150]);
}

/// Bins of 100 for things of 1 to 100, one more than each in its turn into the first that holds it takes.
fn packing(things: usize, seed: u64) -> (Value, usize) {
    let mut draw = Draw(seed);
    let mut sizes: Vec<i64> = (0..things).map(|_| draw.between(1, 100)).collect();
    sizes.sort_unstable();
    let mut left: Vec<i64> = Vec::new();
    for size in sizes.iter().rev() {
        match left.iter_mut().find(|room| **room >= *size) {
            Some(room) => *room -= size,
            None => left.push(100 - size),
        }
    }
    let things: Vec<(i64, i64)> = sizes.into_iter().map(|size| (1, size)).collect();
    (scenario(&things, &vec![100; left.len() + 1], &by_departures()), left.len())
}

#[test]
fn bins_for_things_as_large_as_they_are_certified() {
    for seed in [1, 2, 5] {
        let (value, in_turn) = packing(50, seed);
        let fewest = bests(&certified(&value))[1];
        assert!(usize::try_from(fewest).is_ok_and(|fewest| fewest <= in_turn), "{fewest} {in_turn}");
    }
}

/// Things worth something else in each bin.
fn assignment(things: usize, bins: usize, seed: u64) -> Value {
    let mut draw = Draw(seed);
    let sizes: Vec<(i64, i64)> = (0..things).map(|_| (0, draw.between(5, 25))).collect();
    let room = sizes.iter().map(|(_, size)| size).sum::<i64>() * 4 / (5 * i64::try_from(bins).expect("few"));
    let levels = json!([{"name": "profit", "maximize": "preference"}]);
    let mut value = scenario(&sizes, &vec![room; bins], &levels);
    for unit in 0..things {
        for bin in 0..bins {
            value["units"][unit]["preferences"][format!("K{bin:02}")] = draw.between(10, 50).into();
        }
    }
    value
}

/// Two searches say so, where there is somebody to ask.
#[track_caller]
fn closed(value: &Value) {
    let plan = solved(&fixture::scenario(value), None, Method::Auto);
    let is_open = |proof: Option<ProofKind>| proof == Some(ProofKind::None);
    let open = plan.levels.iter().any(|level| is_open(level.proof));
    assert!(!(HAS_HIGHS && open), "{:?}", plan.levels);
}

/// One price for all room does not see what the small bins waste, and their loads are few.
#[cfg(feature = "highs")]
#[test]
fn a_large_bin_among_small_ones_is_closed() {
    closed(&uneven_knapsacks("uncorrelated", 60, 6, 2));
    closed(&uneven_knapsacks("weakly correlated", 60, 6, 2));
}

#[test]
fn assignments_for_profit_are_closed() {
    closed(&assignment(40, 8, 3));
}

/// Families of all sizes and places of all sizes, each family worth something else in each place: what limits rounded
/// down prove, no list of prices does.
#[test]
fn families_placed_by_score_are_certified_by_cuts() {
    let mut draw = Draw(5);
    let levels = json!([{"name": "score", "maximize": "preference"}]);
    let mut value = scenario(&[(0, 1); 40], &[17, 23, 31, 47, 61], &levels);
    for (f, family) in value["units"].as_array_mut().expect("a list").iter_mut().enumerate() {
        let person = |p| json!({"id": format!("P{f:02}-{p}"), "category": "us_citizen", "age": 30});
        family["persons"] = (0..draw.between(1, 9)).map(person).collect();
        for place in 0..5 {
            family["preferences"][format!("K{place:02}")] = draw.between(0, 100).into();
        }
    }
    let plan = serde_json::to_value(certified(&value)).expect("a plan is JSON");
    assert_eq!(fixture::lines(&fixture::checked(&value, None, &plan).violations), Vec::<String>::new());
    let mut forged = plan.clone();
    let raised = first_raised(&mut forged["certificate"][0]).expect("a cut rounds units up");
    *raised = (raised.as_i64().expect("it is small") - 1).into();
    assert_ne!(fixture::lines(&fixture::checked(&value, None, &forged).violations), Vec::<String>::new());
}

/// Where every rule is in use cuts are made of rows of all kinds, and of earlier cuts.
#[test]
fn cuts_of_levels_links_and_earlier_cuts_are_certified() {
    let mut kinds = BTreeSet::new();
    for seed in 131..=136 {
        let spec = Spec { units: 60, departures: 6, seed, all_rules: true, ..Spec::default() };
        let value = serde_json::to_value(generate(&spec)).expect("a scenario is JSON");
        let plan = serde_json::to_value(certified(&value)).expect("a plan is JSON");
        assert_eq!(fixture::lines(&fixture::checked(&value, None, &plan).violations), Vec::<String>::new());
        plan["certificate"]
            .as_array()
            .expect("a list")
            .iter()
            .for_each(|entry| kinds_of_rows(entry, &mut kinds));
    }
    for kind in ["seats", "fill", "unit", "level", "cut", "same_departure", "allotment"] {
        assert!(kinds.contains(kind), "no cut is made of {kind}: {kinds:?}");
    }
}

/// Of what kinds of rows the cuts of a proof are made.
fn kinds_of_rows(proof: &Value, kinds: &mut BTreeSet<String>) {
    for price in
        proof["cuts"].as_array().into_iter().flatten().filter_map(|cut| cut["prices"].as_array()).flatten()
    {
        kinds.insert(price["row"].as_str().expect("a name").to_owned());
    }
    ["low", "high"].iter().filter_map(|side| proof.get(side)).for_each(|half| kinds_of_rows(half, kinds));
}

/// The price of the first unit that a cut of a proof rounds up.
fn first_raised(proof: &mut Value) -> Option<&mut Value> {
    if let Some(cuts) = proof.get("cuts").and_then(Value::as_array) {
        let is_unit = |price: &Value| price["row"] == "unit";
        let position = |cut: &Value| cut["prices"].as_array()?.iter().position(is_unit);
        let (cut, price) = cuts.iter().enumerate().find_map(|(at, cut)| Some((at, position(cut)?)))?;
        return proof.pointer_mut(&format!("/cuts/{cut}/prices/{price}/numerator"));
    }
    let low = first_raised(proof.get_mut("low")?).is_some();
    first_raised(proof.get_mut(if low { "low" } else { "high" })?)
}

#[test]
fn bins_of_three_things_are_closed() {
    closed(&knapsacks("weakly correlated", 24, 8, 4));
    closed(&knapsacks("subset sum", 30, 10, 2));
}

#[test]
fn choices_that_cannot_be_packed_are_excluded() {
    closed(&knapsacks("weakly correlated", 60, 10, 2));
}

#[test]
fn who_has_a_departure_to_themselves_takes_no_other_room() {
    let plan = certified(&scenario(&[(3, 5), (40, 30), (41, 31), (50, 35)], &[8, 66], &by_urgency()));
    assert_eq!(bests(&plan), [94]);
}

/// Where values come in threes the one knapsack's bound is right and its proof by prices too long.
#[test]
fn what_no_search_was_asked_about_is_not_agreed() {
    let scenario = fixture::scenario(&knapsacks("in threes", 60, 5, 4));
    let was_asked = AtomicBool::new(false);
    let runner = |_: &Task| {
        was_asked.store(true, Ordering::SeqCst);
        Err(Fault::Absent)
    };
    let stop = || was_asked.load(Ordering::SeqCst);
    let plan = solve(&Request { stop: &stop, ..request(&scenario, None, Method::Auto, &runner) }, DIGEST)
        .expect("there is a plan without a search");
    assert!(was_asked.load(Ordering::SeqCst), "{:?}", plan.levels);
    assert_eq!(plan.levels[0].proof, Some(ProofKind::None), "{:?}", plan.levels);
}

#[test]
fn values_in_threes_are_closed() {
    closed(&knapsacks("in threes", 60, 5, 4));
}

/// Prices of such sizes leave the range of what is counted.
#[test]
fn things_of_a_hundred_thousand_million_seats_are_seated() {
    for seed in [2, 3] {
        let mut draw = Draw(seed);
        let mut huge = || 256 * draw.between(1, 1 << 30);
        let things: Vec<(i64, i64)> = (0..6).map(|_| (huge(), huge())).collect();
        let room = things.iter().map(|(_, size)| size).sum::<i64>() / 4;
        let scenario = fixture::scenario(&scenario(&things, &[room, room], &by_urgency()));
        let best = best_by_enumeration(&scenario, None).expect("the empty plan is one");
        assert_eq!(bests(&solved(&scenario, None, Method::Auto)), best);
    }
}

#[test]
fn bins_of_such_room_and_cost_are_as_few_as_can_be() {
    let things: Vec<(i64, i64)> = (0..5).map(|thing| (1, (1 << 34) + thing)).collect();
    let rooms = [(3 << 34) + 17, (3 << 34) + 19, (3 << 34) + 23];
    let mut value = scenario(&things, &rooms, &by_departures());
    for departure in value["departures"].as_array_mut().expect("departures") {
        departure["cost_usd"] = (1_i64 << 40).into();
    }
    let plan = solved(&fixture::scenario(&value), None, Method::Auto);
    assert_eq!(bests(&plan), [5, 2 << 40]);
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn what_bins_are_worth_is_what_enumeration_finds(
        things in proptest::collection::vec((3_i64..9, proptest::collection::vec(-2_i64..9, 3)), 1..7),
        rooms in proptest::collection::vec(3_i64..16, 3),
        all_first in any::<bool>(),
    ) {
        let sizes: Vec<(i64, i64)> = things.iter().map(|(size, _)| (1, *size)).collect();
        let mut levels = vec![json!({"name": "cost", "minimize": "preference"})];
        if all_first {
            levels.insert(0, json!({"name": "all", "maximize": "units"}));
        } else {
            levels[0] = json!({"name": "profit", "maximize": "preference"});
        }
        let mut value = scenario(&sizes, &rooms, &levels.into());
        for (unit, (_, worth)) in things.iter().enumerate() {
            for (bin, worth) in worth.iter().enumerate() {
                value["units"][unit]["preferences"][format!("K{bin:02}")] = (*worth).into();
            }
        }
        let scenario = fixture::scenario(&value);
        let best = best_by_enumeration(&scenario, None).expect("the empty plan is one");
        prop_assert_eq!(bests(&solved(&scenario, None, Method::Auto)), best);
    }

    #[test]
    fn what_is_found_is_what_enumeration_finds(
        things in proptest::collection::vec((0_i64..12, 3_i64..9), 1..7),
        rooms in proptest::collection::vec(3_i64..24, 1..4),
        fewest in any::<bool>(),
        are_weighed in any::<bool>(),
    ) {
        let levels = if fewest { by_departures() } else { by_urgency() };
        let scenario = scenario(&things, &rooms, &levels);
        let scenario = fixture::scenario(&if are_weighed { weighed(scenario) } else { scenario });
        let best = best_by_enumeration(&scenario, None).expect("the empty plan is one");
        for method in [Method::Auto, Method::Flat] {
            let plan = solved(&scenario, None, method);
            prop_assert_eq!(bests(&plan), best.clone());
        }
    }
}
