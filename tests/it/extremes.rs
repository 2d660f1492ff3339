//! What is very large, or at once two things: seats by the million, numbers beyond what floating point can tell apart, pins
//! on manifests that are locked.

use std::collections::BTreeSet;

use airbridge::certificate::RowName;
use airbridge::plan::{Plan, ProofKind, Status};
use airbridge::rule::Rule;
use airbridge::solve::{Method, linear};
use serde_json::{Value, json};

use crate::fixture::{baseline, edited, scenario};
use crate::solving::{assert_clean, run, solved_by};

/// Three persons in two units at one departure.
fn crossing() -> Value {
    let single = |id: &str| json!({"id": format!("P{id}"), "category": "us_citizen", "age": 30});
    json!({
        "format": "airbridge/scenario/1", "as_of": "2021-10-01T00:00:00Z",
        "places": [{"id": "KBL"}, {"id": "DOH"}],
        "departures": [{"id": "D", "kind": "border_crossing", "from": "KBL", "to": "DOH",
            "departs": "2021-10-09T06:00:00Z", "seats": 1_000_000, "min_load": 1}],
        "units": [
            {"id": "U1", "location": "KBL", "persons": [single("1")]},
            {"id": "U2", "location": "KBL", "persons": [single("2"), single("3")]},
        ],
        "policy": {"levels": [{"name": "persons", "maximize": "persons"}]},
    })
}

/// The edited crossing by our own solver and by this build's, whatever the method; the persons aboard where there is a plan.
#[track_caller]
fn persons(edits: &[(&str, Value)]) -> Vec<Option<i64>> {
    let scenario = scenario(&edited(&crossing(), edits));
    let own = |task: &linear::Task| Ok(linear::run_own(task));
    let mut persons = Vec::new();
    for method in [Method::Auto, Method::Flat] {
        let runners: [&linear::Runner; 2] = [&own, &run];
        for runner in runners {
            let plan = solved_by(runner, &scenario, None, method).expect("it solves");
            assert_clean(&scenario, None, &plan);
            assert!(
                [Status::Optimal, Status::Infeasible].contains(&plan.status),
                "{edits:?} {:?}",
                plan.levels
            );
            assert!(plan.levels.iter().all(|level| level.proof == Some(ProofKind::Certified)), "{edits:?}");
            persons.push(plan.levels.first().and_then(|level| level.best));
        }
    }
    persons
}

#[test]
fn few_persons_at_very_many_seats_are_seated() {
    for seats in [99_999_i64, 1_000_000, 4_294_967_297, 1_000_000_000_000] {
        assert_eq!(persons(&[("/departures/0/seats", json!(seats))]), [Some(3); 4], "{seats}");
        let of_budget = [
            ("/departures/0/seats", json!(seats)),
            ("/departures/0/committed", json!(false)),
            ("/departures/0/cost_usd", json!(50_000)),
            ("/budget_usd", json!(60_000)),
        ];
        assert_eq!(persons(&of_budget), [Some(3); 4], "{seats}");
    }
}

#[test]
fn a_least_load_that_nobody_can_reach_contradicts_a_pin() {
    let edits = [
        ("/departures/0/seats", json!(4_294_967_297_i64)),
        ("/departures/0/min_load", json!(1_000_000_000)),
        ("/pins", json!([{"unit": "U1", "departure": "D"}])),
    ];
    assert_eq!(persons(&edits), [None; 4]);
}

/// What contradicts itself, as this build says.
fn conflict_of(plan: &Plan) -> BTreeSet<Rule> {
    assert_eq!((plan.status, plan.conflict_reduced), (Status::Infeasible, Some(true)));
    plan.conflict.iter().flatten().map(|member| member.kind).collect()
}

#[test]
fn a_pin_on_a_locked_manifest_is_part_of_what_the_manifest_holds() {
    let value = edited(
        &crossing(),
        &[
            ("/departures/0/seats", json!(2)),
            ("/departures/0/manifest_closes", json!("2021-09-30T00:00:00Z")),
            ("/pins", json!([{"unit": "U1", "departure": "D"}])),
        ],
    );
    let scenario = scenario(&value);
    let before = baseline(&scenario, &[("U1", "D"), ("U2", "D")]);
    let plan = solved_by(&run, &scenario, Some(&before), Method::Auto).expect("it solves");
    assert_clean(&scenario, Some(&before), &plan);
    assert_eq!(conflict_of(&plan), [Rule::Manifest].into());
}

#[test]
fn a_conflict_of_large_numbers_is_proven_by_what_it_names() {
    let value = edited(
        &crossing(),
        &[
            ("/departures/0/seats", json!(1_000_000_000_000_i64)),
            ("/units/1/extra_seats", json!(8_589_934_592_i64)),
            ("/quotas", json!([{"name": "Q", "count": {}, "min": 3, "max_percent": 0}])),
        ],
    );
    let scenario = scenario(&value);
    let plan = solved_by(&run, &scenario, None, Method::Auto).expect("it solves");
    assert_clean(&scenario, None, &plan);
    let sides: Vec<_> = plan.conflict.iter().flatten().map(|member| member.side).collect();
    assert_eq!(sides.len(), 2, "{sides:?}");
    let entries = plan.certificate.as_deref().expect("it is proven");
    let prices = entries[0].prices.as_deref().expect("no cases");
    let of_quotas =
        prices.iter().map(airbridge::certificate::Price::row).filter(|row| row.row == RowName::Quota);
    assert!(of_quotas.map(|row| row.side).all(|side| sides.contains(&side)));
}

#[test]
fn families_of_thousands_of_millions_of_seats_are_proven() {
    let weighed =
        json!({"name": "weighed", "minimize": "weighted", "weights": [{"weight": 5_000_000_000_i64}]});
    let levels = json!([{"name": "persons", "maximize": "persons"}, weighed]);
    let units: Vec<Value> = (0..5_i64)
        .map(|i| {
            json!({"id": format!("U{i}"), "location": "KBL", "extra_seats": 8_589_934_592_i64 + 3 * i,
                "persons": [{"id": format!("P{i}"), "category": "lpr", "age": 30}]})
        })
        .collect();
    let edits = [
        ("/departures/0/seats", json!(30_000_000_000_i64)),
        ("/departures/0/payload_kg", json!(1_000_000_000_000_i64)),
        ("/units", json!(units)),
        ("/policy/levels", levels),
    ];
    assert_eq!(persons(&edits), [Some(3); 4]);
}

/// Singles of these kilograms, each of some urgency, on one flight of so much payload.
fn heavy(units: &[(i64, i64)], payload: i64) -> Value {
    let unit = |(at, &(mass, urgency)): (usize, &(i64, i64))| {
        let person = json!({"id": format!("P{at}"), "category": "us_citizen", "age": 30, "mass_kg": mass});
        json!({"id": format!("U{at}"), "location": "KBL", "urgency": urgency, "persons": [person]})
    };
    json!({
        "format": "airbridge/scenario/1", "as_of": "2021-10-01T00:00:00Z",
        "places": [{"id": "KBL"}, {"id": "DOH"}],
        "departures": [{"id": "D", "kind": "charter_flight", "from": "KBL", "to": "DOH",
            "departs": "2021-10-09T06:00:00Z", "seats": 500, "payload_kg": payload, "bag_kg": 0}],
        "units": units.iter().enumerate().map(unit).collect::<Vec<Value>>(),
        "policy": {"levels": [{"name": "urgency", "maximize": "urgency"}]},
    })
}

/// The most urgency that so much payload carries, by a table over the kilograms.
fn most_urgency(units: &[(i64, i64)], payload: i64) -> i64 {
    let mut best = vec![0; usize::try_from(payload).expect("it is not negative") + 1];
    for &(mass, urgency) in units {
        let mass = usize::try_from(mass).expect("it is not negative");
        for most in (mass..best.len()).rev() {
            best[most] = best[most].max(best[most - mass] + urgency);
        }
    }
    best.last().copied().unwrap_or(0)
}

/// Who takes 4,999 of 5,000 kilograms is nearly whole in a relaxation, and not aboard.
#[test]
fn what_is_nearly_whole_in_a_relaxation_is_not_carried_beyond_a_limit() {
    let own = |task: &linear::Task| Ok(linear::run_own(task));
    let mut scenarios = vec![(vec![(5_000, 10), (5_000, 10), (5_001, 15)], 10_000)];
    let mut dice = 7_u64;
    let mut number = |least: i64, most: i64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        least + i64::try_from(dice >> 33).expect("it is small") % (most - least + 1)
    };
    for _ in 0..40 {
        let units: Vec<(i64, i64)> =
            (0..number(6, 20)).map(|_| (number(4_200, 6_000), number(1, 40))).collect();
        scenarios.push((units, number(9_000, 30_000)));
    }
    for (units, payload) in &scenarios {
        let scenario = scenario(&heavy(units, *payload));
        let runners: [&linear::Runner; 2] = [&own, &run];
        for runner in runners {
            let plan = solved_by(runner, &scenario, None, Method::Auto).expect("it solves");
            assert_clean(&scenario, None, &plan);
            let urgency = plan.levels.first().and_then(|level| level.best);
            assert_eq!(urgency, Some(most_urgency(units, *payload)), "{units:?} {payload}");
            assert_eq!(plan.status, Status::Optimal, "{units:?} {payload}");
        }
    }
}
