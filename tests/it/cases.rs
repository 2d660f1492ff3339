//! Forty random scenarios, solved by both methods: status, values, proofs.

use airbridge::plan::read::read_baseline;
use airbridge::plan::{DepartureLoad, ProofKind, Status};
use airbridge::scenario::Baseline;
use airbridge::solve::Method;
use airbridge::synth::{PolicyKind, Spec, generate};
use serde_json::{Value, json};

use crate::fixture::scenario;
use crate::solving::{bests, proven, solved};

/// Solves the case by the method and compares with what it expects.
#[track_caller]
fn check(number: usize, method: Method) {
    let file = crate::file(&format!("tests/cases/case{number:04}.json"));
    let case: Value = serde_json::from_slice(&file).expect("JSON");
    let scenario = scenario(&case["scenario"]);
    let baseline = case.get("baseline").map(|plan| {
        let pairs = read_baseline(plan.to_string().as_bytes(), "baseline.json").expect("a plan");
        let pairs = pairs.iter().map(|(unit, departure)| (unit.as_str(), departure.as_str()));
        Baseline::resolve("blake3:ba".into(), pairs, &scenario)
    });
    let plan = solved(&scenario, baseline.as_ref(), method);
    let found: Vec<Value> = plan.levels.iter().map(|level| json!([level.name, level.best])).collect();
    assert_eq!(json!(plan.status), case["expect"]["status"], "case {number}, {method:?}");
    assert_eq!(Value::Array(found), case["expect"]["levels"], "case {number}, {method:?}");
    assert_eq!(proven(&plan), plan.levels.len(), "case {number}, {method:?}");
    if plan.status == Status::Infeasible {
        assert_ne!(plan.conflict, Some(Vec::new()), "case {number}, {method:?}: nothing is named");
        assert_eq!(plan.conflict_reduced, Some(true), "case {number}, {method:?}");
    }
    let certified = plan.levels.iter().any(|level| level.proof == Some(ProofKind::Certified));
    assert!(certified || plan.status == Status::Infeasible, "case {number}: no level is certified");
}

#[test]
fn the_engine_agrees_with_every_case() {
    (0..40).for_each(|number| check(number, Method::Auto));
}

#[test]
fn the_flat_program_agrees_with_every_case() {
    (0..40).for_each(|number| check(number, Method::Flat));
}

/// Where payload binds next to nothing takes seats alone, so that the engine hands its levels on.
#[test]
fn where_payload_binds_both_methods_agree() {
    for seed in 1..=4 {
        let spec = Spec { units: 90, departures: 4, seed, policy: PolicyKind::Categories, ..Spec::default() };
        let mut drawn: Value = serde_json::from_str(&generate(&spec).to_json()).expect("JSON");
        for departure in drawn["departures"].as_array_mut().expect("a list") {
            let seats = departure["seats"].as_i64().expect("seats");
            departure["payload_kg"] = json!(85 * seats);
        }
        let scenario = scenario(&drawn);
        let (auto, flat) = (solved(&scenario, None, Method::Auto), solved(&scenario, None, Method::Flat));
        assert_eq!(bests(&auto), bests(&flat), "seed {seed}");
        assert_eq!(proven(&auto), auto.levels.len(), "seed {seed}");
        let full = |departure: &DepartureLoad| {
            departure.limits.payload_kg.is_some_and(|most| departure.mass_kg + 100 > most)
        };
        assert!(auto.departures.iter().any(full), "seed {seed}: no payload binds");
    }
}
