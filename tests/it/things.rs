//! Units of all sizes on departures where only seats bind: multiple knapsacks and bins, as the literature draws
//! them.

use airbridge::plan::{Plan, ProofKind};
use airbridge::solve::Method;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixture;
use crate::oracle::best_by_enumeration;
use crate::properties::config;
use crate::solving::{bests, solved};

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

/// Things of 10 to 1,000 seats in Pisinger's classes, in bins alike by and large that hold half of them.
fn knapsacks(class: &str, things: usize, bins: i64, seed: u64) -> Value {
    let mut draw = Draw(seed);
    let mut thing = |_| {
        let size = draw.between(10, 1000);
        let value = match class {
            "uncorrelated" => draw.between(10, 1000),
            "weakly correlated" => draw.between(size - 100, size + 100).max(1),
            "strongly correlated" => size + 100,
            _ => size,
        };
        (value, size)
    };
    let things: Vec<(i64, i64)> = (0..things).map(&mut thing).collect();
    let half = things.iter().map(|(_, size)| size).sum::<i64>() / 2;
    let mut rooms: Vec<i64> =
        (1..bins).map(|_| draw.between(8 * half / (10 * bins), 12 * half / (10 * bins))).collect();
    rooms.push(half - rooms.iter().sum::<i64>());
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

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn what_is_found_is_what_enumeration_finds(
        things in proptest::collection::vec((0_i64..12, 3_i64..9), 1..7),
        rooms in proptest::collection::vec(3_i64..16, 1..4),
        fewest in any::<bool>(),
    ) {
        let levels = if fewest { by_departures() } else { by_urgency() };
        let scenario = fixture::scenario(&scenario(&things, &rooms, &levels));
        let best = best_by_enumeration(&scenario, None).expect("the empty plan is one");
        for method in [Method::Auto, Method::Flat] {
            let plan = solved(&scenario, None, method);
            prop_assert_eq!(bests(&plan), best.clone());
        }
    }
}
